// Lists whose items can be dragged by their grip. The order of the fields in the form is the order that is
// posted, and the list that a step lies in says which block it is in; every list has buttons that move an item as
// well, which is how a keyboard does it.
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
  const within = (box, event) => event.clientY >= box.top && event.clientY <= box.bottom && event.clientX >= box.left && event.clientX <= box.right;
  // The list under the pointer: its own, or, where lists stand in one another, the innermost one there.
  const listAt = (event) => {
    const { item, list } = held;
    if (!list.hasAttribute("data-block")) return list;
    let found = list;
    for (const other of document.querySelectorAll(`[data-sortable="${list.dataset.sortable}"][data-block]`)) {
      if (item.contains(other)) continue;
      const zone = other.children.length ? other : other.parentElement; // an empty list has no height
      if (within(zone.getBoundingClientRect(), event)) found = other; // those within come later
    }
    return found;
  };
  document.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const { item } = held;
    const list = listAt(event);
    if (list !== item.parentElement) {
      const next = [...list.children].find((other) => {
        const box = other.getBoundingClientRect();
        return event.clientY < box.top + box.height / 2;
      });
      list.insertBefore(item, next ?? null);
      return;
    }
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
    const block = item.querySelector("[data-in]"); // its own: those of the steps in it come later
    if (block && item.parentElement !== list) block.value = item.parentElement.dataset.block;
    if (item.parentElement !== list || [...list.children].indexOf(item) !== from) item.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);
}
