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
  // What a list was asked for last, and what the text was that the list on the page answers.
  const asked = new WeakMap();
  const answers = new WeakMap();
  const pauses = new WeakMap(); // in the typing, after which it is asked for
  const asking = (picker, yes) => {
    picker.toggleAttribute("data-asking", yes);
    parts(picker).list.setAttribute("aria-busy", String(yes));
    if (yes) mark(picker, -1); // Enter would choose from what was asked for before
  };
  const ask = (picker) => parts(picker).search.dispatchEvent(new Event("pick"));
  const open = (picker, yes) => {
    const { search } = parts(picker);
    picker.toggleAttribute("data-open", yes);
    search.setAttribute("aria-expanded", String(yes));
    if (yes) {
      if (picker.dataset.anew === "true" || answers.get(picker) !== search.value) ask(picker);
    } else if (picker.hasAttribute("data-asking")) { // nobody looks any more, and what follows needs the connection
      asking(picker, false);
      asked.delete(picker);
      search.dispatchEvent(new Event("htmx:abort"));
    }
  };
  const set = (picker, list) => {
    const { value } = parts(picker);
    value.value = list.join(",");
    value.dispatchEvent(new Event("change", { bubbles: true }));
    draw(picker);
  };
  const choose = (picker, option) => {
    const { value, search } = parts(picker);
    if (option.dataset.pickerRetry !== undefined) {
      search.focus();
      ask(picker);
      return;
    }
    labels.get(picker).set(option.dataset.id, option.dataset.label);
    const before = picker.dataset.several === "true" ? ids(value.value) : [];
    search.value = "";
    answers.delete(picker);
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
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-picker-search]")) return;
    const picker = event.target.closest("[data-picker]");
    picker.setAttribute("data-open", "");
    event.target.setAttribute("aria-expanded", "true");
    clearTimeout(pauses.get(picker));
    const answered = !asked.has(picker) && answers.get(picker) === event.target.value;
    asking(picker, !answered);
    if (answered) mark(picker, 0);
    else pauses.set(picker, setTimeout(ask, 150, picker));
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (!event.target.matches?.("[data-picker-search]")) return;
    const picker = event.target.closest("[data-picker]");
    if (!picker.hasAttribute("data-open")) { // left before the request began
      event.preventDefault();
      return;
    }
    asked.set(picker, { ctx: event.detail.ctx, typed: event.target.value });
    asking(picker, true);
  });
  // Only the answer to what was asked last counts; whatever came in its place is said where one looks.
  document.addEventListener("htmx:finally:request", (event) => {
    if (!event.target.matches?.("[data-picker-search]")) return;
    const picker = event.target.closest("[data-picker]");
    const last = asked.get(picker);
    if (last?.ctx !== event.detail.ctx) return;
    asked.delete(picker);
    const status = last.ctx.response?.status ?? 0;
    if (status >= 200 && status < 300 || status === 403) {
      if (event.target.value !== last.typed) return; // and the next request is about to begin
      if (!picker.querySelector("[data-picker-retry]")) answers.set(picker, last.typed);
      asking(picker, false);
      mark(picker, 0);
      return;
    }
    asking(picker, false);
    const note = document.createElement("p");
    note.className = "picker-empty";
    note.setAttribute("role", "option");
    note.setAttribute("aria-disabled", "true");
    note.textContent = status === 401 ? "You are signed out; sign in again in another tab, then type again." : "Caracal did not answer; type again in a moment.";
    parts(picker).list.replaceChildren(note);
  });
  document.addEventListener("keydown", (event) => {
    // Enter that is held after it chose would take the choice out again, by the button that has the focus now.
    if (event.repeat && event.key === "Enter" && event.target.matches?.("[data-picker-remove]")) event.preventDefault();
    if (!event.target.matches?.("[data-picker-search]")) return;
    const picker = event.target.closest("[data-picker]");
    const list = options(picker);
    const at = list.findIndex((o) => o.getAttribute("aria-selected") === "true");
    switch (event.key) {
      case "ArrowDown":
        if (!picker.hasAttribute("data-open")) open(picker, true);
        else if (!picker.hasAttribute("data-asking")) mark(picker, Math.min(at + 1, list.length - 1));
        break;
      case "ArrowUp": if (!picker.hasAttribute("data-asking")) mark(picker, Math.max(at - 1, 0)); break;
      case "Enter": if (picker.hasAttribute("data-asking")) break; if (picker.hasAttribute("data-open") && list.length) choose(picker, list[Math.max(at, 0)]); break;
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
    for (const picker of document.querySelectorAll("[data-picker][data-open]:not([data-asking])")) {
      if (!options(picker).some((o) => o.getAttribute("aria-selected") === "true")) mark(picker, 0);
    }
  });
  adopt();
}
