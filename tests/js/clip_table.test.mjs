// The table's pure parts: which rows are in sight, and in which order.

import assert from "node:assert/strict";
import { test } from "node:test";

import { inWindow, sorted } from "../../flamsid_core/ui/components/clip_table/order.js";
import { random, times, whole } from "./chance.mjs";

test("numbers are sorted, equal ones stay as they came", () => {
  times(60, () => {
    const values = Float32Array.from({ length: whole(0, 200) }, () => whole(0, 20));
    const rising = [...sorted(values, null, false)];
    const naive = [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
    assert.deepEqual(rising, naive);
    const falling = [...sorted(values, null, true)].map((i) => values[i]);
    assert.deepEqual(falling, [...values].sort((a, b) => b - a));
  });
});

test("names are sorted as a person would, numbers in them by size", () => {
  const names = ["take 10", "take 2", "álamo", "Brezo"];
  const order = [...sorted(Uint16Array.from([0, 1, 2, 3, 1]), names, false)];
  assert.deepEqual(order.map((i) => names[[0, 1, 2, 3, 1][i]]), ["álamo", "Brezo", "take 2", "take 2", "take 10"]);
});

test("the window holds every row in sight and few others", () => {
  times(100, () => {
    const count = whole(0, 100_000);
    const height = whole(100, 900);
    const scrolled = random(0, Math.max(0, count * 36 - height));
    const [from, to] = inWindow(scrolled, height, 36, count);
    assert.ok(from >= 0 && to <= count && from <= to);
    assert.ok(from * 36 <= scrolled || from === 0);
    assert.ok(to * 36 >= Math.min(scrolled + height, count * 36) - 1e-6);
    assert.ok(to - from <= height / 36 + 15);
  });
});
