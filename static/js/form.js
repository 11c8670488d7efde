// Forms: one submit at a time, a word while it works, the focus on what is wrong, a name typed before a button
// wakes up, fields filled with one press, and what was typed kept from a slip of the hand.
{
  const idle = new Map(); // busy buttons, with what they held before

  // The server takes a doubled submit as one; this only says that the first is under way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("hx-post")) return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      return;
    }
    if (form.dataset.once !== undefined) form.dataset.sent = "";
    const button = event.submitter;
    if (button?.dataset.busy) {
      form.dataset.waiting = "";
      idle.set(button, [...button.childNodes]);
      button.replaceChildren(button.dataset.busy);
      button.setAttribute("aria-disabled", "true");
    }
  });
  // A page that comes back from the browser's cache must not stay busy.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent], form[data-waiting]")) {
      delete form.dataset.sent;
      delete form.dataset.waiting;
    }
    for (const [button, label] of idle) {
      button.removeAttribute("aria-disabled");
      button.replaceChildren(...label);
    }
    idle.clear();
  });

  document.querySelector("[data-focus]")?.focus({ preventScroll: false });

  const watchName = (form) => {
    const input = form.querySelector('[name="confirm"]');
    const button = form.querySelector('button[type="submit"]');
    const check = () => {
      button.disabled = input.value.trim() !== form.dataset.confirmName;
    };
    input.addEventListener("input", check);
    check();
  };
  document.querySelectorAll("form[data-confirm-name]").forEach(watchName);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    for (const [id, value] of Object.entries(JSON.parse(button.dataset.fill))) {
      const field = document.getElementById(id);
      if (!field || field.value === undefined) continue;
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    document.querySelector("#connect button[type=submit]:not([formaction])")?.focus();
  });

  // A guide that would push the form off a phone's screen starts folded there.
  if (matchMedia("(max-width: 64rem)").matches) {
    for (const fold of document.querySelectorAll("details[data-narrow-closed]")) fold.open = false;
  }
  document.documentElement.classList.add("ready");
}
