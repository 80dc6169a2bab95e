// The timeline: puts model, picture, hand and sound together, and tells Python what was chosen.

import { fitCanvas, save, savePicture } from "../shared/canvas.js";
import { el } from "../shared/dom.js";
import { Instrument } from "../shared/instrument.js";
import { renderer } from "../shared/mount.js";
import { clamp, clampWindow, zoomAbout } from "../shared/scales.js";
import { SvgContext } from "../shared/svg.js";
import { buildControls, speeds } from "./controls.js";
import { Desk } from "./desk.js";
import { drawOverview, drawStill } from "./draw.js";
import { attach, cursorFor } from "./gestures.js";
import { layout } from "./layout.js";
import { lowerBound } from "./intervals.js";
import { helpRows, keyActions } from "./keys.js";
import { buildModel, freshView } from "./model.js";
import { drawOverlay } from "./overlay.js";
import { Player } from "./player.js";
import { Spectrogram } from "./spectrogram.js";

const LEAST_WINDOW_S = 0.05;
const LEAST_PITCH_CENTS = 100;
const REPORT_AFTER_MS = 700;
const ECHO_S = 0.02;
const TOOLBAR_PX = 44;
const FOLLOW_AT = 0.92;
const NEAR_CENTS = 35;

class Timeline extends Instrument {
  constructor(parent) {
    super(parent, "timeline");
    this.view = freshView(() => this.#overviewPicture());
    this.desk = new Desk(this);
    this.reported = [];
  }

  load(head, arrays) {
    const { view } = this;
    const subject = `${head.audio_url} ${head.duration_s}`;
    const same = subject === this.subject;
    const chosenAt = view.model?.instances.start[view.chosen];
    view.model = buildModel({ head, arrays });
    if (view.model.instances.start[view.chosen] !== chosenAt) view.chosen = -1;
    const face = `${head.strings.play} ${head.tonic_cents === null} ${!head.edits}`;
    if (face !== this.face) this.#build(head);
    this.face = face;
    this.desk.load(head);
    if (!same) {
      this.subject = subject;
      this.player?.destroy();
      this.player = new Player({
        durationS: head.duration_s, audioUrl: head.audio_url, spanUrl: head.span_url,
        pitches: view.model.pitches, onchange: () => this.#played(),
      });
      view.spectrogram = new Spectrogram((start, end) => this.player.buffer(start, end), () => this.drawStill());
      view.window = [0, head.duration_s];
      view.pitch = [...view.model.pitchRange];
      Object.assign(view, { selection: null, cursor: 0, chosen: -1 });
      view.reference = head.tonic_cents === null ? "notes" : "tonic";
      // Space and arrows work at once, where the person is not busy with something else.
      const busy = document.activeElement;
      if (!busy || busy === document.body || busy.closest("nav, [data-testid=stSidebarNav]")) this.surface.focus({ preventScroll: true });
    }
    this.player.pitches = view.model.pitches;
    view.hover = -1;
    this.follows(head.window);
    const motif = head.motif === null ? -1 : view.model.motifs.findIndex(({ id }) => id === head.motif);
    if (head.motif !== this.askedMotif || !same) view.motif = motif;
    else if (view.motif >= view.model.motifs.length) view.motif = motif;
    this.askedMotif = head.motif;
    this.root.style.height = `${head.height_px}px`;
    this.resize();
    this.controls.sync(this.player, view);
  }

  #build(head) {
    const texts = head.strings;
    this.controls = buildControls(this, texts, head);
    this.build(texts, [this.controls.bar, this.desk.build(texts)], [], helpRows(texts));
    this.surface.setAttribute("aria-label", texts.timeline_label);
    attach(this.surface, this);
  }

  keys() {
    return keyActions(this);
  }

  /** Show what an edit changed. */
  edited() {
    this.view.mark = this.desk.mark;
    this.player.pitches = this.view.model.pitches;
    this.overview = null;
    this.redraw();
  }

  // -- view

  #within(window) {
    return clampWindow(window, 0, this.view.model.durationS, LEAST_WINDOW_S);
  }

  show(window) {
    this.view.window = this.#within(window);
    this.#moved();
  }

  /** Show the window Python asks for, if it is new; one it sends back is past, and the hand may be further by now. */
  follows(window) {
    const asked = JSON.stringify(window);
    const echo = ([from, to]) => Math.abs(from - window[0]) < ECHO_S && Math.abs(to - window[1]) < ECHO_S;
    if (window && asked !== this.askedWindow && !this.reported.some(echo)) this.view.window = this.#within(window);
    this.askedWindow = asked;
  }

  zoom(factor, pivot = this.#pivot()) {
    this.show(zoomAbout(this.view.window, factor, pivot));
  }

  /** Zooming without a pointer keeps the cursor in place when it is visible, else the middle. */
  #pivot() {
    const [start, end] = this.view.window;
    const { cursor } = this.view;
    return cursor > start && cursor < end ? cursor : (start + end) / 2;
  }

  pan(seconds) {
    this.show(this.view.window.map((time) => time + seconds));
  }

  centre(time) {
    const half = (this.view.window[1] - this.view.window[0]) / 2;
    this.show([time - half, time + half]);
  }

  #showPitch(range) {
    const [low, high] = this.view.model.pitchRange;
    this.view.pitch = clampWindow(range, 2 * low - high, 2 * high - low, LEAST_PITCH_CENTS);
    this.#moved();
  }

  zoomPitch(factor, pivot) {
    this.#showPitch(zoomAbout(this.view.pitch, factor, pivot));
  }

  panPitch(cents) {
    this.#showPitch(this.view.pitch.map((c) => c + cents));
  }

  fit() {
    this.view.window = [0, this.view.model.durationS];
    this.fitPitch();
  }

  fitPitch() {
    this.view.pitch = [...this.view.model.pitchRange];
    this.#moved();
  }

  /** Zoom to an occurrence, else to the selection, else to all. */
  zoomTo(i) {
    const { instances } = this.view.model;
    const span = i >= 0 ? [instances.start[i], instances.end[i]] : this.view.selection;
    if (!span) return this.fit();
    const margin = (span[1] - span[0]) * 0.35;
    this.show([span[0] - margin, span[1] + margin]);
  }

  #moved() {
    this.redraw();
    if (!this.view.model.head.report_window) return;
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => {
      this.reported = [this.view.window.map(round), ...this.reported.slice(0, 9)];
      this.send("window", this.reported[0]);
    }, REPORT_AFTER_MS);
  }

  // -- choosing

  point(pointer, hover) {
    const { view } = this;
    view.pointer = pointer;
    view.hover = hover;
    this.surface.style.cursor = cursorFor(pointer, hover);
    this.drawOverlay();
  }

  /** What the hand draws or drags in edit mode; null when it lets go. */
  stroke(stroke) {
    this.view.stroke = stroke;
    this.drawOverlay();
  }

  select(span, done) {
    const { view } = this;
    view.selection = span && [clamp(span[0], 0, view.model.durationS), clamp(span[1], 0, view.model.durationS)];
    this.drawOverlay();
    if (!done) return;
    view.loop = true;
    if (this.player.playing && view.selection) this.#playSelection(view.selection[0]);
    this.send("selection", view.selection && view.selection.map(round));
    this.controls.sync(this.player, view);
  }

  /** Choose an occurrence and hear exactly its span. */
  hear(i) {
    const { instances } = this.view.model;
    this.view.chosen = i;
    this.view.motif = instances.motif[i];
    this.player.play({ from: instances.start[i], span: [instances.start[i], instances.end[i]] });
    this.send("instance", instances.row[i]);
    this.drawOverlay();
  }

  neighbour(direction) {
    const { instances } = this.view.model;
    if (!instances.start.length) return;
    const from = this.view.chosen >= 0 ? this.view.chosen + direction : lowerBound(instances.start, this.view.cursor ?? 0);
    const i = clamp(from, 0, instances.start.length - 1);
    const [start, end] = this.view.window;
    if (instances.start[i] < start || instances.end[i] > end) this.centre((instances.start[i] + instances.end[i]) / 2);
    this.hear(i);
  }

  clear() {
    const { view } = this;
    if (view.selection) this.send("selection", null);
    Object.assign(view, { selection: null, motif: -1, chosen: -1 });
    if (this.player.span) this.player.pause();
    this.player.span = null;
    this.drawOverlay();
  }

  // -- sound

  seek(time) {
    const at = clamp(time, 0, this.view.model.durationS);
    this.player.seek(at);
    const [start, end] = this.view.window;
    if (at < start || at > end) this.centre(at);
    this.drawOverlay();
  }

  toggle() {
    const { player, view } = this;
    if (player.playing) return player.pause();
    return view.loop && view.selection ? this.#playSelection(player.position) : player.play();
  }

  #playSelection(from) {
    return this.player.play({ from, span: this.view.selection, loop: true });
  }

  toggleLoop() {
    const { view, player } = this;
    view.loop = !view.loop;
    if (player.playing && view.selection) {
      if (view.loop) this.#playSelection(player.position);
      else player.play({ from: player.position });
    }
    this.#played();
  }

  listenTo(kind) {
    if (kind !== "voice") this.reduction = kind;
    this.player.set({ listen: kind });
  }

  /** A/B by one key: the voice, or the reduction heard last. */
  toggleListen() {
    this.listenTo(this.player.listen === "voice" ? (this.reduction ?? "steps") : "voice");
  }

  toggleEars() {
    this.player.set({ bothEars: !this.player.bothEars });
  }

  setSpeed(rate) {
    this.player.set({ rate });
  }

  stepSpeed(direction) {
    this.setSpeed(speeds[clamp(speeds.indexOf(this.player.rate) + direction, 0, speeds.length - 1)]);
  }

  #played() {
    this.controls.sync(this.player, this.view);
    this.drawOverlay();
  }

  // -- looks

  setLayer(name, on) {
    this.view.layers[name] = on;
    this.redraw();
  }

  setReference(reference) {
    this.view.reference = reference;
    this.drawStill();
  }

  /** Make a pitch the tonic, that of a level where one is near; the axis counts from it. */
  setTonic(cents) {
    const level = this.view.model.levels.find((each) => Math.abs(each - cents) < NEAR_CENTS);
    this.view.model.head.tonic_cents = level ?? cents;
    this.view.reference = "tonic";
    this.send("tonic", this.view.model.head.tonic_cents);
    this.controls.sync(this.player, this.view);
    this.redraw();
  }

  setFollow(on) {
    this.view.follow = on;
    this.controls.sync(this.player, this.view);
  }

  savePng() {
    savePicture([this.still, this.surface], "flamsid-timeline.png");
  }

  saveSvg() {
    const { width, height } = this.view.layout;
    const ctx = new SvgContext(width, height);
    drawStill(ctx, { ...this.view, overviewPicture: null, spectrogram: null });
    save(new Blob([ctx.toString()], { type: "image/svg+xml" }), "flamsid-timeline.svg");
  }

  categories() {
    return this.view.model.motifs;
  }

  themed() {
    this.overview = null;
  }

  resize() {
    const { width, height } = this.stack.getBoundingClientRect();
    if (!width || !this.view.model) return;
    this.overview = null;
    this.view.layout = layout(width, height || this.view.model.head.height_px - TOOLBAR_PX, this.view.model.instances.laneCount);
    this.redraw();
  }

  /** The overview as a picture of its own, painted again when model, size or theme change. */
  #overviewPicture() {
    const { overview } = this.view.layout;
    const [width, height] = [overview.right - overview.left, overview.bottom - overview.top];
    if (!this.overview) {
      this.overview = el("canvas");
      const ctx = fitCanvas(this.overview, width, height, { alpha: false });
      ctx.translate(-overview.left, -overview.top);
      drawOverview(ctx, this.view);
    }
    return this.overview;
  }

  paintStill() {
    const { view } = this;
    if (!view.layout) return false;
    drawStill(fitCanvas(this.still, view.layout.width, view.layout.height, { alpha: false }), view);
    return true;
  }

  paintOverlay() {
    const { view, player } = this;
    if (!view.layout) return false;
    view.cursor = player.position;
    if (player.playing) this.#followCursor();
    drawOverlay(fitCanvas(this.surface, view.layout.width, view.layout.height), view);
    this.controls.showTime(view.cursor, view.model.durationS);
    if (player.playing) this.drawOverlay();
    return true;
  }

  /** Turn the page when the cursor nears its edge; leave the view alone while a span plays inside it. */
  #followCursor() {
    const { view } = this;
    const [start, end] = view.window;
    const span = end - start;
    if (!view.follow || view.cursor < start || span >= view.model.durationS) return;
    if (view.cursor > start + FOLLOW_AT * span && view.cursor < end + span && end < view.model.durationS) {
      this.show([view.cursor - 0.08 * span, view.cursor + 0.92 * span]);
    }
  }

  destroy() {
    clearTimeout(this.reporting);
    this.player?.destroy();
    super.destroy();
  }
}

const round = (seconds) => Math.round(seconds * 1e6) / 1e6;

export default renderer(Timeline);
