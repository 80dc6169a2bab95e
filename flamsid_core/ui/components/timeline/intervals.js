// Spans on a time line, sorted by their start: which are visible, which lies under a point, which row each gets.
// No DOM in here.

/** First index whose value is not below `x`, in an ascending array. */
export function lowerBound(values, x) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The longest span, which bounds how far back one must look for spans that reach into a window. */
export function longest(starts, ends) {
  let most = 0;
  for (let i = 0; i < starts.length; i++) most = Math.max(most, ends[i] - starts[i]);
  return most;
}

/** Index range [from, to) that holds every span touching [start, end]; some in it may end before `start`. */
export function touching(starts, reach, start, end) {
  let to = lowerBound(starts, end);
  while (to < starts.length && starts[to] === end) to++;
  return [lowerBound(starts, start - reach), to];
}

/**
 * Give each span a lane so that spans in a lane do not overlap; with more overlap than `most` lanes hold, a span
 * joins the lane that is free soonest. Returns the lanes, how many there are, and where in its lane the next begins.
 */
export function packLanes(starts, ends, most) {
  const lanes = new Uint8Array(starts.length);
  const next = new Float64Array(starts.length).fill(Infinity);
  const free = [];
  const last = [];
  for (let i = 0; i < starts.length; i++) {
    let lane = free.findIndex((end) => end <= starts[i]);
    if (lane < 0) lane = free.length < most ? free.length : free.indexOf(Math.min(...free));
    free[lane] = Math.max(free[lane] ?? -Infinity, ends[i]);
    lanes[i] = lane;
    if (last[lane] !== undefined) next[last[lane]] = starts[i];
    last[lane] = i;
  }
  return { lanes, next, count: free.length };
}

/** The shortest span over `time` for which `accepts(i)` holds, or -1. */
export function spanAt(starts, ends, reach, time, accepts = () => true) {
  const [from, to] = touching(starts, reach, time, time);
  let best = -1;
  for (let i = from; i < to; i++) {
    if (time > ends[i] || !accepts(i)) continue;
    if (best < 0 || ends[i] - starts[i] < ends[best] - starts[best]) best = i;
  }
  return best;
}

/** Lowest and highest pitch of the contour segments inside each span (NaN where there is none). */
export function spanPitches(starts, ends, segmentStarts, segmentEnds, segmentCents) {
  const low = new Float32Array(starts.length).fill(NaN);
  const high = new Float32Array(starts.length).fill(NaN);
  const slack = 1e-4;
  for (let i = 0; i < starts.length; i++) {
    let j = Math.max(0, lowerBound(segmentStarts, starts[i] - slack) - 1);
    for (; j < segmentStarts.length && segmentStarts[j] < ends[i] - slack; j++) {
      if (segmentEnds[j] <= starts[i] + slack) continue;
      if (!(segmentCents[j] >= low[i])) low[i] = segmentCents[j];
      if (!(segmentCents[j] <= high[i])) high[i] = segmentCents[j];
    }
  }
  return { low, high };
}
