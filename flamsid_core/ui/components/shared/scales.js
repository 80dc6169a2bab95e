// Numbers to pixels and back, ticks, and the arithmetic of zooming and panning. No DOM in here.

/** A linear scale from the domain [d0, d1] to the range [r0, r1]. */
export function linear(d0, d1, r0, r1) {
  const slope = (r1 - r0) / (d1 - d0);
  return {
    d0, d1, r0, r1, slope,
    to: (value) => r0 + (value - d0) * slope,
    from: (pixel) => d0 + (pixel - r0) / slope,
  };
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Keep a window [start, end] inside [low, high] with at least `least` between its ends, moving before shrinking. */
export function clampWindow([start, end], low, high, least) {
  const span = clamp(end - start, Math.min(least, high - low), high - low);
  const middle = (start + end) / 2;
  const from = clamp(middle - span / 2, low, high - span);
  return [from, from + span];
}

/** Zoom a window by `factor` (< 1: closer) leaving `pivot` where it is on the screen. */
export function zoomAbout([start, end], factor, pivot) {
  return [pivot - (pivot - start) * factor, pivot + (end - pivot) * factor];
}

/** The zoom factor of a wheel event: the same for a mouse's notches and a touchpad's trickle. */
export function wheelFactor(deltaY, deltaMode) {
  const pixels = deltaY * (deltaMode === 1 ? 33 : deltaMode === 2 ? 400 : 1);
  return Math.exp(clamp(pixels, -240, 240) * 0.0022);
}

/** Round steps 1, 2, 5 × 10^n so that about `count` of them cover `span`. */
export function niceStep(span, count) {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

const CLOCK_STEPS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];

/** Ticks for a clock: steps a person counts in. */
export function timeTicks(start, end, count) {
  const step = CLOCK_STEPS_S.find((each) => each >= (end - start) / Math.max(1, count)) ?? 3600;
  const ticks = [];
  for (let i = Math.ceil(start / step - 1e-9); i * step <= end + 1e-9; i++) ticks.push(i * step);
  return { step, ticks };
}

/** Seconds as a clock reads, with as many decimals as `step` needs. */
export function clock(seconds, step = 1) {
  const decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
  const total = Math.max(0, Number(seconds.toFixed(decimals)));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const rest = (total % 60).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

// As `flamsid_core.melody.note_name` has them.
const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const A1_MIDI = 33;

/** The tempered note nearest to a pitch in cents above 55 Hz (A1, with A4 = 440 Hz) and how far off it is. */
export function nearestNote(cents) {
  const midi = A1_MIDI + Math.round(cents / 100);
  const off = Math.round(cents - 100 * (midi - A1_MIDI));
  return { name: NAMES[((midi % 12) + 12) % 12] + (Math.floor(midi / 12) - 1), midi, off };
}

/** A pitch as note name with its deviation, such as "B♭3 +14". */
export function noteText(cents) {
  const { name, off } = nearestNote(cents);
  return off === 0 ? name : `${name} ${off > 0 ? "+" : "−"}${Math.abs(off)}`;
}

export const centsToHz = (cents) => 55 * 2 ** (cents / 1200);

/** A span in words: start, end, duration, and the interval between the first and the last pitch sung in it. */
export function spanText({ cents, frameStartS, hopS, head }, [start, end]) {
  const first = Math.max(0, Math.ceil((start - frameStartS) / hopS - 1e-9));
  const last = Math.min(cents.length - 1, Math.floor((end - frameStartS) / hopS + 1e-9));
  let [from, to] = [first, last];
  while (from < last && Number.isNaN(cents[from])) from++;
  while (to > first && Number.isNaN(cents[to])) to--;
  const interval = cents[to] - cents[from];
  const said = [`${clock(start, 0.01)} – ${clock(end, 0.01)}`, `${(end - start).toFixed(2)} s`];
  if (!Number.isNaN(interval)) said.push(`${signed(interval)} ¢`);
  return said.join(" · ").replaceAll(".", head.strings.decimal_point);
}

/** A whole number of cents with a true minus sign. */
export const signed = (value) => (value < 0 ? "−" : value > 0 ? "+" : "") + Math.abs(Math.round(value));
