// The motif space: puts points, hand and sound together, and tells Python what was chosen.

import { fitCanvas, save, savePicture } from "../shared/canvas.js";
import { el, iconButton, relabel, toggleButton } from "../shared/dom.js";
import { Instrument, viewButtons } from "../shared/instrument.js";
import { renderer } from "../shared/mount.js";
import { clamp } from "../shared/scales.js";
import { SvgContext } from "../shared/svg.js";
import { parseColour } from "../shared/theme.js";
import { packBits } from "../shared/wire.js";
import { Clips } from "../shared/clips.js";
import { drawOverlay, drawPoints, scales } from "./draw.js";
import { drawFigure, drawLegend } from "./figure.js";
import { attach } from "./gestures.js";
import { buildGrid, nearest, selectPolygon } from "./grid.js";
import { buildLegend } from "./legend.js";
import { buildModel, countFlags, flagsOf, rowsLeftToRight } from "./model.js";

const POINTER_PX = 12;
const REST_MS = 260;
const MARGIN = 0.92;
const DEEPEST = 4000;
const MODES = ["pan", "lasso", "box"];

class MotifSpace extends Instrument {
  constructor(parent) {
    super(parent, "space");
    this.view = {
      model: null, width: 0, height: 0, centre: [0, 0], magnification: 1, fitted: 1, mode: "pan",
      hidden: new Uint8Array(0), selection: new Uint8Array(0), selectedCount: 0,
      hover: -1, clicked: -1, focus: -1, sounding: -1, lasso: null,
    };
    this.hoverSound = true;
  }

  load(head, arrays) {
    const { view } = this;
    if (this.language !== head.strings.play) this.#build(head);
    this.language = head.strings.play;
    const same = head.rows === this.rows;
    const before = new Set(view.model?.head.categories.filter((_, k) => view.hidden[k]).map(({ name }) => name));
    view.model = buildModel({ head, arrays });
    view.hidden = Uint8Array.from(head.categories, ({ name }) => (before.has(name) ? 1 : 0));
    if (!same) view.grid = buildGrid(arrays.x, arrays.y);
    this.clips ??= new Clips((i) => this.#address(i), () => this.#sounded());
    if (!same) {
      Object.assign(view, { hover: -1, clicked: -1, selection: new Uint8Array(head.points), selectedCount: 0 });
      this.clips.stop();
    }
    this.rows = head.rows;
    const asked = head.given_selection ? `${head.rows} ${arrays.selected.join()}` : null;
    if (asked !== null && asked !== this.askedSelection) {
      this.#setFlags(flagsOf(arrays.selected, head.points));
      // Python learns that it is shown, and need not ask for it any more: from here on it is the hand's.
      if (head.report_given) setTimeout(() => this.#report());
    }
    this.askedSelection = asked;
    view.focus = head.focus ?? -1;
    this.root.style.height = `${head.height_px}px`;
    this.empty.hidden = head.points > 0;
    this.heading.textContent = head.title;
    this.surface.setAttribute("aria-label", [head.title, this.texts.space_label].filter(Boolean).join(". "));
    this.resize();
    if (!same) this.fit();
  }

  #build(head) {
    const texts = (this.texts = head.strings);
    this.legend = buildLegend(texts, (hidden) => this.#hide(hidden));
    this.empty = el("p", { className: "empty", textContent: texts.no_points, hidden: true });
    this.heading = el("div", { className: "heading" });
    this.build(texts, [this.#toolbar(texts)], [this.heading, this.empty], helpRows(texts));
    // The legend stands beside the map: upon it, it would hide points.
    const body = el("div", { className: "body" });
    this.stack.replaceWith(body);
    body.append(this.stack, this.legend.box);
    attach(this.surface, this);
  }

  #toolbar(texts) {
    const icons = { pan: "pan", lasso: "lasso", box: "box" };
    const keys = { pan: "V", lasso: "L", box: "B" };
    this.modes = MODES.map((mode) => toggleButton(icons[mode], texts[`mode_${mode}`], mode === "pan", () => this.setMode(mode), keys[mode]));
    this.hoverButton = toggleButton("sound", texts.hover_sound, true, (on) => this.setHoverSound(on), "H");
    this.playButton = iconButton("play", texts.play_selection, () => this.playSelection(), "N");
    this.clearButton = iconButton("clear", texts.clear, () => this.clear(), "Esc");
    this.status = el("span", { className: "status", role: "status" });
    return el(
      "div", { className: "bar", role: "toolbar" },
      ...this.modes, el("span", { className: "gap" }), this.hoverButton, this.playButton, this.clearButton,
      el("span", { className: "spring" }, this.status),
      ...viewButtons(this, texts, 1.6),
    );
  }

  keys() {
    const move = (x, y) => () => this.pan(x * this.view.width * 0.1, y * this.view.height * 0.1);
    return {
      ArrowLeft: move(1, 0), ArrowRight: move(-1, 0), ArrowUp: move(0, 1), ArrowDown: move(0, -1),
      "+": () => this.zoom(1 / 1.6), "=": () => this.zoom(1 / 1.6), "-": () => this.zoom(1.6), _: () => this.zoom(1.6),
      v: () => this.setMode("pan"), l: () => this.setMode("lasso"), b: () => this.setMode("box"),
      h: () => this.setHoverSound(!this.hoverSound), n: () => this.playSelection(), f: () => this.fit(),
      Enter: () => this.#hear(this.view.hover >= 0 ? this.view.hover : this.view.clicked),
      " ": () => (this.clips.sounding >= 0 ? this.clips.stop() : this.#hear(this.view.clicked)),
      Escape: () => this.clear(), "?": () => this.help.toggle(),
    };
  }

  // -- view

  fit() {
    const { view } = this;
    const { left, right, bottom, top } = view.grid.bounds;
    view.centre = [(left + right) / 2, (bottom + top) / 2];
    view.fitted = MARGIN * Math.min(view.width / (right - left || 1), view.height / (top - bottom || 1));
    view.magnification = view.fitted;
    this.redraw();
  }

  zoom(factor, [x, y] = [this.view.width / 2, this.view.height / 2]) {
    const { view } = this;
    const before = scales(view);
    const [px, py] = [before.x.from(x), before.y.from(y)];
    view.magnification = clamp(view.magnification / factor, view.fitted * 0.5, view.fitted * DEEPEST);
    const after = scales(view);
    view.centre = [view.centre[0] + px - after.x.from(x), view.centre[1] + py - after.y.from(y)];
    this.redraw();
  }

  pan(dx, dy) {
    const { view } = this;
    view.centre = [view.centre[0] - dx / view.magnification, view.centre[1] + dy / view.magnification];
    this.redraw();
  }

  // -- choosing

  #accepts = (i) => !this.view.hidden[this.view.model.category[i]];

  #under([x, y]) {
    const scale = scales(this.view);
    return nearest(this.view.grid, scale.x.from(x), scale.y.from(y), POINTER_PX / this.view.magnification, this.#accepts);
  }

  /** The pointer moved (null: left). After a short rest on a point, hear it. */
  point(at) {
    const hover = at ? this.#under(at) : -1;
    this.surface.style.cursor = hover >= 0 ? "pointer" : this.view.mode === "pan" ? "grab" : "crosshair";
    if (hover === this.view.hover) return;
    this.view.hover = hover;
    clearTimeout(this.resting);
    if (hover >= 0 && this.hoverSound && !this.clips.inTurn) this.resting = setTimeout(() => this.#hear(hover), REST_MS);
    this.drawOverlay();
  }

  click(at) {
    const i = this.#under(at);
    if (i < 0) return;
    clearTimeout(this.resting);
    this.view.clicked = i;
    this.#hear(i);
    this.send("clicked", { row: i, rows: this.rows });
    this.drawOverlay();
  }

  outline(path) {
    this.view.lasso = path;
    this.drawOverlay();
  }

  /** Select what a polygon on the screen holds; `add` keeps what was selected. */
  enclose(polygon, add) {
    const { view } = this;
    const scale = scales(view);
    const flags = selectPolygon(view.grid, polygon.map(([x, y]) => [scale.x.from(x), scale.y.from(y)]), this.#accepts);
    if (add) view.selection.forEach((flag, i) => (flags[i] |= flag));
    view.lasso = null;
    this.#select(flags);
  }

  #select(flags) {
    this.#setFlags(flags);
    this.#report();
  }

  #report() {
    const { selectedCount, selection } = this.view;
    this.send("selection", selectedCount ? { bits: packBits(selection), rows: this.rows } : null);
  }

  #setFlags(flags) {
    this.view.selection = flags;
    this.view.selectedCount = countFlags(flags);
    this.#sync();
    this.redraw();
  }

  clear() {
    this.clips.stop();
    this.view.clicked = -1;
    if (this.view.selectedCount) this.#select(new Uint8Array(this.view.model.x.length));
    this.drawOverlay();
  }

  setMode(mode) {
    this.view.mode = mode;
    this.modes.forEach((button, k) => button.set(MODES[k] === mode));
    this.surface.style.cursor = mode === "pan" ? "grab" : "crosshair";
  }

  #hide(hidden) {
    this.view.hidden = hidden;
    this.#sync();
    this.redraw();
  }

  // -- sound

  #address(i) {
    const { model } = this.view;
    return model.head.audio_url_template.replace("{id}", encodeURIComponent(model.id(i)));
  }

  #hear(i) {
    if (i >= 0 && this.view.model.head.audio_url_template) this.clips.play(i);
  }

  playSelection() {
    if (this.clips.inTurn) return this.clips.stop();
    if (!this.view.selectedCount || !this.view.model.head.audio_url_template) return;
    this.clips.playInTurn(rowsLeftToRight(this.view.selection, this.view.model.x));
    this.#sync();
  }

  setHoverSound(on) {
    this.hoverSound = on;
    this.hoverButton.set(on);
    clearTimeout(this.resting);
  }

  #sounded() {
    this.view.sounding = this.clips.sounding;
    this.#sync();
    this.drawOverlay();
  }

  // -- looks

  #sync() {
    const { view, texts } = this;
    const { model } = view;
    model.shown = model.counts.reduce((sum, count, k) => sum + (view.hidden[k] ? 0 : count), 0);
    const all = model.shown === model.x.length ? "" : `${model.shown.toLocaleString(texts.language)} ${texts.of} `;
    const total = `${all}${model.x.length.toLocaleString(texts.language)} ${texts.points}`;
    const chosen = view.selectedCount ? `${view.selectedCount.toLocaleString(texts.language)} ${texts.selected} · ` : "";
    this.status.textContent = this.clips?.failed ? texts.no_sound : chosen + total;
    const inTurn = this.clips?.inTurn ?? false;
    const label = inTurn ? texts.stop : texts.play_selection;
    if (this.playButton.getAttribute("aria-label") !== label) relabel(this.playButton, inTurn ? "stop" : "play", label, "N");
    this.playButton.disabled = !view.selectedCount;
    this.clearButton.disabled = !view.selectedCount && view.clicked < 0;
    if (view.colours) this.legend.fill(model.head.categories, view.colours, model.counts, view.hidden);
  }

  savePng() {
    savePicture([this.still, this.surface], "flamsid-motif-space.png", (ctx) => {
      const ratio = this.still.width / this.view.width;
      ctx.scale(ratio, ratio);
      drawLegend(ctx, this.view);
    });
  }

  saveSvg() {
    const { width, height } = this.view;
    const ctx = new SvgContext(width, height);
    // Its own room for the gathered points, or the picture on the screen would lose its.
    drawFigure(ctx, { ...this.view, lists: null });
    save(new Blob([ctx.toString()], { type: "image/svg+xml" }), "flamsid-motif-space.svg");
  }

  categories() {
    return this.view.model.head.categories;
  }

  themed() {
    const { view } = this;
    view.theme.backgroundRgb = parseColour(view.theme.background);
    view.colourRgb = view.colours.map(parseColour);
    this.#sync();
  }

  resize() {
    const { width, height } = this.stack.getBoundingClientRect();
    const { view } = this;
    if (!width || !height || !view.model) return;
    const untouched = !view.width || (view.magnification === view.fitted);
    Object.assign(view, { width, height });
    if (untouched) this.fit();
    else this.redraw();
  }

  paintStill() {
    const { view } = this;
    if (!view.width) return false;
    drawPoints(fitCanvas(this.still, view.width, view.height, { alpha: false, willReadFrequently: true }), view);
    return true;
  }

  paintOverlay() {
    const { view } = this;
    if (!view.width) return false;
    drawOverlay(fitCanvas(this.surface, view.width, view.height), view);
    return true;
  }

  destroy() {
    clearTimeout(this.resting);
    this.clips?.destroy();
    super.destroy();
  }
}

function helpRows(texts) {
  return [
    [["←", "↑", "→", "↓"], texts.space_key_arrows], [["+", "−"], texts.key_zoom], [["F"], texts.key_f],
    [["V", "L", "B"], texts.space_key_modes], [["H"], texts.hover_sound], [["Enter"], texts.space_key_enter],
    [["N"], texts.space_key_n], [["Esc"], texts.key_escape], [[texts.do_click], texts.space_mouse_click],
    [[texts.do_rest], texts.space_mouse_hover], [[texts.do_drag], texts.space_mouse_drag], [[texts.do_wheel], texts.space_mouse_wheel],
  ];
}

export default renderer(MotifSpace);
