// Pickers: a search with a list in the place of a plain field that holds ids. The list comes from the server;
// what is chosen goes into the plain field, so the form posts the same with and without this script.
{
  const ids = (value) => value.split(",").map((s) => s.trim()).filter(Boolean);
  const labels = new WeakMap();
  const parts = (picker) => ({
    value: picker.querySelector("[data-picker-value]"),
    search: picker.querySelector("[data-picker-search]"),
    chips: picker.querySelector("[data-picker-chips]"),
    list: picker.querySelector(".picker-list"),
  });
  const options = (picker) => [...picker.querySelectorAll(".picker-option")];

  const draw = (picker) => {
    const { value, search, chips } = parts(picker);
    const several = picker.dataset.several === "true";
    const chosen = ids(value.value);
    chips.replaceChildren(...chosen.map((id) => {
      const chip = document.createElement("span");
      chip.className = "chip";
      chip.append(labels.get(picker).get(id) ?? id);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.dataset.pickerRemove = id;
      remove.setAttribute("aria-label", "Remove " + (labels.get(picker).get(id) ?? id));
      remove.textContent = "×";
      chip.append(remove);
      return chip;
    }));
    search.closest(".search").hidden = !several && chosen.length > 0;
  };
  const open = (picker, yes) => {
    picker.toggleAttribute("data-open", yes);
    parts(picker).search.setAttribute("aria-expanded", String(yes));
  };
  const set = (picker, list) => {
    const { value } = parts(picker);
    value.value = list.join(",");
    value.dispatchEvent(new Event("change", { bubbles: true }));
    draw(picker);
  };
  const choose = (picker, option) => {
    const { value, search } = parts(picker);
    labels.get(picker).set(option.dataset.id, option.dataset.label);
    const before = picker.dataset.several === "true" ? ids(value.value) : [];
    search.value = "";
    open(picker, false);
    set(picker, [...new Set([...before, option.dataset.id])]);
    (picker.dataset.several === "true" ? search : picker.querySelector("[data-picker-remove]"))?.focus();
  };
  const mark = (picker, at) => {
    const list = options(picker);
    list.forEach((o, i) => {
      o.setAttribute("aria-selected", String(i === at));
      o.id ||= picker.querySelector(".picker-list").id + "-" + i;
    });
    const { search } = parts(picker);
    if (list[at]) {
      search.setAttribute("aria-activedescendant", list[at].id);
      list[at].scrollIntoView({ block: "nearest" });
    } else search.removeAttribute("aria-activedescendant");
  };

  const adopt = () => {
    for (const picker of document.querySelectorAll("[data-picker]:not([data-ready])")) {
      picker.dataset.ready = "";
      labels.set(picker, new Map(picker.dataset.chosen.split("\n").filter(Boolean).map((line) => line.split("\t"))));
      const { value, search } = parts(picker);
      for (const name of ["aria-describedby", "aria-invalid"]) {
        if (value.hasAttribute(name)) search.setAttribute(name, value.getAttribute(name));
      }
      value.type = "hidden";
      value.removeAttribute("required");
      // The search takes the field's id, so that its label and the links of an error lead to it.
      search.id = value.id;
      value.id += "-value";
      draw(picker);
    }
  };

  document.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-picker-remove]");
    if (remove) {
      const picker = remove.closest("[data-picker]");
      set(picker, ids(parts(picker).value.value).filter((id) => id !== remove.dataset.pickerRemove));
      parts(picker).search.focus();
      return;
    }
    const option = event.target.closest(".picker-option");
    if (option) choose(option.closest("[data-picker]"), option);
    for (const picker of document.querySelectorAll("[data-picker][data-open]")) if (!picker.contains(event.target)) open(picker, false);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("[data-picker-search]")) open(event.target.closest("[data-picker]"), true);
  });
  document.addEventListener("keydown", (event) => {
    // Enter that is held after it chose would take the choice out again, by the button that has the focus now.
    if (event.repeat && event.key === "Enter" && event.target.matches?.("[data-picker-remove]")) event.preventDefault();
    if (!event.target.matches?.("[data-picker-search]")) return;
    const picker = event.target.closest("[data-picker]");
    const list = options(picker);
    const at = list.findIndex((o) => o.getAttribute("aria-selected") === "true");
    switch (event.key) {
      case "ArrowDown": open(picker, true); mark(picker, Math.min(at + 1, list.length - 1)); break;
      case "ArrowUp": mark(picker, Math.max(at - 1, 0)); break;
      case "Enter": if (picker.hasAttribute("data-open") && list.length) choose(picker, list[Math.max(at, 0)]); break;
      case "Escape": open(picker, false); break;
      case "Tab": open(picker, false); return;
      case "Backspace": {
        if (event.target.value !== "") return;
        const chosen = ids(parts(picker).value.value);
        if (chosen.length) set(picker, chosen.slice(0, -1));
        return;
      }
      default: return;
    }
    event.preventDefault();
  });
  // The list is an answer of the server; its first row is marked, so that Enter takes it. Where another part of the page was
  // answered meanwhile, the row that is marked stays so: Enter would choose somebody else.
  document.addEventListener("htmx:after:settle", () => {
    adopt();
    for (const picker of document.querySelectorAll("[data-picker][data-open]")) {
      if (!options(picker).some((o) => o.getAttribute("aria-selected") === "true")) mark(picker, 0);
    }
  });
  adopt();
}
