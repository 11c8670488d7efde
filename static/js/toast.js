// Toasts: put away by hand, and by themselves unless they tell of a failure or somebody reads them.
{
  const life = 6000;
  const leave = (toast) => setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) leave(toast);
    else toast.remove();
  }, life);
  const adopt = () => {
    for (const toast of document.querySelectorAll("[data-toast]:not([data-seen])")) {
      toast.dataset.seen = "";
      if (toast.dataset.tone !== "bad") leave(toast);
    }
  };
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
  });
  document.addEventListener("htmx:after:settle", adopt);
  adopt();

  // What a request in the background could not do is said in a toast, since its answer is not swapped in.
  const say = (text) => {
    const old = document.querySelector('[data-toast][data-own]');
    old?.remove();
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.dataset.toast = "";
    toast.dataset.own = "";
    toast.dataset.tone = "bad";
    const p = document.createElement("p");
    p.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn";
    close.dataset.variant = "ghost";
    close.dataset.size = "sm";
    close.dataset.dismiss = "";
    close.textContent = "Dismiss";
    toast.append(p, close);
    document.getElementById("toasts")?.append(toast);
  };
  document.addEventListener("htmx:response:error", (event) => {
    // An answer below 500 is on the page already.
    if (event.detail?.ctx?.response?.status >= 500) say("The server could not do that; try again in a moment.");
  });
  document.addEventListener("htmx:error", () => say("The server can't be reached; what you typed is still here."));
}
