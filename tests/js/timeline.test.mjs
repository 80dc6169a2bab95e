// The timeline's pure parts: levels of detail, spans and lanes, places, the rendered voice.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  longest, lowerBound, packLanes, spanAt, spanPitches, touching,
} from "../../flamsid_core/ui/components/timeline/intervals.js";
import { makeTransform, pitchSpectrum } from "../../flamsid_core/ui/components/timeline/fourier.js";
import { glideSpan } from "../../flamsid_core/ui/components/timeline/ornaments.js";
import { pitchTicks } from "../../flamsid_core/ui/components/timeline/draw.js";
import { layout, partAt } from "../../flamsid_core/ui/components/timeline/layout.js";
import { buildPyramid, columns, decodeCents, pitchRange } from "../../flamsid_core/ui/components/timeline/pyramid.js";
import { spanText } from "../../flamsid_core/ui/components/shared/scales.js";
import { contourPitch, renderVoice, silentState, stepPitch } from "../../flamsid_core/ui/components/timeline/voice.js";
import { random, times, whole } from "./chance.mjs";

const someCents = (n) => Float32Array.from({ length: n }, () => (random() < 0.3 ? NaN : random(0, 3000)));

test("pitch codes are decoded, the sentinel to NaN", () => {
  assert.deepEqual([...decodeCents(Int16Array.of(4, -32768, -8), 0.25)], [1, NaN, -2]);
});

test("every level of detail holds the lowest and highest of its frames", () => {
  times(60, () => {
    const cents = someCents(whole(0, 700));
    for (const { size, low, high } of buildPyramid(cents)) {
      for (let i = 0; i < low.length; i++) {
        const voiced = [...cents.subarray(i * size, (i + 1) * size)].filter((v) => !Number.isNaN(v));
        assert.equal(low[i], voiced.length ? Math.min(...voiced) : NaN);
        assert.equal(high[i], voiced.length ? Math.max(...voiced) : NaN);
      }
    }
  });
});

test("columns hold all that lies in them and nothing from farther than one column away", () => {
  times(200, () => {
    const cents = someCents(whole(1, 3000));
    const perColumn = random(1, 40);
    const first = random(-50, cents.length);
    const width = whole(1, 60);
    const { low, high } = columns(buildPyramid(cents), first, perColumn, width);
    for (let c = 0; c < width; c++) {
      const voiced = (from, to) => [...cents.subarray(Math.max(0, from), Math.max(0, to))].filter((v) => !Number.isNaN(v));
      const around = voiced(Math.floor(first + (c - 1) * perColumn), Math.ceil(first + (c + 2) * perColumn));
      if (!Number.isNaN(high[c])) {
        assert.ok(around.length && high[c] <= Math.max(...around) && low[c] >= Math.min(...around));
        assert.ok(low[c] <= high[c]);
      }
    }
    // Nothing is lost: what is highest in all lies in some column.
    const all = columns(buildPyramid(cents), 0, cents.length / width, width);
    const top = Math.max(...[...cents].filter((v) => !Number.isNaN(v)), -Infinity);
    assert.equal(Math.max(...[...all.high].filter((v) => !Number.isNaN(v)), -Infinity), top);
  });
});

test("the pitch range leaves out stray frames and survives silence", () => {
  const cents = new Float32Array(10_000).map((_, i) => 1000 + (i % 500));
  cents[3] = 7000;
  const [low, high] = pitchRange(cents);
  assert.ok(low >= 1000 && high <= 1500);
  assert.equal(pitchRange(Float32Array.of(NaN, NaN)), null);
});

const someSpans = (n) => {
  const starts = Float64Array.from({ length: n }, () => random(0, 100)).sort();
  return { starts, ends: starts.map((s) => s + random(0, 6)) };
};

test("lower bound agrees with counting", () => {
  times(300, () => {
    const values = Float64Array.from({ length: whole(0, 30) }, () => whole(0, 10)).sort();
    const x = random(-1, 11);
    assert.equal(lowerBound(values, x), values.filter((v) => v < x).length);
  });
});

test("the range of touching spans misses none", () => {
  times(200, () => {
    const { starts, ends } = someSpans(whole(0, 60));
    const [a, b] = [random(0, 100), random(0, 100)].sort((p, q) => p - q);
    const [from, to] = touching(starts, longest(starts, ends), a, b);
    starts.forEach((s, i) => {
      if (s <= b && ends[i] >= a) assert.ok(i >= from && i < to);
    });
  });
});

test("spans in a lane do not overlap while there are lanes enough", () => {
  times(200, () => {
    const { starts, ends } = someSpans(whole(0, 40));
    const { lanes, count } = packLanes(starts, ends, 100);
    assert.ok(lanes.every((lane) => lane < Math.max(1, count)));
    for (let i = 0; i < starts.length; i++) {
      for (let j = i + 1; j < starts.length; j++) {
        if (lanes[i] === lanes[j]) assert.ok(starts[j] >= ends[i] || starts[i] >= ends[j]);
      }
    }
    const few = packLanes(starts, ends, 3);
    assert.ok(few.count <= 3);
    starts.forEach((_, i) => {
      const later = [...starts.keys()].filter((j) => j > i && few.lanes[j] === few.lanes[i]);
      assert.equal(few.next[i], later.length ? starts[later[0]] : Infinity);
    });
  });
});

test("the span under a point is the shortest that covers it", () => {
  times(300, () => {
    const { starts, ends } = someSpans(whole(1, 40));
    const at = random(0, 105);
    const accepts = (i) => i % 3 !== 0;
    const covering = [...starts.keys()].filter((i) => starts[i] <= at && at <= ends[i] && accepts(i));
    const found = spanAt(starts, ends, longest(starts, ends), at, accepts);
    if (!covering.length) assert.equal(found, -1);
    else assert.equal(ends[found] - starts[found], Math.min(...covering.map((i) => ends[i] - starts[i])));
  });
});

test("a span's pitches are those of the segments in it", () => {
  const { low, high } = spanPitches([0, 2, 9], [2, 5, 10], [0, 1, 2, 3], [1, 2, 3, 4], [100, 300, 200, 50]);
  assert.deepEqual([...low], [100, 50, NaN]);
  assert.deepEqual([...high], [300, 200, NaN]);
});

test("every part of the instrument is where it is drawn", () => {
  times(100, () => {
    const place = layout(whole(200, 2000), whole(250, 1200), whole(0, 6));
    const { plot, lanes, axis, overview } = place;
    assert.ok(plot.bottom > plot.top && lanes.top === plot.bottom && axis.top === lanes.bottom && overview.top > axis.bottom);
    assert.equal(partAt(place, plot.left + 5, plot.top + 5), "plot");
    assert.equal(partAt(place, plot.left - 5, plot.top + 5), "pitch");
    assert.equal(partAt(place, plot.left + 5, axis.bottom - 1), "axis");
    assert.equal(partAt(place, plot.left + 5, overview.top + 1), "overview");
    if (lanes.bottom > lanes.top) assert.equal(partAt(place, plot.left + 5, lanes.bottom - 1), "lanes");
  });
});

/** Pitch of a steady tone, from the autocorrelation peak nearest to what is expected. */
function measured(samples, rate, expectedHz) {
  let [best, most] = [0, -Infinity];
  for (let lag = Math.floor(rate / expectedHz / 1.3); lag <= Math.ceil((rate / expectedHz) * 1.3); lag++) {
    let sum = 0;
    for (let i = 0; i < 4000; i++) sum += samples[i] * samples[i + lag];
    if (sum > most) [best, most] = [lag, sum];
  }
  return rate / best;
}

test("the rendered voice has the pitch it was given, at any speed", () => {
  for (const [cents, rate] of [[1200, 1], [2000, 1], [2700, 0.5]]) {
    const sound = renderVoice(() => cents, 0, 0.5, 48_000, rate);
    const hz = 55 * 2 ** (cents / 1200);
    assert.ok(Math.abs(1200 * Math.log2(measured(sound.subarray(8000), 48_000, hz) / hz)) < 25);
    assert.ok(sound.every((v) => Math.abs(v) <= 0.5));
  }
});

test("the rendered voice is silent where there is no voice, and slower melodies take longer", () => {
  const pitchAt = stepPitch([0.1], [0.2], [1800]);
  const loud = (sound, from, to) => sound.subarray(from * 8000, to * 8000).some((v) => Math.abs(v) > 0.02);
  const plain = renderVoice(pitchAt, 0, 0.4, 8000);
  assert.ok(!loud(plain, 0, 0.09) && loud(plain, 0.12, 0.2) && !loud(plain, 0.28, 0.4));
  const slow = renderVoice(pitchAt, 0, 0.8, 8000, 0.5);
  assert.ok(!loud(slow, 0, 0.19) && loud(slow, 0.24, 0.4) && !loud(slow, 0.5, 0.8));
});

test("pieces of the voice join without a click", () => {
  const pitchAt = contourPitch(Float32Array.from({ length: 400 }, (_, i) => 1500 + 30 * Math.sin(i / 5)), 0, 0.01);
  const state = silentState();
  const pieces = [0, 1, 2].map((k) => renderVoice(pitchAt, k * 0.25, 0.25, 8000, 1, state));
  const joined = Float32Array.from(pieces.flatMap((piece) => [...piece]));
  let most = 0;
  for (let i = 1; i < joined.length; i++) most = Math.max(most, Math.abs(joined[i] - joined[i - 1]));
  for (const seam of [2000, 4000]) assert.ok(Math.abs(joined[seam] - joined[seam - 1]) <= most * 1.001 && most < 0.3);
});

test("contour pitch lies between its frames; steps hold their level", () => {
  const pitchAt = contourPitch(Float32Array.of(0, 100, NaN, 300), 1, 0.1);
  assert.ok(Math.abs(pitchAt(1.05) - 50) < 1e-3);
  assert.ok(Number.isNaN(pitchAt(0.9)) && Number.isNaN(pitchAt(1.22)) && Number.isNaN(pitchAt(2)));
  const steps = stepPitch([0, 1], [0.8, 2], [5, 6]);
  assert.deepEqual([steps(0), steps(0.79), steps(0.9), steps(1), steps(2)], [5, 5, NaN, 6, NaN]);
});

test("the transform agrees with the sum it stands for", () => {
  const size = 64;
  const signal = Float32Array.from({ length: size }, () => random(-1, 1));
  const [real, imaginary] = [signal.slice(), new Float32Array(size)];
  makeTransform(size)(real, imaginary);
  for (let k = 0; k < size; k++) {
    let [re, im] = [0, 0];
    signal.forEach((v, n) => {
      re += v * Math.cos((2 * Math.PI * k * n) / size);
      im -= v * Math.sin((2 * Math.PI * k * n) / size);
    });
    assert.ok(Math.abs(re - real[k]) < 1e-3 && Math.abs(im - imaginary[k]) < 1e-3);
  }
});

test("the pitch spectrum of a sine is loudest at its pitch, about 0 dB, and silent beyond the signal", () => {
  const frequencies = Array.from({ length: 200 }, (_, i) => 110 * 2 ** (i / 100));
  const signal = Float32Array.from({ length: 30_000 }, (_, i) => Math.sin((2 * Math.PI * 220 * i) / 22_050));
  const values = pitchSpectrum(signal, 22_050, 8000, 2000, 3, frequencies);
  for (let column = 0; column < 3; column++) {
    const slice = [...values.subarray(column * 200, (column + 1) * 200)];
    const peak = slice.indexOf(Math.max(...slice));
    assert.ok(Math.abs(1200 * Math.log2(frequencies[peak] / 220)) < 30 && Math.abs(slice[peak]) < 1.5);
  }
  assert.ok(pitchSpectrum(signal, 22_050, 90_000, 100, 1, frequencies).every((v) => v <= -110));
});

test("the pitch axis says notes and cents, whatever it counts from", () => {
  const view = (reference, tonic) => ({
    reference, pitch: [1150, 2450], layout: layout(1000, 560, 3), model: { head: { tonic_cents: tonic } },
  });
  const at = (ticks, cents) => ticks.find((tick) => tick.cents === cents);
  assert.deepEqual(at(pitchTicks(view("notes", null)), 1200), { cents: 1200, text: "A2", other: "1200 ¢", strong: true });
  assert.equal(at(pitchTicks(view("notes", 1700)), 1200).other, "−500 ¢");
  assert.equal(at(pitchTicks(view("cents", 1700)), 1300).other, "A♯2");
  const above = at(pitchTicks(view("tonic", 1710)), 1710);
  assert.deepEqual([above.text, above.other, above.strong], ["0", "D3 +10", true]);
});

test("a glide goes from note to note over its own time, and never past the middle of either", () => {
  const notes = { start: [0, 1, 1.2], end: [1, 1.2, 3], glide: [0, 0.1, 2] };
  assert.deepEqual(glideSpan(notes, 1).map((time) => Math.round(time * 1000)), [950, 1050]);
  assert.deepEqual(glideSpan(notes, 2).map((time) => Math.round(time * 1000)), [1100, 2100]);
  assert.deepEqual(glideSpan({ ...notes, glide: [0, 0, 0] }, 1), [1, 1]);
});

test("a span is read out with its ends, its length and the interval between its first and last pitch", () => {
  const model = { cents: Float32Array.of(NaN, 100, 200, 300, 450, NaN), frameStartS: 0, hopS: 0.5, head: { strings: { decimal_point: "," } } };
  assert.equal(spanText(model, [0, 2.5]), "0:00,00 – 0:02,50 · 2,50 s · +350 ¢");
  assert.equal(spanText(model, [0.5, 0.9]), "0:00,50 – 0:00,90 · 0,40 s · 0 ¢");
  // Where nothing is sung there is no interval.
  assert.equal(spanText({ ...model, cents: model.cents.fill(NaN) }, [0, 1]), "0:00,00 – 0:01,00 · 1,00 s");
});
