// Where things are on the instrument, in CSS pixels. No DOM in here.

const AXIS_LEFT = 58;
const AXIS_RIGHT = 46;
const TOP = 8;
const TIME_AXIS = 24;
const LANE = 13;
const LANES_PADDING = 8;
const OVERVIEW = 46;
const GAP = 6;

export function layout(width, height, laneCount) {
  const lanesHeight = laneCount ? laneCount * LANE + LANES_PADDING : 0;
  const plotHeight = Math.max(80, height - TOP - lanesHeight - TIME_AXIS - OVERVIEW - GAP);
  const left = AXIS_LEFT;
  const right = Math.max(left + 40, width - AXIS_RIGHT);
  const plot = { left, right, top: TOP, bottom: TOP + plotHeight };
  const lanes = { left, right, top: plot.bottom, bottom: plot.bottom + lanesHeight, lane: LANE, lanes: laneCount, first: plot.bottom + 5 };
  const axis = { left, right, top: lanes.bottom, bottom: lanes.bottom + TIME_AXIS };
  const overview = { left, right, top: axis.bottom + GAP, bottom: axis.bottom + GAP + OVERVIEW };
  return { width, height, plot, lanes, axis, overview };
}

/** The part of the instrument at (x, y): 'pitch' is the axis at the left. */
export function partAt({ plot, lanes, axis, overview }, x, y) {
  if (y >= overview.top) return x >= overview.left - 6 ? "overview" : "none";
  if (x < plot.left) return y <= plot.bottom ? "pitch" : "none";
  if (y <= plot.bottom) return "plot";
  if (y <= lanes.bottom) return "lanes";
  return y <= axis.bottom ? "axis" : "none";
}
