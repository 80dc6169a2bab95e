// Seeded chance for tests that loop over random cases.

let state = 20_240_607;

/** A number in [low, high), the same ones in every run (mulberry32). */
export function random(low = 0, high = 1) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return low + (high - low) * (((t ^ (t >>> 14)) >>> 0) / 4_294_967_296);
}

export const whole = (low, high) => Math.floor(random(low, high + 1));

export function times(count, run) {
  for (let i = 0; i < count; i++) run(i);
}
