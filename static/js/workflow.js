// The builder: the focus after a button, values put in at the cursor, panels that close, and a word when a
// save was refused. Without this script every button is a plain POST that does the same.
{
  const close = (panel) => {
    const slot = panel.closest("[data-slot]");
    const opener = slot?.parentElement.querySelector("[hx-target='#" + slot.id + "']");
    slot?.replaceChildren();
    opener?.focus();
  };
  const describe = (box) => {
    const wrong = box.dataset.problem === "true";
    for (const field of document.querySelectorAll(`[aria-describedby~="${CSS.escape(box.id)}"]`)) {
      if (wrong) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  };

  // Steps are folded to a line each. Which are open goes along with every save, so that the page comes back as it was.
  const body = (card) => card.querySelector(":scope > details[data-fold]");
  const reveal = (element) => {
    const own = element.matches(".step-card") && body(element);
    if (own) own.open = true;
    for (let fold = element.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) fold.open = true;
  };
  document.addEventListener("toggle", (event) => {
    const open = event.target.matches?.("details[data-fold]") && event.target.querySelector(":scope > input[name=open]");
    if (open) open.disabled = !event.target.open;
  }, true);
  document.addEventListener("click", (event) => {
    const all = event.target.closest?.("[data-fold-all]");
    if (all) {
      for (const fold of document.querySelectorAll(".builder-steps details[data-fold]")) fold.open = all.dataset.foldAll === "open";
      return;
    }
    const line = event.target.closest?.(".step-card > .step-head :is(.step-icon, .step-words)");
    if (line) {
      const fold = body(line.closest(".step-card"));
      if (fold) fold.open = !fold.open;
      return;
    }
    const link = event.target.closest?.(".builder a[href^='#']");
    const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (target) reveal(target);
  });

  // Where the person last was in a field that takes a value between other text.
  let cursor = null;
  document.addEventListener("focusout", (event) => {
    const field = event.target;
    if (field.matches?.("[data-inline]")) cursor = { id: field.id, at: field.selectionStart, to: field.selectionEnd };
  });

  document.addEventListener("click", (event) => {
    const closing = event.target.closest?.("[data-close]");
    if (closing) {
      event.preventDefault();
      event.stopImmediatePropagation();
      close(closing.closest("[data-panel]"));
      return;
    }
    const row = event.target.closest?.("[data-insert]");
    if (row) {
      const field = document.getElementById(row.dataset.into);
      if (!field || field.value === undefined) return; // the server puts another value in the place of this one
      event.preventDefault();
      event.stopImmediatePropagation();
      const known = cursor && cursor.id === field.id;
      const at = known ? cursor.at : field.value.length;
      const to = known ? cursor.to : field.value.length;
      field.setRangeText(row.dataset.insert, at, to, "end");
      row.closest("[data-slot]")?.replaceChildren();
      field.focus();
      field.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    for (const menu of document.querySelectorAll(".value-menu")) {
      const slot = menu.closest("[data-slot]");
      if (!slot.parentElement.contains(event.target)) slot.replaceChildren();
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    const panel = event.target.closest?.("[data-panel]");
    if (!panel) return;
    if (event.key === "Escape") {
      event.preventDefault();
      close(panel);
      return;
    }
    if (event.target.matches("textarea")) return; // its keys are those of a text
    const rows = [...panel.querySelectorAll(".action-row, .value-row")];
    const at = rows.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && rows.length) {
      event.preventDefault();
      rows[Math.min(at + 1, rows.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (at === 0 ? panel.querySelector("[data-autofocus]") ?? rows[0] : rows[at - 1]).focus();
    } else if (event.key === "Enter" && event.target.matches("[data-autofocus]")) {
      event.preventDefault();
      rows[0]?.click();
    }
  });
  // Enter in a field of the builder means "done here", not "press the first button".
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented) return;
    const field = event.target;
    if (field.matches?.("[data-builder] input:not([type=checkbox], [type=search])")) {
      event.preventDefault();
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  // The step that is in sight stays where it is on the screen when the form is drawn again.
  let stand = null;
  document.addEventListener("htmx:before:swap", () => {
    const seen = [...document.querySelectorAll(".step-card, #inputs")].find((card) => card.getBoundingClientRect().bottom > 64);
    stand = seen ? { id: seen.id, top: seen.getBoundingClientRect().top } : null;
  });
  document.addEventListener("htmx:after:settle", () => {
    document.querySelectorAll(".problem").forEach(describe);
    const builder = document.querySelector("[data-focus-on]");
    if (builder) {
      const target = document.getElementById(builder.dataset.focusOn);
      delete builder.dataset.focusOn;
      if (target) reveal(target);
      const first = target?.matches("[data-slot]") ? target.querySelector("button, input") : target;
      first?.focus({ preventScroll: true });
      const held = stand;
      // At once, and after the browser has put the page where it was: a glide would be cut off by that.
      requestAnimationFrame(() => requestAnimationFrame(() => {
        const again = held && document.getElementById(held.id);
        if (again) scrollBy(0, again.getBoundingClientRect().top - held.top);
        // What sticks to the window is in view wherever the page stands.
        if (target && !target.closest(".save-state")) target.scrollIntoView({ block: "nearest" });
      }));
    }
    const panel = [...document.querySelectorAll("[data-panel]:not([data-seen])")].pop();
    if (panel) {
      panel.dataset.seen = "";
      (panel.querySelector("[data-autofocus]") ?? panel.querySelector(".value-row") ?? panel.querySelector("button"))?.focus({ preventScroll: true });
      panel.scrollIntoView({ block: "nearest" });
    }
  });
  document.querySelectorAll(".problem").forEach(describe);
  const at = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (at) {
    if (at.closest(".builder")) reveal(at);
    at.focus();
  }

  // Undo and redo by key, where no text has the focus: there the browser undoes what was typed.
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
    const button = document.getElementById(event.shiftKey ? "go-forth" : "go-back");
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  });

  // Finding a step by any of its words: its title, what it says, and what its fields hold.
  const words = (card) => [card.querySelector(".step-words")?.textContent, ...[...card.querySelectorAll("input:not([type=hidden]):not([type=checkbox]), textarea, select, .value-chip span")]
    .map((field) => field.matches("select") ? field.selectedOptions[0]?.textContent : field.value ?? field.textContent)].join(" ").toLowerCase();
  let looked = "";
  const look = (search) => {
    const typed = looked = search.value;
    const parts = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...search.closest("[data-outline]").querySelectorAll(".flow > li:has(a)")];
    let found = 0;
    for (const row of rows) {
      const card = document.getElementById(decodeURIComponent(row.querySelector("a").hash.slice(1)));
      const text = parts.length && card ? words(card) : "";
      row.hidden = !parts.every((part) => text.includes(part));
      if (!row.hidden) found++;
    }
    search.closest("[data-outline]").querySelector("[data-outline-words]").textContent = parts.length ? `${found} of ${rows.length}` : "";
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-outline-search]")) look(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-outline-search]")) return;
    if (event.key === "Enter") {
      event.preventDefault();
      event.target.closest("[data-outline]").querySelector(".flow > li:not([hidden]) a")?.click();
    } else if (event.key === "Escape" && event.target.value) {
      event.preventDefault();
      event.target.value = "";
      look(event.target);
    }
  });
  document.addEventListener("htmx:after:settle", () => { // what is drawn again goes on showing what was looked for
    const search = document.querySelector("[data-outline-search]");
    if (!search || !looked || search.value) return;
    search.value = looked;
    look(search);
  });

  // A refused save is said where "Saved" stands; what was typed is still in the form.
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail?.ctx?.response?.status;
    const word = document.querySelector("#save-state .save-word");
    if (!word || status === 409) return;
    word.dataset.tone = "bad";
    word.textContent = status === 401 ? "Not saved: sign in again in another tab" : status === 413 ? "Not saved: too large" : "Not saved yet";
  });

  // Filters act when they are changed.
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submit]")) event.target.form?.requestSubmit();
  });

  // The last question before a run that destroys something.
  for (const input of document.querySelectorAll("[data-confirm-with]")) {
    const button = input.form.querySelector('button[value="run"]') ?? input.form.querySelector("button[type=submit]:not([formaction])");
    const check = () => { button.disabled = input.value.trim() !== input.dataset.confirmWith.trim(); };
    input.addEventListener("input", check);
    check();
  }
}
