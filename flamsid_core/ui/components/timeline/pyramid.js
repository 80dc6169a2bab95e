// Levels of detail of a pitch contour: lowest and highest pitch of 4, 16, 64 … frames, so that an hour is drawn
// with as many steps as the screen has columns. No DOM in here.

const FANOUT = 4;

/** Decode int16 pitch codes into cents, NaN where unvoiced. */
export function decodeCents(codes, quantum) {
  const cents = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) cents[i] = codes[i] === -32768 ? NaN : codes[i] * quantum;
  return cents;
}

/** Lows and highs of ever larger bins; level 0 is the frames themselves. NaN marks a bin without voice. */
export function buildPyramid(cents) {
  const levels = [{ size: 1, low: cents, high: cents }];
  while (levels.at(-1).low.length > FANOUT) {
    const { size, low, high } = levels.at(-1);
    const count = Math.ceil(low.length / FANOUT);
    const next = { size: size * FANOUT, low: new Float32Array(count), high: new Float32Array(count) };
    for (let i = 0; i < count; i++) {
      let [least, most] = [NaN, NaN];
      for (let j = i * FANOUT; j < Math.min((i + 1) * FANOUT, low.length); j++) {
        if (!(low[j] >= least)) least = Number.isNaN(low[j]) ? least : low[j];
        if (!(high[j] <= most)) most = Number.isNaN(high[j]) ? most : high[j];
      }
      next.low[i] = least;
      next.high[i] = most;
    }
    levels.push(next);
  }
  return levels;
}

/**
 * Lowest and highest pitch in each of `width` pixel columns, the first starting at frame `first` (may be fractional
 * or negative), each `perColumn` frames wide. Bins of the chosen level may reach over a column's edge by less than
 * a column, never past the next one.
 */
export function columns(levels, first, perColumn, width) {
  const depth = Math.floor(Math.log(Math.max(1, perColumn)) / Math.log(FANOUT));
  const { size, low, high } = levels[Math.min(depth, levels.length - 1)];
  const out = { low: new Float32Array(width).fill(NaN), high: new Float32Array(width).fill(NaN) };
  for (let column = 0; column < width; column++) {
    const from = Math.max(0, Math.floor((first + column * perColumn) / size));
    const to = Math.min(low.length, Math.max(from + 1, Math.ceil((first + (column + 1) * perColumn) / size)));
    if (first + (column + 1) * perColumn <= 0) continue;
    let [least, most] = [NaN, NaN];
    for (let i = from; i < to; i++) {
      if (low[i] < least || Number.isNaN(least)) least = low[i];
      if (high[i] > most || Number.isNaN(most)) most = high[i];
    }
    out.low[column] = least;
    out.high[column] = most;
  }
  return out;
}

/** The pitch range that holds the given share of the voiced frames, so that a stray octave does not squeeze the rest. */
export function pitchRange(cents, share = 0.995) {
  const counts = new Map();
  let voiced = 0;
  for (const value of cents) {
    if (Number.isNaN(value)) continue;
    voiced++;
    const bin = Math.round(value / 10);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  if (!voiced) return null;
  const bins = [...counts.keys()].sort((a, b) => a - b);
  const tail = (voiced * (1 - share)) / 2;
  const edge = (order) => {
    let seen = 0;
    for (const bin of order) {
      seen += counts.get(bin);
      if (seen > tail) return bin * 10;
    }
    return order.at(-1) * 10;
  };
  return [edge(bins), edge([...bins].reverse())];
}
