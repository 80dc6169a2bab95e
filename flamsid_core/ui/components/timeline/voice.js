// Making the contour audible: a soft vowel-like tone that follows f0 or the stepped reduction. No DOM in here.

import { lowerBound } from "./intervals.js";

const TABLE_SIZE = 2048;
const CONTROL_SAMPLES = 48;
const GATE_S = 0.008;
const LOUDNESS = 0.32;

// One period with the weight of the harmonics falling as in an open vowel, without any that could alias (16 × 1.2 kHz).
const TABLE = (() => {
  const weights = Array.from({ length: 16 }, (_, h) => (h + 1) ** -1.25 * (1 + 0.8 * Math.exp(-(((h - 2.5) / 1.6) ** 2))));
  const table = new Float32Array(TABLE_SIZE);
  for (let i = 0; i < TABLE_SIZE; i++) {
    for (let h = 0; h < weights.length; h++) table[i] += weights[h] * Math.sin((2 * Math.PI * (h + 1) * i) / TABLE_SIZE);
  }
  const peak = table.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return table.map((value) => value / peak);
})();

/** Pitch over time from frames: straight between voiced neighbours, NaN where unvoiced. */
export function contourPitch(cents, startS, hopS) {
  return (time) => {
    const at = (time - startS) / hopS;
    const i = Math.floor(at);
    if (i < 0 || i >= cents.length) return NaN;
    const [a, b] = [cents[i], i + 1 < cents.length ? cents[i + 1] : NaN];
    if (Number.isNaN(a)) return at - i > 0.5 ? b : NaN;
    return Number.isNaN(b) ? a : a + (b - a) * (at - i);
  };
}

/** Pitch over time from contour segments, sorted by start. */
export function stepPitch(starts, ends, cents) {
  return (time) => {
    const i = lowerBound(starts, time + 1e-9) - 1;
    return i >= 0 && time < ends[i] ? cents[i] : NaN;
  };
}

export const silentState = () => ({ phase: 0, gain: 0, cents: NaN });

/**
 * Render `seconds` of sound from `startS` on. `rate` slows the melody without changing its pitch. `state` carries
 * phase and loudness from one piece to the next, so that pieces join without a click.
 */
export function renderVoice(pitchAt, startS, seconds, sampleRate, rate = 1, state = silentState()) {
  const out = new Float32Array(Math.round(seconds * sampleRate));
  const smooth = 1 - Math.exp(-1 / (GATE_S * sampleRate));
  for (let from = 0; from < out.length; from += CONTROL_SAMPLES) {
    const to = Math.min(out.length, from + CONTROL_SAMPLES);
    const target = pitchAt(startS + (rate * (from + CONTROL_SAMPLES / 2)) / sampleRate);
    const voiced = !Number.isNaN(target);
    const first = Number.isNaN(state.cents) || state.gain < 0.01 ? target : state.cents;
    const last = voiced ? target : state.cents;
    const slope = voiced ? (last - first) / (to - from) : 0;
    let cents = voiced ? first : state.cents;
    for (let i = from; i < to; i++) {
      cents += slope;
      state.gain += ((voiced ? LOUDNESS : 0) - state.gain) * smooth;
      if (!Number.isNaN(cents)) {
        state.phase += (55 * 2 ** (cents / 1200) * TABLE_SIZE) / sampleRate;
        if (state.phase >= TABLE_SIZE) state.phase -= TABLE_SIZE * Math.floor(state.phase / TABLE_SIZE);
        out[i] = TABLE[state.phase | 0] * state.gain;
      }
    }
    state.cents = cents;
  }
  return out;
}
