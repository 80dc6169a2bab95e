// A few lines for building controls.

/** Make an element with properties, attributes (aria-…, data-…, role) and children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria") || name.startsWith("data-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Streamlit fades what waits for a rerun; an instrument in use must not flicker each time it is touched. */
export function keepBright(host) {
  const container = host.closest?.("[data-testid=stElementContainer]");
  if (container) Object.assign(container.style, { opacity: "1", transition: "none" });
}

const SVG = "http://www.w3.org/2000/svg";

// Drawn on a 20 × 20 grid.
const ICONS = {
  play: "M6 4l10 6-10 6z",
  pause: "M6 4h3v12H6zM11 4h3v12h-3z",
  stop: "M5 5h10v10H5z",
  loop: "M5 8a4 4 0 0 1 4-4h4V2l4 3.5L13 9V7H9a1.5 1.5 0 0 0-1.5 1.5V10H5zM15 12a4 4 0 0 1-4 4H7v2l-4-3.5L7 11v2h4a1.5 1.5 0 0 0 1.5-1.5V10H15z",
  zoom_in: "M8.5 3a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zm0 1.8a3.7 3.7 0 1 0 0 7.4 3.7 3.7 0 0 0 0-7.4zM13 12l4.5 4.5-1.3 1.3L11.7 13.3zM7.7 6h1.6v1.7H11v1.6H9.300v1.700H7.700V9.300H6V7.700h1.700z",
  zoom_out: "M8.5 3a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11zm0 1.800a3.700 3.700 0 1 0 0 7.400 3.700 3.700 0 0 0 0-7.400zM13 12l4.500 4.500-1.300 1.300L11.700 13.300zM6 7.700h5v1.600H6z",
  fit: "M3 3h5v1.800H4.800V8H3zM12 3h5v5h-1.800V4.800H12zM3 12h1.800v3.200H8V17H3zM15.200 12H17v5h-5v-1.800h3.200z",
  layers: "M10 3l8 4-8 4-8-4zM3.700 9.900L10 13l6.300-3.100L18 10.800 10 15l-8-4.200z",
  save: "M9 3h2v7h3l-4 4.500L6 10h3zM4 15h12v2H4z",
  help: "M10 2a8 8 0 1 1 0 16 8 8 0 0 1 0-16zm0 1.700a6.300 6.300 0 1 0 0 12.600 6.300 6.300 0 0 0 0-12.600zM9.100 13h1.800v1.800H9.100zM10 5.300c1.700 0 3 1.100 3 2.700 0 1.300-.8 1.900-1.500 2.400-.5.400-.7.600-.7 1.300v.2H9.200v-.4c0-1.300.6-1.900 1.300-2.400.6-.4.800-.6.800-1.100 0-.7-.5-1.100-1.300-1.100S8.600 7.400 8.600 8.200H7c0-1.700 1.300-2.900 3-2.900z",
  ears: "M4 11a6 6 0 1 1 12 0v5h-4v-5h2.200a4.200 4.200 0 0 0-8.400 0H8v5H4z",
  follow: "M3 9h9V5.500L17 10l-5 4.500V11H3z",
  pan: "M10 1.500l3 3h-2V9h4.500V7l3 3-3 3v-2H11v4.500h2l-3 3-3-3h2V11H4.500v2l-3-3 3-3v2H9V4.500H7z",
  lasso: "M10 3c4.400 0 8 2.200 8 5s-3.600 5-8 5c-.9 0-1.700-.1-2.500-.3-.2 1.700-1 3.300-2.700 4.300l-.9-1.400c1.300-.8 1.900-2 2-3.400C3.500 11.300 2 9.800 2 8c0-2.800 3.600-5 8-5zm0 1.700C6.500 4.700 3.700 6.200 3.700 8s2.800 3.300 6.300 3.300 6.300-1.500 6.300-3.300-2.800-3.300-6.300-3.300z",
  box: "M3 3h3v1.700H4.700V6H3zM8 3h4v1.700H8zM14 3h3v3h-1.700V4.700H14zM3 8h1.700v4H3zM15.300 8H17v4h-1.700zM3 14h1.700v1.300H6V17H3zM8 15.300h4V17H8zM15.300 14H17v3h-3v-1.700h1.300z",
  sound: "M3 8v4h3l4 3.500v-11L6 8zM12 7a4 4 0 0 1 0 6zM12 3.500a7 7 0 0 1 0 13V15a5.500 5.500 0 0 0 0-10z",
  clear: "M5.300 4L10 8.700 14.700 4 16 5.300 11.300 10l4.700 4.700-1.300 1.300-4.700-4.700L5.300 16 4 14.700 8.700 10 4 5.300z",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon, its name for screen readers and as tooltip. */
export function iconButton(name, label, onclick, key = "") {
  const button = el("button", { type: "button", className: "icon", title: key ? `${label} (${key})` : label, onclick }, icon(name));
  button.setAttribute("aria-label", label);
  return button;
}

/** A button that stays pressed; `button.set(on)` shows its state. */
export function toggleButton(name, label, on, onchange, key = "") {
  const button = iconButton(name, label, () => onchange(button.getAttribute("aria-pressed") !== "true"), key);
  button.set = (state) => button.setAttribute("aria-pressed", String(state));
  button.set(on);
  return button;
}

/** Change a button's icon and label. */
export function relabel(button, name, label, key = "") {
  button.replaceChildren(icon(name));
  button.setAttribute("aria-label", label);
  button.title = key ? `${label} (${key})` : label;
}

const MENU_PX = 200;

/** A button that opens a small panel beneath itself. */
export function menu(name, label, items) {
  const summary = el("summary", { className: "icon", title: label });
  summary.setAttribute("aria-label", label);
  summary.append(...iconButton(name, label).childNodes);
  const details = el("details", { className: "menu" }, summary, el("div", { className: "items" }, ...items));
  details.addEventListener("toggle", () => {
    // In a narrow bar that wraps, the panel opens to the side that has room.
    details.classList.toggle("leftmost", details.offsetLeft < MENU_PX);
  });
  details.addEventListener("click", (event) => {
    if (event.target.closest("button")) details.open = false;
  });
  details.addEventListener("focusout", (event) => {
    if (!details.contains(event.relatedTarget)) details.open = false;
  });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    details.open = false;
    summary.focus();
    event.stopPropagation();
  });
  return details;
}
