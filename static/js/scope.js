// The picker of scopes: its boxes and the comma separated field say the same, whichever is changed.
{
  const split = (text) => text.split(/[\s,;]+/).filter(Boolean);
  const fieldOf = (picker) => document.getElementById(picker.dataset.scopePicker);
  const show = (picker) => {
    const chosen = new Set(split(fieldOf(picker).value));
    for (const box of picker.querySelectorAll("[data-scope]")) box.checked = chosen.has(box.value);
  };
  const write = (picker, scopes) => {
    const field = fieldOf(picker);
    field.value = [...new Set(scopes)].join(", ");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const picker of document.querySelectorAll("[data-scope-picker]")) {
    show(picker);
    fieldOf(picker).addEventListener("input", () => show(picker));
    picker.addEventListener("change", (event) => {
      if (!event.target.matches("[data-scope]")) return;
      const scopes = split(fieldOf(picker).value);
      write(picker, event.target.checked ? [...scopes, event.target.value] : scopes.filter((s) => s !== event.target.value));
    });
    picker.addEventListener("click", (event) => {
      const button = event.target.closest("[data-scope-defaults]");
      if (button) write(picker, split(button.dataset.scopeDefaults));
    });
    picker.querySelector("[data-scope-search]")?.addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/);
      for (const row of picker.querySelectorAll("[data-scope-text]")) row.hidden = !words.every((w) => row.dataset.scopeText.includes(w));
    });
  }
}
