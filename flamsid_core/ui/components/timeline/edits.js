// What the corrections make of pitch, notes and marks: the browser's twin of `annotations/corrections.py`, so that an
// edit is seen at once. No DOM in here.

import { buildPyramid } from "./pyramid.js";
import { longest } from "./intervals.js";
import { contourPitch, stepPitch } from "./voice.js";

const NEAR_S = 0.06;
const MIN_NOTE_S = 0.01;
const A1_HZ = 55;
const toCents = (hz) => (hz > 0 ? 1200 * Math.log2(hz / A1_HZ) : NaN);

/** Correct tracked cents (NaN = unvoiced): every entry takes the frames with start ≤ time < end as those before left them. */
export function correctCents(tracked, entries, frameStartS, hopS) {
  const cents = Float32Array.from(tracked);
  for (const { subject, kind, start_s, end_s, detail } of entries) {
    if (subject !== "f0") continue;
    const first = Math.max(0, Math.ceil((start_s - frameStartS) / hopS - 1e-6));
    const after = Math.min(cents.length, Math.ceil((end_s - frameStartS) / hopS - 1e-6));
    for (let i = first; i < after; i++) {
      if (kind === "octave") cents[i] += 1200 * detail.octaves;
      else if (kind === "unvoiced") cents[i] = NaN;
      else if (kind === "tracked") cents[i] = tracked[i];
      else cents[i] = curveAt(frameStartS + i * hopS, detail.time_s, detail.f0_hz);
    }
  }
  return cents;
}

/** A drawn curve at a time, in cents: straight between its points, unvoiced next to an unvoiced one, held beyond its ends. */
export function curveAt(time, times, hz) {
  let right = times.findIndex((t) => t >= time);
  if (right < 0) return toCents(hz.at(-1));
  if (right === 0 || times[right] === time) return toCents(hz[right]);
  const share = (time - times[right - 1]) / (times[right] - times[right - 1]);
  return toCents(hz[right - 1]) * (1 - share) + toCents(hz[right]) * share;
}

/** Correct notes ({start, end, cents, phrase, level, …}, in order of time); what finds no note any more is left out. */
export function correctNotes(notes, entries) {
  const out = notes.map((note) => ({ ...note }));
  const levels = new Map(notes.map(({ level, cents }) => [level, cents]));
  for (const entry of entries) if (entry.subject === "note") correctNote(out, entry, levels);
  return out;
}

function correctNote(notes, { kind, start_s: at, end_s: end, detail }, levels) {
  const inside = ({ start, end: stop }) => at <= (start + stop) / 2 && (start + stop) / 2 < (end ?? at);
  if (kind === "delete") {
    for (let i = notes.length - 1; i >= 0; i--) if (inside(notes[i])) notes.splice(i, 1);
  } else if (kind === "level") {
    const [level, cents] = [...levels].reduce((best, one) => (Math.abs(one[1] - detail.pitch_cents) < Math.abs(best[1] - detail.pitch_cents) ? one : best));
    for (const note of notes) if (inside(note)) Object.assign(note, { level, cents, sung: cents });
  } else if (kind === "split") {
    const i = notes.findIndex(({ start, end: stop }) => start + MIN_NOTE_S <= at && at <= stop - MIN_NOTE_S);
    if (i < 0) return;
    notes.splice(i + 1, 0, { ...notes[i], start: at, glide: 0 });
    notes[i].end = at;
  } else if (kind === "join") {
    const i = meetingAt(notes, at);
    if (i < 0) return;
    const [a, b] = [notes[i], notes.splice(i + 1, 1)[0]];
    const longer = a.end - a.start >= b.end - b.start ? a : b;
    Object.assign(a, { level: longer.level, cents: longer.cents, sung: longer.sung, end: b.end });
  } else moveBoundary(notes, at, detail.to_s);
}

/** The first of the two notes that meet nearest to a time, -1 where none do. */
function meetingAt(notes, at) {
  let [best, found] = [NEAR_S, -1];
  for (let i = 0; i + 1 < notes.length; i++) {
    if (notes[i].phrase !== notes[i + 1].phrase) continue;
    const far = Math.max(Math.abs(notes[i].end - at), Math.abs(notes[i + 1].start - at));
    if (far <= best && (far < best || found < 0)) [best, found] = [far, i];
  }
  return found;
}

function moveBoundary(notes, at, to) {
  const i = meetingAt(notes, at);
  if (i >= 0) {
    const [a, b] = [notes[i], notes[i + 1]];
    if (to >= a.start + MIN_NOTE_S && to <= b.end - MIN_NOTE_S) [a.end, b.start] = [to, to];
    return;
  }
  const edge = edgeAt(notes, at, NEAR_S);
  if (!edge) return;
  const { i: k, side } = edge;
  const low = k ? notes[k - 1].end : 0;
  const high = k + 1 < notes.length ? notes[k + 1].start : Infinity;
  const fits = side === "start" ? low <= to && to <= notes[k].end - MIN_NOTE_S : notes[k].start + MIN_NOTE_S <= to && to <= high;
  if (fits) notes[k][side] = to;
}

/** The note edge nearest to a time, within `slack` seconds: {i, side, time}, or null. */
export function edgeAt(notes, at, slack) {
  let found = null;
  notes.forEach((note, i) => {
    for (const side of ["start", "end"]) {
      const far = Math.abs(note[side] - at);
      if (far <= slack && (!found || far < found.far)) found = { i, side, time: note[side], far };
    }
  });
  return found;
}

/** The marks that the entries leave, in order of time. */
export function marksOf(entries) {
  const marks = new Map();
  for (const { subject, kind, start_s, end_s, detail } of entries) {
    if (subject !== "mark") continue;
    const { mark_id: id } = detail;
    if (kind === "add") marks.set(id, { text: "", tags: [], colour: "", ...detail, start: start_s, end: end_s });
    else if (kind === "delete") marks.delete(id);
    else if (marks.has(id)) {
      const mark = { ...marks.get(id), ...detail };
      if (start_s !== null && start_s !== undefined) Object.assign(mark, { start: start_s, end: end_s });
      marks.set(id, mark);
    }
  }
  return [...marks.values()].sort((a, b) => a.start - b.start);
}

const FIELDS = ["start", "end", "cents", "phrase", "level", "sung", "vibratoHz", "vibratoCents", "glide"];

/** The notes of a model as objects. */
export const notesOf = (segments) => Array.from(segments.start, (_, i) => Object.fromEntries(FIELDS.map((name) => [name, segments[name][i]])));

/** Lay the entries over a model as it came from Python (`model.base` keeps what came). */
export function applyEdits(model, entries) {
  model.base ??= { cents: model.cents, segments: model.segments };
  const { base, frameStartS, hopS } = model;
  model.cents = entries.some(({ subject }) => subject === "f0") ? correctCents(base.cents, entries, frameStartS, hopS) : base.cents;
  model.pyramid = buildPyramid(model.cents);
  model.voiced = model.cents.some((value) => !Number.isNaN(value));
  model.segments = base.segments;
  if (entries.some(({ subject }) => subject === "note")) {
    const notes = correctNotes(notesOf(base.segments), entries);
    model.segments = Object.fromEntries(FIELDS.map((name) => [name, base.segments[name].constructor.from(notes, (note) => note[name])]));
  }
  const { start, end, cents } = model.segments;
  model.longestSegment = longest(start, end);
  model.pitches = { contour: contourPitch(model.cents, frameStartS, hopS), steps: stepPitch(start, end, cents) };
  model.marks = marksOf(entries);
}

/** The list of entries with what was not yet confirmed by Python laid over what was. */
export class EditList {
  done = [];
  undone = [];
  waiting = [];

  /** Take what Python knows; operations it names in `acked` need not be sent again. */
  load({ done, undone, acked }) {
    const known = new Set(acked);
    this.waiting = this.waiting.filter(({ op_id }) => !known.has(op_id));
    [this.done, this.undone] = [[...done], [...undone]];
    for (const op of this.waiting) this.#turn(op);
  }

  do(entry) {
    this.#push({ op: "add", entry });
  }

  undo() {
    if (this.done.length) this.#push({ op: "undo", entry: this.done.at(-1) });
  }

  redo() {
    if (this.undone.length) this.#push({ op: "redo", entry: this.undone.at(-1) });
  }

  #push(op) {
    const full = { ...op, op_id: randomId() };
    this.waiting.push(full);
    this.#turn(full);
  }

  #turn({ op, entry }) {
    const other = ({ entry_id }) => entry_id !== entry.entry_id;
    const known = this.done.some((one) => !other(one));
    if (op === "undo") {
      this.done = this.done.filter(other);
      if (known) this.undone.push(entry);
    } else if (!known) {
      this.done.push(entry);
      this.undone = op === "redo" ? this.undone.filter(other) : [];
    }
  }
}

/** A name nobody else has given; `crypto.randomUUID` is missing on addresses without https. */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
