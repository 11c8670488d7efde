// Buttons that copy what their data-copy holds, and say that they did.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // No clipboard without https: select the text beside the button, so that one key copies it.
    const text = button.parentElement.querySelector("code");
    if (text) getSelection().selectAllChildren(text);
    return;
  }
  const label = button.getAttribute("aria-label");
  button.dataset.copied = "";
  button.setAttribute("aria-label", "Copied");
  setTimeout(() => {
    delete button.dataset.copied;
    button.setAttribute("aria-label", label);
  }, 1600);
});
