// Other pitches the sound could have: a salience of harmonic sums, frame by frame, for "next candidate" and "snap".
// No DOM in here.

import { pitchSpectrum } from "./fourier.js";

const HOP_S = 0.01;
const LOWEST_HZ = 65;
const HIGHEST_HZ = 1200;
const ROW_CENTS = 20;
const HARMONICS = 8;
const WEIGHT = 0.84;
const FLOOR_DB = -70;
const APART_CENTS = 80;
const SNAP_CENTS = 150;

const centsOf = (hz) => 1200 * Math.log2(hz / 55);
const hzOf = (cents) => 55 * 2 ** (cents / 1200);

/** Loudness (dB) of `signal` on a pitch axis around each frame of a span: {times, low, rows, at(frame, cents)}. */
function spectrum(signal, sampleRate, spanStart, from, to) {
  const count = Math.max(1, Math.round((to - from) / HOP_S));
  const low = centsOf(LOWEST_HZ);
  const rows = Math.ceil((centsOf(HIGHEST_HZ * HARMONICS) - low) / ROW_CENTS);
  const frequencies = Array.from({ length: rows }, (_, row) => hzOf(low + row * ROW_CENTS));
  const first = (from - spanStart) * sampleRate;
  const loudness = pitchSpectrum(signal, sampleRate, first, HOP_S * sampleRate, count, frequencies);
  const at = (frame, cents) => {
    const row = Math.round((cents - low) / ROW_CENTS);
    return row >= 0 && row < rows ? Math.max(0, loudness[frame * rows + row] - FLOOR_DB) : 0;
  };
  return { times: Array.from({ length: count }, (_, i) => from + i * HOP_S), at, low };
}

/**
 * The next lower-ranked pitch of the salience for a span: times and Hz. One pitch is chosen for the whole span's
 * direction (the mean salience at a distance from the present line), so that the line keeps its shape.
 */
export function nextCandidate(signal, sampleRate, spanStart, from, to, current, tried) {
  const { times, at } = spectrum(signal, sampleRate, spanStart, from, to);
  const salience = (frame, cents) => {
    let sum = 0;
    for (let h = 1; h <= HARMONICS; h++) sum += WEIGHT ** (h - 1) * at(frame, cents + 1200 * Math.log2(h));
    return sum;
  };
  const now = times.map(current);
  const voiced = times.map((_, i) => i).filter((i) => !Number.isNaN(now[i]));
  if (!voiced.length) return strongest(times, salience);
  const scores = [];
  for (let shift = -2400; shift <= 2400; shift += ROW_CENTS) {
    const inRange = voiced.every((i) => now[i] + shift >= centsOf(LOWEST_HZ) && now[i] + shift <= centsOf(HIGHEST_HZ));
    if (!inRange || tried.some((one) => Math.abs(one - shift) < APART_CENTS)) continue;
    scores.push({ shift, score: voiced.reduce((sum, i) => sum + salience(i, now[i] + shift), 0) });
  }
  const peaks = scores.filter(({ score }, i) => score >= (scores[i - 1]?.score ?? 0) && score >= (scores[i + 1]?.score ?? 0));
  const best = peaks.reduce((a, b) => (b.score > a.score ? b : a), peaks[0]);
  return best && { shift: best.shift, time_s: times, f0_hz: now.map((cents) => (Number.isNaN(cents) ? 0 : hzOf(cents + best.shift))) };
}

/** Where nothing was heard: the strongest pitch of each frame. */
function strongest(times, salience) {
  const f0_hz = times.map((_, frame) => {
    let [best, found] = [0, 0];
    for (let cents = centsOf(LOWEST_HZ); cents < centsOf(HIGHEST_HZ); cents += ROW_CENTS) {
      const strength = salience(frame, cents);
      if (strength > best) [best, found] = [strength, hzOf(cents)];
    }
    return found;
  });
  return { shift: 0, time_s: times, f0_hz };
}

/** The present line moved, frame by frame, onto the loudest place of the spectrum within a tone and a half. */
export function snapped(signal, sampleRate, spanStart, from, to, current) {
  const { times, at } = spectrum(signal, sampleRate, spanStart, from, to);
  const f0_hz = times.map((time, frame) => {
    const cents = current(time);
    if (Number.isNaN(cents)) return 0;
    let [best, found] = [-1, cents];
    for (let shift = -SNAP_CENTS; shift <= SNAP_CENTS; shift += ROW_CENTS / 2) {
      const loud = at(frame, cents + shift) - Math.abs(shift) / 50;
      if (loud > best) [best, found] = [loud, cents + shift];
    }
    return hzOf(found);
  });
  return { time_s: times, f0_hz };
}
