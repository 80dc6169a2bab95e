// Keys: a map from key to action, and the overlay that lists them.

/** Call `actions[key]` on keydown inside `element`; keys acted on go no further (Streamlit has shortcuts of its own). */
export function listen(element, actions) {
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    if (target.closest?.("select, input") && event.key !== "Escape") return;
    // A focused button answers to space and enter itself.
    if (target.closest?.("button") && (event.key === " " || event.key === "Enter")) {
      event.stopPropagation();
      return;
    }
    const action = actions[event.key] ?? actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action(event);
  };
  element.addEventListener("keydown", onKey);
  return () => element.removeEventListener("keydown", onKey);
}

/** A dialog that lists keys and gestures: rows of [keys, what they do]. */
export function helpOverlay(root, texts, rows) {
  const dialog = document.createElement("dialog");
  dialog.className = "help";
  dialog.setAttribute("aria-label", texts.help);
  const title = document.createElement("h2");
  title.textContent = texts.help;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.setAttribute("aria-label", texts.close);
  close.textContent = "×";
  close.onclick = () => dialog.close();
  const list = document.createElement("dl");
  for (const [keys, text] of rows) {
    const term = document.createElement("dt");
    for (const key of keys) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
    }
    const meaning = document.createElement("dd");
    meaning.textContent = text;
    list.append(term, meaning);
  }
  dialog.append(title, close, list);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  root.append(dialog);
  return { toggle: () => (dialog.open ? dialog.close() : dialog.showModal()), dialog };
}
