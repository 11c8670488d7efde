// Lists whose items can be dragged by their grip. The order of the fields in the form is the order that is
// posted; every list has buttons that move an item as well, which is how a keyboard does it.
{
  let held = null;
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    const item = grip?.closest("[data-item]");
    const list = item?.closest("[data-sortable]");
    if (!list || event.button !== 0) return;
    event.preventDefault();
    held = { item, list, from: [...list.children].indexOf(item), id: event.pointerId };
    item.dataset.held = "";
    grip.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const { item, list } = held;
    for (const other of list.querySelectorAll(":scope > [data-item]")) {
      if (other === item) continue;
      const box = other.getBoundingClientRect();
      if (event.clientY < box.top || event.clientY > box.bottom) continue;
      const below = item.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
      const middle = box.top + box.height / 2;
      if (below && event.clientY > middle) other.after(item);
      else if (!below && event.clientY < middle) other.before(item);
      break;
    }
  });
  const drop = (event) => {
    if (!held || event.pointerId !== held.id) return;
    const { item, list, from } = held;
    held = null;
    delete item.dataset.held;
    if ([...list.children].indexOf(item) !== from) item.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);
}
