// Corrections in the browser: each kind, and the list that is sent until it is confirmed.

import assert from "node:assert/strict";
import test from "node:test";

const { correctCents, correctNotes, curveAt, EditList, marksOf } = await import("../../flamsid_core/ui/components/timeline/edits.js");

const f0 = (kind, start_s, end_s, detail = {}) => ({ subject: "f0", kind, start_s, end_s, detail });
const note = (kind, start_s, end_s, detail = {}) => ({ subject: "note", kind, start_s, end_s, detail });
const near = (a, b) => a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) < 0.01 || (Number.isNaN(x) && Number.isNaN(b[i])), `${a} is not ${b}`));

test("pitch: octave, not voiced, as tracked, drawn", () => {
  const tracked = Float32Array.of(1200, 1300, NaN, 1400);
  const done = (...entries) => [...correctCents(tracked, entries, 0, 0.1)];
  near(done(f0("octave", 0.1, 0.4, { octaves: -1 })), [1200, 100, NaN, 200]);
  near(done(f0("unvoiced", 0, 0.2)), [NaN, NaN, NaN, 1400]);
  near(done(f0("unvoiced", 0, 0.4), f0("tracked", 0.1, 0.2)), [NaN, 1300, NaN, NaN]);
  near(done(f0("draw", 0.1, 0.4, { time_s: [0.1, 0.3], f0_hz: [55, 110] })), [1200, 0, 600, 1200]);
  near([...tracked], [1200, 1300, NaN, 1400]);
});

test("a drawn curve is held at its ends and unvoiced next to nothing", () => {
  assert.equal(curveAt(0, [1, 2], [55, 110]), 0);
  assert.equal(curveAt(9, [1, 2], [55, 110]), 1200);
  assert.ok(Number.isNaN(curveAt(1.5, [1, 2], [55, 0])));
});

test("notes: move, split, join, delete, level", () => {
  const notes = [
    { start: 1, end: 2, cents: 1200, level: 0, phrase: 0, glide: 0 }, { start: 2, end: 3, cents: 1600, level: 2, phrase: 0, glide: 0 },
    { start: 5, end: 6, cents: 1400, level: 1, phrase: 1, glide: 0 },
  ];
  const ends = (...entries) => correctNotes(notes, entries).map(({ start, end, level }) => [start, end, level]);
  assert.deepEqual(ends(note("move", 2.02, null, { to_s: 2.4 })), [[1, 2.4, 0], [2.4, 3, 2], [5, 6, 1]]);
  assert.deepEqual(ends(note("move", 1.5, null, { to_s: 1.6 })), ends());
  assert.deepEqual(ends(note("split", 2.5, null)), [[1, 2, 0], [2, 2.5, 2], [2.5, 3, 2], [5, 6, 1]]);
  assert.deepEqual(ends(note("join", 2, null)), [[1, 3, 0], [5, 6, 1]]);
  assert.deepEqual(ends(note("delete", 1, 3)), [[5, 6, 1]]);
  assert.deepEqual(ends(note("level", 1, 2, { pitch_cents: 1390 })), [[1, 2, 1], [2, 3, 2], [5, 6, 1]]);
});

test("marks are added, changed and deleted", () => {
  const mark = (kind, start_s, end_s, detail) => ({ subject: "mark", kind, start_s, end_s, detail });
  const add = mark("add", 1, 2, { mark_id: "a", layer: "tercio", text: "uno" });
  assert.deepEqual(marksOf([add, mark("change", null, null, { mark_id: "a", text: "dos" })]).map(({ text, start }) => [text, start]), [["dos", 1]]);
  assert.deepEqual(marksOf([add, mark("change", 4, 5, { mark_id: "a" })]).map(({ start, end }) => [start, end]), [[4, 5]]);
  assert.deepEqual(marksOf([add, mark("delete", null, null, { mark_id: "a" })]), []);
});

test("what is not confirmed stays, however often Python answers", () => {
  const list = new EditList();
  const [one, two] = ["1", "2"].map((entry_id) => ({ entry_id, subject: "f0", kind: "unvoiced", start_s: 0, end_s: 1, detail: {} }));
  list.load({ done: [], undone: [], acked: [] });
  list.do(one);
  list.do(two);
  list.undo();
  const ids = (entries) => entries.map(({ entry_id }) => entry_id);
  assert.deepEqual([ids(list.done), ids(list.undone), list.waiting.length], [["1"], ["2"], 3]);
  list.load({ done: [one], undone: [], acked: [list.waiting[0].op_id] });
  assert.deepEqual([ids(list.done), ids(list.undone), list.waiting.length], [["1"], ["2"], 2]);
  list.redo();
  assert.deepEqual([ids(list.done), ids(list.undone)], [["1", "2"], []]);
  list.load({ done: [one, two], undone: [], acked: list.waiting.map(({ op_id }) => op_id) });
  assert.deepEqual([ids(list.done), list.waiting.length], [["1", "2"], 0]);
});
