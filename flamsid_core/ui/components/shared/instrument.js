// What both instruments are made of: a still picture beneath a quick one, a toolbar, keys, and the page's colours.

import { onceAFrame } from "./canvas.js";
import { el, iconButton, keepBright, menu } from "./dom.js";
import { helpOverlay, listen } from "./keyboard.js";
import { categoryColours, readTheme } from "./theme.js";
import { unpack } from "./wire.js";

/** A subclass has `view`, `load(head, arrays)`, `categories()`, `keys()`, `resize()`, `paintStill()`, `paintOverlay()`. */
export class Instrument {
  constructor(parent, name) {
    this.root = el("div", { className: `flamsid ${name}` });
    parent.append(this.root);
    // For whoever looks in from outside: the browser tests, or a console.
    this.root.flamsid = this;
    this.host = parent.host ?? parent;
    keepBright(this.host);
    this.frames = { still: 0, overlay: 0 };
    this.drawStill = onceAFrame(() => this.view.theme && this.#count("still", this.paintStill()));
    this.drawOverlay = onceAFrame(() => this.view.theme && this.#count("overlay", this.paintOverlay()));
  }

  update({ data, setStateValue }) {
    this.send = setStateValue;
    const { head, arrays } = unpack(data);
    if (head.hash !== this.hash) {
      this.hash = head.hash;
      this.load(head, arrays);
    }
    this.theme(head.palette);
  }

  /** The parts that stay: what stands above the pictures, the pictures with what lies on them, help and keys. */
  build(texts, above, onPicture, rows) {
    this.undo?.();
    this.still = el("canvas", { className: "still" });
    this.surface = el("canvas", { className: "overlay", tabIndex: 0, role: "application" });
    this.stack = el("div", { className: "stack" }, this.still, this.surface, ...onPicture);
    this.root.replaceChildren(...above, this.stack);
    this.help = helpOverlay(this.root, texts, rows);
    const silence = listen(this.root, this.keys());
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.stack);
    this.undo = () => {
      silence();
      observer.disconnect();
    };
  }

  theme(palette) {
    this.view.theme = readTheme(this.host);
    this.root.classList.toggle("dark", this.view.theme.dark);
    this.view.colours = categoryColours(this.categories(), palette);
    this.themed();
    this.redraw();
  }

  /** What else depends on the colours. */
  themed() {}

  redraw() {
    this.drawStill();
    this.drawOverlay();
  }

  /** `painted` is false where there was no room yet to paint in. */
  #count(picture, painted) {
    if (painted === false) return;
    this.frames[picture]++;
    if (picture === "still") this.root.dataset.ready ??= String(Math.round(performance.now()));
  }

  destroy() {
    this.undo?.();
    this.drawStill.cancel();
    this.drawOverlay.cancel();
    this.still.width = this.surface.width = 0;
    this.root.remove();
  }
}

/** The end of the toolbar: zoom, fit, save, help. */
export function viewButtons(instrument, texts, factor) {
  return [
    iconButton("zoom_out", texts.zoom_out, () => instrument.zoom(factor), "−"),
    iconButton("zoom_in", texts.zoom_in, () => instrument.zoom(1 / factor), "+"),
    iconButton("fit", texts.fit, () => instrument.fit(), "F"),
    menu("save", texts.save_png, [
      el("button", { type: "button", textContent: texts.save_png, onclick: () => instrument.savePng() }),
      el("button", { type: "button", textContent: texts.save_svg, onclick: () => instrument.saveSvg() }),
    ]),
    iconButton("help", texts.help, () => instrument.help.toggle(), "?"),
  ];
}
