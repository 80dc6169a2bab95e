// The legend: categories with their colour and number, shown and hidden by a click.

import { el } from "../shared/dom.js";

const MOST_ENTRIES = 60;

/** Build the legend; `onchange(hidden)` gets one flag a category. */
export function buildLegend(texts, onchange) {
  const box = el("div", { className: "legend", role: "group" });
  let hidden = new Uint8Array(0);

  const toggle = (code, only) => {
    if (only) {
      const alone = hidden.every((flag, k) => (k === code ? !flag : flag));
      hidden = hidden.map((_, k) => (alone || k === code ? 0 : 1));
    } else hidden[code] = hidden[code] ? 0 : 1;
    onchange(hidden);
  };

  return {
    box,
    /** Show categories, most frequent first; hidden ones stay hidden where their names are the same. */
    fill(categories, colours, counts, flags) {
      hidden = flags;
      const order = [...categories.keys()].sort((a, b) => counts[b] - counts[a]);
      box.replaceChildren(
        ...order.slice(0, MOST_ENTRIES).map((code) => {
          const swatch = el("i");
          swatch.style.background = colours[code];
          const button = el(
            "button",
            { type: "button", title: texts.show_hide, onclick: (event) => toggle(code, event.altKey) },
            swatch, el("span", { textContent: categories[code].name }), el("small", { textContent: counts[code].toLocaleString(texts.language) }),
          );
          button.setAttribute("aria-pressed", String(!hidden[code]));
          return button;
        }),
      );
      if (order.length > MOST_ENTRIES) box.append(el("small", { textContent: `+ ${order.length - MOST_ENTRIES}` }));
    },
  };
}
