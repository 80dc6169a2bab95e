// Drawing the instrument's still picture: everything but the cursor, the pointer and what is lit. Uses only what
// both a canvas and `shared/svg.js` understand, so that the figure for a paper is the picture on the screen.

import { clock, linear, nearestNote, niceStep, noteText, signed, timeTicks } from "../shared/scales.js";
import { withAlpha } from "../shared/theme.js";
import { touching } from "./intervals.js";
import { drawVibrato, glideSpan } from "./ornaments.js";
import { columns } from "./pyramid.js";
import { drawMarks } from "./marks.js";
import { boxMargin } from "./model.js";

const JOINT_PX = 12;
const BOX_LEAST_PX = 12;
const FARTHEST_STEPS = 1.5;
const CENTRE_FROM = 12; // pixels a second: farther out the line would cover what it explains

const HALF_LINE = 0.6;

export function scales(view) {
  const { plot, overview } = view.layout;
  return {
    time: linear(view.window[0], view.window[1], plot.left, plot.right),
    pitch: linear(view.pitch[0], view.pitch[1], plot.bottom, plot.top),
    whole: linear(0, view.model.durationS, overview.left, overview.right),
  };
}

export function drawStill(ctx, view) {
  const { theme, layout } = view;
  const scale = scales(view);
  ctx.fillStyle = theme.background;
  // The canvas may be a fraction of a pixel wider than its place, and what is not painted is black.
  ctx.fillRect(0, 0, Math.ceil(layout.width) + 1, Math.ceil(layout.height) + 1);
  ctx.lineJoin = "round";
  drawPitchAxis(ctx, view, scale);
  inside(ctx, layout.plot, () => {
    if (view.layers.spectrogram) view.spectrogram?.draw(ctx, view, scale);
    if (view.layers.levels) drawLevels(ctx, view, scale);
    drawTonic(ctx, view, scale);
    drawPhrases(ctx, view, scale);
    if (view.layers.motifs) drawBoxes(ctx, view, scale);
    if (view.layers.centre) drawCentre(ctx, view, scale);
    if (view.layers.f0) drawContour(ctx, view, scale);
    if (view.layers.steps) drawSteps(ctx, view, scale);
    if (view.layers.marks) drawMarks(ctx, view, scale);
  });
  drawLanes(ctx, view, scale);
  drawTimeAxis(ctx, view, scale);
  if (view.overviewPicture) ctx.drawImage(view.overviewPicture(), layout.overview.left, layout.overview.top, layout.overview.right - layout.overview.left, layout.overview.bottom - layout.overview.top);
  else drawOverview(ctx, view);
  drawWindow(ctx, view, scale);
  if (!view.model.voiced) drawEmpty(ctx, view);
}

function inside(ctx, { left, right, top, bottom }, draw) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  draw();
  ctx.restore();
}

const font = (view, size, weight = 400) => `${weight} ${size}px ${view.theme.font}`;

/**
 * Ticks of the pitch axis: tempered notes by name, or round cents above 55 Hz or above the tonic. Each says on the
 * `other` side what the chosen reference does not: cents (above the tonic, where there is one) or the nearest note.
 */
export function pitchTicks(view) {
  const [low, high] = view.pitch;
  const height = view.layout.plot.bottom - view.layout.plot.top;
  const origin = view.reference === "tonic" ? view.model.head.tonic_cents : 0;
  const ticks = [];
  if (view.reference === "notes") {
    const room = (height / (high - low)) * 100;
    const step = room >= 15 ? 1 : room * 2 >= 15 ? 2 : room * 4 >= 15 ? 4 : 12;
    for (let n = Math.ceil(low / 100); n * 100 <= high; n++) {
      const { name, midi } = nearestNote(n * 100);
      const shown = step === 12 ? midi % 12 === 9 : step === 1 || midi % step === 0;
      const { tonic_cents: tonic } = view.model.head;
      const other = `${Number.isFinite(tonic) ? signed(n * 100 - tonic) : n * 100} ¢`;
      if (shown) ticks.push({ cents: n * 100, text: name, other, strong: midi % 12 === 9 });
    }
    return ticks;
  }
  const step = Math.max(10, niceStep(high - low, height / 34));
  const round = step < 100 ? step : Math.max(100, Math.round(step / 100) * 100);
  for (let n = Math.ceil((low - origin) / round); n * round + origin <= high; n++) {
    const cents = n * round + origin;
    const text = origin ? signed(n * round) : String(n * round);
    ticks.push({ cents, text, other: noteText(cents), strong: n === 0 });
  }
  return ticks;
}

function drawPitchAxis(ctx, view, { pitch }) {
  const { plot } = view.layout;
  ctx.textBaseline = "middle";
  for (const { cents, text, other, strong } of pitchTicks(view)) {
    const y = Math.round(pitch.to(cents)) + 0.5;
    ctx.fillStyle = strong ? view.theme.faint : view.theme.hair;
    ctx.fillRect(plot.left, y - 0.5, plot.right - plot.left, 1);
    ctx.fillStyle = strong ? view.theme.text : view.theme.muted;
    ctx.font = font(view, 11, strong ? 600 : 400);
    if (y <= plot.top + 4 || y >= plot.bottom - 4) continue;
    ctx.textAlign = "right";
    ctx.fillText(text, plot.left - 8, y);
    ctx.textAlign = "left";
    ctx.fillStyle = view.theme.muted;
    ctx.font = font(view, 10);
    ctx.fillText(other, plot.right + 5, y);
  }
}

function drawLevels(ctx, view, { pitch }) {
  const { plot } = view.layout;
  ctx.strokeStyle = withAlpha(view.theme.accent, view.theme.dark ? 0.5 : 0.42);
  ctx.lineWidth = 1;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  for (const cents of view.model.levels) {
    const y = pitch.to(cents);
    if (y < plot.top || y > plot.bottom) continue;
    ctx.moveTo(plot.left, y);
    ctx.lineTo(plot.right, y);
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

/** The tonic, from which the axis counts. */
function drawTonic(ctx, view, { pitch }) {
  const { plot } = view.layout;
  const { tonic_cents: tonic } = view.model.head;
  if (!Number.isFinite(tonic)) return;
  ctx.fillStyle = withAlpha(view.theme.accent, 0.75);
  ctx.fillRect(plot.left, pitch.to(tonic) - 0.75, plot.right - plot.left, 1.5);
}

/** Phrase breaks: a quiet band over what is between two phrases. */
function drawPhrases(ctx, view, { time }) {
  const { start, end, phrase } = view.model.segments;
  const { plot } = view.layout;
  const [from, to] = touching(start, view.model.longestSegment, ...view.window);
  ctx.fillStyle = withAlpha(view.theme.text, view.theme.dark ? 0.055 : 0.04);
  let shadeFrom = from === 0 ? 0 : null;
  for (let i = Math.max(0, from - 1); i <= Math.min(to, start.length - 1); i++) {
    const opens = i === 0 || phrase[i] !== phrase[i - 1];
    if (opens && (i > 0 || shadeFrom === 0)) {
      const left = time.to(i === 0 ? 0 : end[i - 1]);
      const right = time.to(start[i]);
      if (right - left >= 1) ctx.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
    }
  }
  if (to >= start.length && start.length) {
    const left = time.to(end[end.length - 1]);
    ctx.fillRect(left, plot.top, Math.max(0, time.to(view.model.durationS) - left), plot.bottom - plot.top);
  }
}

function drawBoxes(ctx, view, { time, pitch }) {
  const { start, end, motif, low, high, reach, laneCount } = view.model.instances;
  const [from, to] = touching(start, reach, ...view.window);
  // Where many overlap each is fainter, so that the melody stays what one sees first.
  const fill = (view.theme.dark ? 0.15 : 0.11) / Math.sqrt(Math.max(1, laneCount));
  for (let i = from; i < to; i++) {
    const left = time.to(start[i]);
    const width = time.to(end[i]) - left;
    if (Number.isNaN(low[i]) || width < 2) continue;
    const top = pitch.to(high[i] + boxMargin);
    const height = pitch.to(low[i] - boxMargin) - top;
    ctx.fillStyle = withAlpha(view.colours[motif[i]], fill);
    ctx.fillRect(left, top, width, height);
    // Frames come with room for them; far out they would hide the melody, and the lanes below say the same.
    if (width < BOX_LEAST_PX) continue;
    ctx.strokeStyle = withAlpha(view.colours[motif[i]], Math.min(0.5, 0.02 * width));
    ctx.lineWidth = 1;
    ctx.strokeRect(left, top, width, height);
  }
}

function drawContour(ctx, view, { time, pitch }) {
  const { cents, pyramid, frameStartS, hopS, confidence, confidenceStride } = view.model;
  const { plot } = view.layout;
  const perPixel = 1 / (time.slope * hopS);
  const far = perPixel > 1.5;
  ctx.strokeStyle = withAlpha(view.theme.text, view.layers.steps ? (far ? 0.5 : 0.62) : 0.9);
  ctx.lineWidth = 1.25;
  if (far) {
    // Rectangles, because stroking a path of a thousand joints takes a software canvas five times as long.
    const first = (view.window[0] - frameStartS) / hopS;
    const { low, high } = columns(pyramid, first, perPixel, Math.ceil(plot.right - plot.left));
    ctx.fillStyle = ctx.strokeStyle;
    let [above, below] = [NaN, NaN];
    for (let column = 0; column < low.length; column++) {
      let [top, bottom] = [pitch.to(high[column]) - HALF_LINE, pitch.to(low[column]) + HALF_LINE];
      [above, below, top, bottom] = [top, bottom, joined(top, below, -1), joined(bottom, above, 1)];
      if (!Number.isNaN(top)) ctx.fillRect(plot.left + column, top, 1, bottom - top);
    }
    return;
  }
  const from = Math.max(0, Math.floor((view.window[0] - frameStartS) / hopS) - 1);
  const to = Math.min(cents.length, Math.ceil((view.window[1] - frameStartS) / hopS) + 2);
  const x = (i) => time.to(frameStartS + i * hopS);
  ctx.beginPath();
  for (let i = from; i < to; i++) {
    if (Number.isNaN(cents[i])) continue;
    if (i === from || Number.isNaN(cents[i - 1])) ctx.moveTo(x(i), pitch.to(cents[i]));
    ctx.lineTo(x(i), pitch.to(cents[i]));
  }
  ctx.stroke();
  const apart = time.slope * hopS;
  if (apart < 4 && !view.layers.confidence) return;
  for (let i = from; i < to; i++) {
    if (Number.isNaN(cents[i])) continue;
    const sure = view.layers.confidence && confidence.length ? confidence[Math.floor(i / confidenceStride)] / 255 : 1;
    ctx.fillStyle = withAlpha(view.theme.text, 0.15 + 0.7 * sure);
    const radius = apart < 4 ? 1 + 2.2 * (1 - sure) : 1.6 + 2 * (1 - sure);
    ctx.fillRect(x(i) - radius, pitch.to(cents[i]) - radius, 2 * radius, 2 * radius);
  }
}

/**
 * An edge of a column (`side` −1: its top) moved to meet the neighbouring column's facing edge, where that is near. Far
 * apart, neighbouring columns are different notes: a joint would read as a glide that was not sung.
 */
function joined(edge, facing, side) {
  const gap = (edge - facing) * -side;
  return gap > 0 && gap < JOINT_PX ? facing : edge;
}

function drawSteps(ctx, view, scale) {
  const { time, pitch } = scale;
  const { segments } = view.model;
  const { start, end, cents, phrase } = segments;
  const [from, to] = touching(start, view.model.longestSegment, ...view.window);
  const wide = time.slope > 12;
  // From here out a step is narrower than a pixel and says nothing.
  if (time.slope < FARTHEST_STEPS) return;
  if (wide) drawVibrato(ctx, view, scale, from, to);
  const follows = (i) => i > 0 && i < start.length && phrase[i] === phrase[i - 1];
  ctx.strokeStyle = view.theme.accent;
  // Far out, the joints between steps would paint over everything: only the steps themselves remain.
  ctx.lineWidth = wide ? 2.25 : 1.6;
  ctx.lineCap = "butt";
  ctx.beginPath();
  for (let i = from; i < to; i++) {
    const y = pitch.to(cents[i]);
    const left = time.to(wide && follows(i) ? glideSpan(segments, i)[1] : start[i]);
    const right = time.to(wide && follows(i + 1) ? glideSpan(segments, i + 1)[0] : end[i]);
    ctx.moveTo(left, y);
    ctx.lineTo(Math.max(right, left + 0.8), y);
  }
  ctx.stroke();
  if (!wide) return;
  ctx.strokeStyle = withAlpha(view.theme.accent, 0.6);
  ctx.lineWidth = 1.25;
  ctx.beginPath();
  for (let i = Math.max(1, from); i < to; i++) {
    if (!follows(i)) continue;
    const [leaves, arrives] = glideSpan(segments, i);
    ctx.moveTo(time.to(leaves), pitch.to(cents[i - 1]));
    ctx.lineTo(time.to(arrives), pitch.to(cents[i]));
  }
  ctx.stroke();
}

/** The melody without its vibrato: what notes are read from. */
function drawCentre(ctx, view, { time, pitch }) {
  const { centre, frameStartS, hopS } = view.model;
  if (!centre.length || time.slope < CENTRE_FROM) return;
  const from = Math.max(0, Math.floor((view.window[0] - frameStartS) / hopS) - 1);
  const to = Math.min(centre.length, Math.ceil((view.window[1] - frameStartS) / hopS) + 2);
  ctx.strokeStyle = withAlpha(view.theme.accent, 0.5);
  ctx.lineWidth = 3;
  ctx.beginPath();
  for (let i = from; i < to; i++) {
    if (Number.isNaN(centre[i])) continue;
    const x = time.to(frameStartS + i * hopS);
    if (i === from || Number.isNaN(centre[i - 1])) ctx.moveTo(x, pitch.to(centre[i]));
    ctx.lineTo(x, pitch.to(centre[i]));
  }
  ctx.stroke();
}

function drawLanes(ctx, view, { time }) {
  const { lanes } = view.layout;
  const { start, end, motif, reach, next, lanes: lane } = view.model.instances;
  if (!view.layers.motifs || lanes.bottom === lanes.top) return;
  inside(ctx, { ...lanes, bottom: lanes.bottom }, () => {
    const [from, to] = touching(start, reach, ...view.window);
    ctx.font = font(view, 9.5, 500);
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    const painted = new Float64Array(lanes.lanes).fill(-Infinity);
    for (let i = from; i < to; i++) {
      const left = time.to(start[i]);
      const width = Math.max(1.5, time.to(end[i]) - left - 1);
      // Far out hundreds share a pixel: the first of them stands for all.
      if (left + width < painted[lane[i]] + 0.5) continue;
      painted[lane[i]] = left + width;
      const top = lanes.first + lane[i] * lanes.lane;
      const colour = view.colours[motif[i]];
      ctx.fillStyle = withAlpha(colour, view.theme.dark ? 0.34 : 0.26);
      ctx.fillRect(left, top, width, lanes.lane - 2);
      ctx.fillStyle = colour;
      ctx.fillRect(left, top, Math.min(2, width), lanes.lane - 2);
      const text = view.model.motifs[motif[i]].pattern;
      const room = Math.min(width, time.to(next[i]) - left) - 8;
      if (room > 18 && text.length * 5.4 < room) {
        ctx.fillStyle = view.theme.text;
        ctx.fillText(text, left + 5, top + (lanes.lane - 2) / 2 + 0.5);
      }
    }
  });
}

function drawTimeAxis(ctx, view, { time }) {
  const { axis, plot } = view.layout;
  const { step, ticks } = timeTicks(...view.window, (plot.right - plot.left) / 90);
  ctx.fillStyle = view.theme.faint;
  ctx.fillRect(axis.left, axis.top, axis.right - axis.left, 1);
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  ctx.font = font(view, 11);
  for (const tick of ticks) {
    const x = time.to(tick);
    ctx.fillStyle = view.theme.faint;
    ctx.fillRect(Math.round(x), axis.top, 1, 5);
    ctx.fillStyle = view.theme.muted;
    if (x > axis.left + 12 && x < axis.right - 12) ctx.fillText(clock(tick, step), x, axis.top + 8);
  }
}

/** The whole recording; the same however far one has zoomed, so the screen's is painted once and kept. */
export function drawOverview(ctx, view) {
  const { overview } = view.layout;
  const { model, theme } = view;
  const height = overview.bottom - overview.top;
  const middle = (overview.top + overview.bottom) / 2;
  ctx.fillStyle = theme.panel;
  ctx.fillRect(overview.left, overview.top, overview.right - overview.left, height);
  const width = Math.round(overview.right - overview.left);
  if (model.waveform.length) {
    ctx.fillStyle = withAlpha(theme.text, 0.16);
    for (let x = 0; x < width; x++) {
      let peak = 0;
      const from = Math.floor((x / width) * model.waveform.length);
      const to = Math.max(from + 1, Math.floor(((x + 1) / width) * model.waveform.length));
      for (let i = from; i < to; i++) peak = Math.max(peak, model.waveform[i]);
      const half = Math.max(0.5, (peak / 255) * (height / 2 - 2));
      ctx.fillRect(overview.left + x, middle - half, 1, 2 * half);
    }
  }
  const pitch = linear(model.pitchRange[0], model.pitchRange[1], overview.bottom - 3, overview.top + 3);
  const perColumn = model.durationS / model.hopS / width;
  const { low, high } = columns(model.pyramid, -model.frameStartS / model.hopS, perColumn, width);
  ctx.fillStyle = withAlpha(theme.text, 0.6);
  for (let x = 0; x < width; x++) {
    if (Number.isNaN(low[x])) continue;
    const top = Math.max(overview.top, pitch.to(high[x]));
    ctx.fillRect(overview.left + x, top, 1, Math.max(1.2, Math.min(overview.bottom, pitch.to(low[x])) - top));
  }
}

/** The visible part, framed in the overview. */
function drawWindow(ctx, view, { whole }) {
  const { overview } = view.layout;
  const { theme } = view;
  const height = overview.bottom - overview.top;
  const [left, right] = view.window.map(whole.to);
  if (right - left < overview.right - overview.left - 0.5) {
    ctx.fillStyle = withAlpha(theme.background, 0.62);
    ctx.fillRect(overview.left, overview.top, left - overview.left, height);
    ctx.fillRect(right, overview.top, overview.right - right, height);
    ctx.strokeStyle = theme.accent;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(left, overview.top + 0.75, Math.max(2, right - left), height - 1.5);
  }
}

function drawEmpty(ctx, view) {
  const { plot } = view.layout;
  ctx.fillStyle = view.theme.muted;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.font = font(view, 14);
  ctx.fillText(view.model.head.strings.no_voice, (plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2);
}
