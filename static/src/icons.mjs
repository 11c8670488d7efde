// Joins the Lucide icons named in icons.txt, one a line, into one sprite of <symbol>s.
import { readFileSync, writeFileSync } from "node:fs";

const here = new URL("./", import.meta.url);
const names = readFileSync(new URL("icons.txt", here), "utf8").split("\n").map((s) => s.trim()).filter(Boolean).sort();
const symbols = names.map((name) => {
  const svg = readFileSync(new URL(`node_modules/lucide-static/icons/${name}.svg`, here), "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
});
writeFileSync(new URL("../icons.svg", here),
  `<!-- Lucide (ISC licence), see licences/lucide.txt -->\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
