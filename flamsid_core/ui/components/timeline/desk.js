// Edit mode: the hand and the keys that correct pitch and notes and set marks. Every edit is seen at once; Python is
// told, and never waited for.

import { el } from "../shared/dom.js";
import { clock } from "../shared/scales.js";
import { nextCandidate, snapped } from "./candidates.js";
import { applyEdits, edgeAt, EditList, notesOf, randomId } from "./edits.js";
import { spanAt } from "./intervals.js";

const NUDGE_S = 0.01;
const LEAST_MARK_S = 0.02;
const PADDING_S = 0.1;

export class Desk {
  active = false;
  drawing = false;
  mark = null;
  layer = "";

  constructor(instrument) {
    this.it = instrument;
    this.list = new EditList();
  }

  /** Toolbar of edit mode, for a recording that can be edited. */
  build(texts) {
    this.texts = texts;
    const button = (name, key, act) => {
      const title = `${texts[name]} (${key})`;
      return el("button", { type: "button", title, textContent: texts[`${name}_short`] ?? texts[name], onclick: act, ariaLabel: title });
    };
    this.undoButton = button("edit_undo", "Z", () => this.turn("undo"));
    this.redoButton = button("edit_redo", "Y", () => this.turn("redo"));
    this.drawButton = button("edit_draw", "W", () => this.toggleDraw());
    this.text = el("input", { type: "text", placeholder: texts.mark_text, ariaLabel: texts.mark_text });
    this.text.onkeydown = (event) => {
      if (event.key !== "Enter") return;
      event.stopPropagation();
      if (this.mark) this.change({ text: this.text.value });
      else this.setMark();
      this.it.surface.focus();
    };
    this.layers = el("datalist", { id: `layers-${randomId()}` });
    this.layerBox = el("input", { type: "text", className: "layer", placeholder: texts.mark_layer, ariaLabel: texts.mark_layer });
    this.layerBox.setAttribute("list", this.layers.id);
    this.layerBox.onchange = () => (this.layer = this.layerBox.value.trim());
    this.said = el("span", { className: "said", role: "status" });
    this.bar = el(
      "div", { className: "bar desk", role: "toolbar", ariaLabel: texts.edit }, this.undoButton, this.redoButton, el("span", { className: "gap" }),
      button("edit_up", "U", () => this.octave(1)), button("edit_down", "D", () => this.octave(-1)), button("edit_unvoiced", "X", () => this.pitch("unvoiced")),
      button("edit_candidate", "C", () => this.candidate()), button("edit_snap", "H", () => this.snap()), this.drawButton,
      button("edit_tracked", "R", () => this.pitch("tracked")), el("span", { className: "gap" }),
      button("edit_split", "S", () => this.note("split")), button("edit_join", "J", () => this.note("join")), button("edit_delete", "⌫", () => this.remove()),
      el("span", { className: "gap" }), this.layerBox, this.layers, this.text, button("mark_set", "T", () => this.setMark()),
      el("span", { className: "spring" }, this.said),
    );
    this.bar.hidden = !this.active;
    return this.bar;
  }

  load(head) {
    const { edits } = head;
    this.head = edits;
    if (!edits) return;
    this.list.load(edits);
    if (!this.layer) this.layer = edits.layers[0]?.layer ?? this.texts.mark_default;
    this.layerBox.value = this.layer;
    this.layers.replaceChildren(...edits.layers.map(({ layer }) => el("option", { value: layer })));
    applyEdits(this.it.view.model, this.list.done);
    this.#sync();
  }

  toggle() {
    if (!this.head) return;
    this.active = !this.active;
    if (!this.active) this.drawing = false;
    this.bar.hidden = !this.active;
    this.it.edited();
    this.#sync();
  }

  #sync() {
    this.undoButton.disabled = !this.list.done.length;
    this.redoButton.disabled = !this.list.undone.length;
    this.drawButton.setAttribute("aria-pressed", String(this.drawing));
  }

  #say(text) {
    this.said.textContent = text;
  }

  // -- the list

  #do(subject, kind, start, end, detail = {}) {
    const entry = { entry_id: randomId(), recording_id: this.head.recording_id, subject, kind, start_s: start, end_s: end, detail };
    this.list.do(entry);
    this.#changed(this.texts[`edit_${kind}`] ?? "");
  }

  turn(way) {
    if (!this.head) return;
    this.list[way]();
    this.#changed(this.texts[`edit_${way}`]);
  }

  #changed(said) {
    applyEdits(this.it.view.model, this.list.done);
    if (this.mark && !this.it.view.model.marks.some(({ mark_id }) => mark_id === this.mark)) this.mark = null;
    this.#say(`${said} · ${this.list.done.length}`);
    this.#sync();
    this.it.edited();
    this.it.send("ops", this.list.waiting);
  }

  // -- pitch

  /** The selected span, or the note at the cursor; null, and a word about it, where there is none. */
  #span() {
    const { view } = this.it;
    if (view.selection && view.selection[1] > view.selection[0]) return view.selection;
    const note = this.#noteAt(view.cursor);
    if (!note) this.#say(this.texts.edit_nothing);
    return note && [note.start, note.end];
  }

  #noteAt(time) {
    const { start, end, cents } = this.it.view.model.segments;
    const i = spanAt(start, end, this.it.view.model.longestSegment, time, () => true);
    return i < 0 ? null : { i, start: start[i], end: end[i], cents: cents[i] };
  }

  octave(octaves) {
    const span = this.#span();
    if (span) this.#do("f0", "octave", ...span, { octaves });
  }

  pitch(kind) {
    const span = this.#span();
    if (span) this.#do("f0", kind, ...span);
  }

  async #sound(act) {
    const span = this.#span();
    if (!span) return;
    const from = Math.max(0, span[0] - PADDING_S);
    try {
      const buffer = await this.it.player.buffer(from, Math.min(span[1] + PADDING_S, this.it.view.model.durationS));
      if (!buffer) throw new Error("no sound");
      const { cents, frameStartS, hopS } = this.it.view.model;
      const current = (time) => cents[Math.round((time - frameStartS) / hopS)] ?? NaN;
      act(buffer.getChannelData(0), buffer.sampleRate, from, span, current);
    } catch (error) {
      console.warn("flamsid: no sound to look into", error);
      this.#say(this.texts.no_sound);
    }
  }

  /** Each time on the same span the next one is taken; shifts count from where the line was first. */
  candidate() {
    return this.#sound((signal, rate, from, span, current) => {
      const key = span.join();
      if (this.tried?.key !== key) this.tried = { key, at: 0, shifts: [0] };
      const relative = this.tried.shifts.map((shift) => shift - this.tried.at);
      const found = nextCandidate(signal, rate, from, ...span, current, relative);
      if (!found) return this.#say(this.texts.edit_nothing);
      this.tried.at += found.shift;
      this.tried.shifts.push(this.tried.at);
      this.#do("f0", "candidate", ...span, { time_s: found.time_s, f0_hz: found.f0_hz });
    });
  }

  snap() {
    return this.#sound((signal, rate, from, span, current) => this.#do("f0", "snap", ...span, snapped(signal, rate, from, ...span, current)));
  }

  toggleDraw() {
    this.drawing = !this.drawing;
    this.#sync();
  }

  /** A curve drawn by hand: rows of [time, cents] in the order of the hand. */
  drawn(points) {
    const byTime = new Map(points.map(([time, cents]) => [Math.round(time * 200) / 200, 55 * 2 ** (cents / 1200)]));
    const rows = [...byTime].sort(([a], [b]) => a - b).filter(([time]) => time >= 0);
    if (rows.length < 2) return;
    this.#do("f0", "draw", rows[0][0], rows.at(-1)[0], { time_s: rows.map(([time]) => time), f0_hz: rows.map(([, hz]) => hz) });
  }

  // -- notes

  edge(time, slack) {
    return this.active ? edgeAt(notesOf(this.it.view.model.segments), time, slack) : null;
  }

  note(kind) {
    const at = this.it.view.cursor;
    if (at === null) return;
    if (kind === "split") {
      this.#do("note", "split", at, null);
      return;
    }
    const edge = this.edge(at, Infinity);
    if (edge) this.#do("note", "join", edge.time, null);
  }

  moveEdge(from, to) {
    if (Math.abs(to - from) > 1e-4) this.#do("note", "move", from, null, { to_s: to });
  }

  nudge(sign) {
    const edge = this.edge(this.it.view.cursor ?? 0, Infinity);
    if (edge) this.moveEdge(edge.time, edge.time + sign * NUDGE_S);
  }

  level(sign) {
    const span = this.#span();
    const note = span && this.#noteAt((span[0] + span[1]) / 2);
    if (!note) return;
    const levels = this.it.view.model.levels.filter((cents) => sign * (cents - note.cents) > 1);
    if (levels.length) this.#do("note", "level", ...span, { pitch_cents: sign > 0 ? Math.min(...levels) : Math.max(...levels) });
  }

  /** Delete the chosen mark, else the notes of the span. */
  remove() {
    if (this.mark) {
      this.#do("mark", "delete", null, null, { mark_id: this.mark });
      return;
    }
    const span = this.#span();
    if (span) this.#do("note", "delete", ...span);
  }

  // -- marks

  /** A mark on the selection, else a point at the cursor, playing or not. */
  setMark() {
    const { selection, cursor } = this.it.view;
    const span = selection && selection[1] - selection[0] >= LEAST_MARK_S ? selection : [cursor ?? 0, null];
    const layer = this.layerBox.value.trim() || this.texts.mark_default;
    const mark_id = randomId();
    this.layer = layer;
    this.#do("mark", "add", ...span, { mark_id, layer, text: this.text.value.trim() });
    this.#say(`${layer}: ${this.text.value || "–"} · ${clock(span[0], 0.1)}`);
  }

  change(detail) {
    this.#do("mark", "change", null, null, { mark_id: this.mark, ...detail });
  }

  /** Choose a mark and hear it. */
  choose(mark) {
    this.mark = mark.mark_id;
    [this.text.value, this.layerBox.value] = [mark.text, mark.layer];
    if (mark.end === null || mark.end === undefined) this.it.seek(mark.start);
    else this.it.player.play({ from: mark.start, span: [mark.start, mark.end] });
    this.it.edited();
  }

  // -- keys

  bound(which) {
    const { view } = this.it;
    const [start, end] = view.selection ?? [view.cursor, view.cursor];
    const span = which === "start" ? [view.cursor, Math.max(end, view.cursor)] : [Math.min(start, view.cursor), view.cursor];
    this.it.select(span, true);
  }

  keys() {
    const when = (act) => () => this.active && act();
    return {
      e: () => this.toggle(), z: when(() => this.turn("undo")), y: when(() => this.turn("redo")),
      i: when(() => this.bound("start")), o: when(() => this.bound("end")),
      u: when(() => this.octave(1)), d: when(() => this.octave(-1)), x: when(() => this.pitch("unvoiced")), r: when(() => this.pitch("tracked")),
      c: when(() => this.candidate()), h: when(() => this.snap()), w: when(() => this.toggleDraw()),
      s: when(() => this.note("split")), j: when(() => this.note("join")), ",": when(() => this.nudge(-1)), ".": when(() => this.nudge(1)),
      PageUp: when(() => this.level(1)), PageDown: when(() => this.level(-1)), Delete: when(() => this.remove()), Backspace: when(() => this.remove()),
      t: when(() => this.setMark()),
    };
  }
}

/** Rows of the help for edit mode. */
export function deskHelp(texts) {
  const rows = [
    [["E"], "edit"], [["I", "O"], "key_bounds"], [["U", "D"], "key_octave"], [["X"], "edit_unvoiced"], [["C"], "edit_candidate"], [["H"], "edit_snap"],
    [["W"], "edit_draw"], [["R"], "edit_tracked"], [["S", "J"], "key_split"], [[",", "."], "key_nudge"], [["PgUp", "PgDn"], "key_level"],
    [["⌫"], "edit_delete"], [["T"], "mark_set"], [["Z", "Y"], "key_undo"],
  ];
  return rows.map(([keys, name]) => [keys, texts[name]]);
}
