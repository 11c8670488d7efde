// Menus made of <details>: closed by Escape, by a click elsewhere and by opening another.
{
  const open = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of open()) {
        menu.open = false;
        menu.querySelector("summary")?.focus();
      }
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const menu = event.target.closest?.("details[data-menu][open]");
    if (!menu) return;
    const items = [...menu.querySelectorAll(".menu-list a, .menu-list button")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
    event.preventDefault();
  });
}
