// Forms that say beside their button what is still needed, and whose errors go away from a field once it is changed:
// what was wrong is not what stands there now.
{
  const empty = (field) => !field.disabled && field.value.trim() === "";
  const name = (field) => field.labels?.[0]?.firstChild?.textContent.trim() ?? field.name;
  const say = (form) => {
    const missing = [...form.querySelectorAll("[required]")].filter(empty).map(name);
    const wrong = form.querySelector(".field-check .error");
    const words = form.querySelector("[data-needs-words]");
    words.dataset.ready = String(!missing.length && !wrong);
    words.textContent = missing.length ? "Still needed: " + missing.join(", ") : wrong ? "Something above is to be mended" : "Ready to submit";
  };
  for (const form of document.querySelectorAll("form[data-needs]")) {
    say(form);
    form.addEventListener("input", (event) => {
      const field = event.target;
      if (field.getAttribute("aria-invalid") === "true") {
        field.removeAttribute("aria-invalid");
        document.getElementById(field.id + "-error")?.remove();
      }
      say(form);
    });
    form.addEventListener("htmx:after:settle", () => say(form));
  }
}
