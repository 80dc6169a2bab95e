// Scales, ticks, notes, colours, the wire: what both instruments share and what needs no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  centsToHz, clamp, clampWindow, clock, linear, nearestNote, niceStep, noteText, timeTicks, wheelFactor, zoomAbout,
} from "../../flamsid_core/ui/components/shared/scales.js";
import { SvgContext } from "../../flamsid_core/ui/components/shared/svg.js";
import { categoryColours, inkOn, luminance, parseColour, withAlpha } from "../../flamsid_core/ui/components/shared/theme.js";
import { packBits, textAt, unpack } from "../../flamsid_core/ui/components/shared/wire.js";
import { random, times } from "./chance.mjs";

test("a scale and its inverse undo each other", () => {
  times(500, () => {
    const [d0, r0] = [random(-100, 100), random(-100, 100)];
    const scale = linear(d0, d0 + random(0.01, 50), r0, r0 + random(-800, 800));
    const value = random(-200, 200);
    assert.ok(Math.abs(scale.from(scale.to(value)) - value) < 1e-6 || scale.slope === 0);
  });
});

test("a window stays inside its bounds and keeps its span where it can", () => {
  times(1000, () => {
    const start = random(-50, 150);
    const window = [start, start + random(0, 200)];
    const [from, to] = clampWindow(window, 0, 100, 0.05);
    assert.ok(from >= -1e-9 && to <= 100 + 1e-9 && to - from >= 0.05 - 1e-9);
    const span = clamp(window[1] - window[0], 0.05, 100);
    assert.ok(Math.abs(to - from - span) < 1e-9);
  });
});

test("zooming leaves the pivot where it is on the screen", () => {
  times(500, () => {
    const window = [random(0, 50), random(51, 100)];
    const pivot = random(...window);
    const [from, to] = zoomAbout(window, random(0.1, 5), pivot);
    const share = (w) => (pivot - w[0]) / (w[1] - w[0]);
    assert.ok(Math.abs(share(window) - share([from, to])) < 1e-9);
  });
});

test("the wheel zooms in and out by the same factor and never leaps", () => {
  times(200, () => {
    const delta = random(-2000, 2000);
    assert.ok(Math.abs(wheelFactor(delta, 0) * wheelFactor(-delta, 0) - 1) < 1e-12);
    assert.ok(wheelFactor(delta, 0) < 2);
  });
  assert.equal(wheelFactor(3, 1), wheelFactor(99, 0));
});

test("ticks are round, ascending, inside, and not too many", () => {
  times(500, () => {
    const start = random(0, 3600);
    const end = start + 10 ** random(-1.3, 3.5);
    const { step, ticks } = timeTicks(start, end, 10);
    assert.ok(ticks.length <= 12, `${ticks.length} ticks`);
    ticks.forEach((tick, i) => {
      assert.ok(tick >= start - 1e-6 && tick <= end + 1e-6);
      assert.ok(Math.abs(tick / step - Math.round(tick / step)) < 1e-6);
      if (i) assert.ok(tick > ticks[i - 1]);
    });
    assert.match(String(niceStep(end - start, 7)).replace(/e.*/, "").replace(/[0.]/g, ""), /^[125]/);
  });
});

test("clocks read as clocks", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(75.04, 0.1), "1:15.0");
  assert.equal(clock(3725, 1), "1:02:05");
  assert.equal(clock(59.999, 0.1), "1:00.0");
  assert.equal(clock(-0.2, 0.1), "0:00.0");
});

test("notes: A1 is 0 cents, A4 is 440 Hz, and every pitch is within half a semitone of its note", () => {
  assert.equal(nearestNote(0).name, "A1");
  assert.equal(nearestNote(3600).name, "A4");
  assert.equal(centsToHz(3600), 440);
  assert.equal(nearestNote(100).name, "A♯1");
  assert.equal(noteText(314), "C2 +14");
  assert.equal(noteText(286), "C2 −14");
  times(500, () => {
    const cents = random(-1200, 6000);
    assert.ok(Math.abs(nearestNote(cents).off) <= 50);
  });
});

test("colours: parsed, mixed, and with enough contrast for their ink", () => {
  assert.deepEqual(parseColour("#0af"), [0, 170, 255]);
  assert.deepEqual(parseColour("rgb(1, 2, 3)"), [1, 2, 3]);
  assert.equal(withAlpha("#102030", 0.5), "rgba(16, 32, 48, 0.5)");
  assert.ok(luminance([255, 255, 255]) > 0.99 && luminance([0, 0, 0]) < 0.01);
  assert.equal(inkOn("#ffffff"), "#101418");
  assert.equal(inkOn("#003366"), "#ffffff");
  const colours = categoryColours([{ colour: null }, { colour: "#abcdef" }, { colour: null }], ["#111111", "#222222"]);
  assert.deepEqual(colours, ["#111111", "#abcdef", "#222222"]);
});

test("a block is read at any offset in a larger buffer", () => {
  const head = JSON.stringify({ name: "ñ", arrays: { a: ["f4", 0, 3], b: ["u2", 16, 2] } });
  const bytes = new TextEncoder().encode(head);
  const padded = bytes.length + ((8 - ((bytes.length + 4) % 8)) % 8);
  for (let offset = 0; offset < 9; offset++) {
    const buffer = new Uint8Array(offset + 4 + padded + 24);
    const block = buffer.subarray(offset);
    new DataView(buffer.buffer).setUint32(offset, padded, true);
    block.fill(32, 4, 4 + padded);
    block.set(bytes, 4);
    block.set(new Uint8Array(Float32Array.of(1, 2.5, -3).buffer), 4 + padded);
    block.set(new Uint8Array(Uint16Array.of(7, 65535).buffer), 4 + padded + 16);
    const { head: read, arrays } = unpack(block);
    assert.equal(read.name, "ñ");
    assert.deepEqual([...arrays.a], [1, 2.5, -3]);
    assert.deepEqual([...arrays.b], [7, 65535]);
  }
});

test("texts and flags", () => {
  const blob = new TextEncoder().encode("añbc");
  assert.equal(textAt(blob, [0, 1, 3, 5], 1), "ñ");
  assert.equal(atob(packBits(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 1))), "\x81\x02");
  assert.equal(packBits(new Uint8Array(100_000)).length, 4 * Math.ceil(12_500 / 3));
});

test("a figure is well-formed: groups closed, texts escaped", () => {
  const ctx = new SvgContext(100, 50);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, 10, 10);
  ctx.clip();
  ctx.font = "600 11px \"Source Sans\", sans-serif";
  ctx.fillText("a < b & c", 5, 5);
  ctx.restore();
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  ctx.moveTo(0, 0);
  ctx.lineTo(1.23456, 2);
  ctx.stroke();
  const text = ctx.toString();
  assert.equal(text.split("<g ").length, text.split("</g>").length);
  assert.ok(text.includes("a &lt; b &amp; c") && text.includes("M0 0L1.23 2") && text.includes('stroke-dasharray="2 4"'));
  assert.ok(text.includes("font-family=\"&quot;Source Sans&quot;, sans-serif\""));
});
