// The motif space's pure parts: finding points, selecting them, painting them, their glyphs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { glyphLine, patternLevels } from "../../flamsid_core/ui/components/motif_space/glyph.js";
import {
  boxPolygon, buildGrid, insidePolygon, near, nearest, selectPolygon,
} from "../../flamsid_core/ui/components/motif_space/grid.js";
import { countFlags, flagsOf, rowsLeftToRight } from "../../flamsid_core/ui/components/motif_space/model.js";
import {
  clear, crowded, densityRoom, discRadius, discStamp, splatDensity, splatDiscs,
} from "../../flamsid_core/ui/components/motif_space/splat.js";
import { random, times, whole } from "./chance.mjs";

const somePoints = (n) => ({
  x: Float32Array.from({ length: n }, () => random(-10, 10) * (random() < 0.1 ? 0 : 1)),
  y: Float32Array.from({ length: n }, () => random(-5, 5)),
});

test("the grid lists every point once", () => {
  times(60, () => {
    const { x, y } = somePoints(whole(0, 400));
    const { order, first } = buildGrid(x, y);
    assert.deepEqual([...order].sort((a, b) => a - b), [...x.keys()]);
    assert.equal(first.at(-1), x.length);
  });
});

test("near misses no point in its box", () => {
  times(100, () => {
    const { x, y } = somePoints(300);
    const [cx, cy, r] = [random(-12, 12), random(-6, 6), random(0, 3)];
    const found = new Set();
    near(buildGrid(x, y), cx - r, cx + r, cy - r, cy + r, (i) => found.add(i));
    x.forEach((_, i) => {
      if (Math.abs(x[i] - cx) <= r && Math.abs(y[i] - cy) <= r) assert.ok(found.has(i));
    });
  });
});

test("the nearest point is the nearest, or none within reach", () => {
  times(300, () => {
    const { x, y } = somePoints(whole(0, 200));
    const [px, py, radius] = [random(-11, 11), random(-6, 6), random(0.1, 2)];
    const accepts = (i) => i % 4 !== 0;
    const distance = (i) => (x[i] - px) ** 2 + (y[i] - py) ** 2;
    const inReach = [...x.keys()].filter((i) => accepts(i) && distance(i) < radius ** 2);
    const found = nearest(buildGrid(x, y), px, py, radius, accepts);
    if (!inReach.length) assert.equal(found, -1);
    else assert.equal(distance(found), Math.min(...inReach.map(distance)));
  });
});

test("a box selects what lies in it, a lasso what winds round it", () => {
  times(100, () => {
    const { x, y } = somePoints(300);
    const grid = buildGrid(x, y);
    const [a, b] = [[random(-10, 10), random(-5, 5)], [random(-10, 10), random(-5, 5)]];
    const flags = selectPolygon(grid, boxPolygon(a, b));
    x.forEach((_, i) => {
      const inside = (x[i] - a[0]) * (x[i] - b[0]) < 0 && (y[i] - a[1]) * (y[i] - b[1]) < 0;
      assert.equal(Boolean(flags[i]), inside);
    });
    const circle = Array.from({ length: 90 }, (_, k) => [3 * Math.cos(k / 14.324), 3 * Math.sin(k / 14.324)]);
    const round = selectPolygon(grid, circle, (i) => i > 10);
    x.forEach((_, i) => {
      const r = Math.hypot(x[i], y[i]);
      if (i <= 10 || r > 3) assert.equal(round[i], 0);
      else if (r < 2.99) assert.equal(round[i], 1);
    });
  });
  assert.ok(insidePolygon([0, 4, 4, 0], [0, 0, 4, 4], 1, 1) && !insidePolygon([0, 4, 4], [0, 0, 4], 1, 3));
  assert.equal(countFlags(selectPolygon(buildGrid([1], [1]), [[0, 0], [2, 2]])), 0);
});

test("100,000 points: index and lasso in well under a second", () => {
  const { x, y } = somePoints(100_000);
  const start = process.cpuUsage().user;
  const grid = buildGrid(x, y);
  const lasso = Array.from({ length: 200 }, (_, k) => [4 * Math.cos(k / 31.8), 4 * Math.sin(k / 31.8)]);
  const flags = selectPolygon(grid, lasso);
  assert.ok(countFlags(flags) > 1000);
  const spent = (process.cpuUsage().user - start) / 1000;
  assert.ok(spent < 1000, `${spent} ms of processor time`);
});

const picture = (width, height) => ({ pixels: new Uint8ClampedArray(4 * width * height), width, height });
const list = (places, colour) => ({
  px: Int32Array.from(places, ([x]) => x), py: Int32Array.from(places, ([, y]) => y),
  colour: new Uint32Array(places.length).fill(colour), count: places.length,
});

test("discs cover their area and leave the rest alone", () => {
  const paper = picture(40, 30);
  clear(paper, [255, 255, 255]);
  splatDiscs(paper, list([[10, 10], [-3, 5], [500, 2], [20, 29]], 0x0000ff), 3, 1);
  const at = (x, y) => [...paper.pixels.subarray(4 * (y * 40 + x), 4 * (y * 40 + x) + 4)];
  assert.deepEqual(at(10, 10), [255, 0, 0, 255]);
  assert.deepEqual(at(16, 10), [255, 255, 255, 255]);
  assert.deepEqual(at(20, 29), [255, 255, 255, 255]);
  const area = discStamp(5).reduce((sum, [, , cover]) => sum + cover, 0);
  assert.ok(Math.abs(area - Math.PI * 25) / (Math.PI * 25) < 0.05);
});

test("density: a crowd is darker than one point, one point still shows", () => {
  const paper = picture(30, 30);
  clear(paper, [255, 255, 255]);
  const places = [...Array(200).fill([5, 5]), [20, 20]];
  splatDensity(paper, densityRoom(30, 30), list(places, 0x000000));
  const grey = (x, y) => paper.pixels[4 * (y * 30 + x)];
  assert.ok(grey(5, 5) < 20 && grey(20, 20) < 235 && grey(20, 20) > grey(5, 5));
  assert.equal(grey(12, 12), 255);
});

test("discs shrink with number, grow with zoom, and crowds are told", () => {
  times(100, () => {
    const [n, zoom] = [whole(1, 100_000), random(0.5, 50)];
    assert.ok(discRadius(n, zoom) >= discRadius(n * 20, zoom) && discRadius(n, zoom) <= discRadius(n, 2 * zoom));
  });
  assert.ok(crowded(100_000, 1.5, 600_000) && !crowded(100, 4, 600_000));
});

test("patterns become contours that end where their steps add up", () => {
  assert.deepEqual(patternLevels("+1 -2 +1"), [0, 1, -1, 0]);
  assert.deepEqual(patternLevels("−3"), [0, -3]);
  assert.deepEqual(patternLevels(""), [0]);
  times(100, () => {
    const steps = Array.from({ length: whole(1, 9) }, () => whole(-4, 4));
    const levels = patternLevels(steps.map((s) => (s < 0 ? s : `+${s}`)).join(" "));
    assert.equal(levels.at(-1), steps.reduce((a, b) => a + b, 0));
    const line = glyphLine(levels, 34, 15);
    assert.ok(line.every(([x, y]) => x >= 0 && x <= 34.001 && y >= 0 && y <= 15));
    assert.equal(line.length, 2 * levels.length);
  });
});

test("rows and flags", () => {
  assert.deepEqual([...flagsOf([0, 3], 4)], [1, 0, 0, 1]);
  assert.deepEqual(rowsLeftToRight(Uint8Array.of(1, 0, 1, 1), [3, 0, 1, 2]), [2, 3, 0]);
});
