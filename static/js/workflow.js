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
      if (!field) return;
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

  document.addEventListener("htmx:after:settle", () => {
    document.querySelectorAll(".problem").forEach(describe);
    const builder = document.querySelector("[data-focus-on]");
    if (builder) {
      const target = document.getElementById(builder.dataset.focusOn);
      delete builder.dataset.focusOn;
      const first = target?.matches("[data-slot]") ? target.querySelector("button, input") : target;
      first?.focus({ preventScroll: true });
      target?.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    }
    const panel = [...document.querySelectorAll("[data-panel]:not([data-seen])")].pop();
    if (panel) {
      panel.dataset.seen = "";
      (panel.querySelector("[data-autofocus]") ?? panel.querySelector(".value-row") ?? panel.querySelector("button"))?.focus({ preventScroll: true });
      panel.scrollIntoView({ block: "nearest" });
    }
  });
  document.querySelectorAll(".problem").forEach(describe);
  if (location.hash.length > 1) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.focus();

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
    const button = input.form.querySelector('button[value="run"]');
    const check = () => { button.disabled = input.value.trim() !== input.dataset.confirmWith.trim(); };
    input.addEventListener("input", check);
    check();
  }
}
