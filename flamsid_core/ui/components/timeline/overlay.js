// What moves above the still picture: cursor, selection, pointer, and the motif that is lit with its siblings.

import { clock, noteText, signed, spanText } from "../shared/scales.js";
import { withAlpha } from "../shared/theme.js";
import { touching } from "./intervals.js";
import { boxMargin } from "./model.js";
import { scales } from "./draw.js";

export function drawOverlay(ctx, view) {
  const { layout, theme } = view;
  const scale = scales(view);
  ctx.clearRect(0, 0, layout.width, layout.height);
  const { plot, lanes, axis, overview } = layout;
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.left, 0, plot.right - plot.left, axis.bottom);
  ctx.clip();
  if (view.selection) drawSelection(ctx, view, scale);
  if (view.stroke) drawStroke(ctx, view, scale);
  for (const motif of new Set([view.motif, view.hover >= 0 ? view.model.instances.motif[view.hover] : -1])) {
    if (motif >= 0) drawSiblings(ctx, view, scale, motif);
  }
  if (view.cursor !== null) {
    const x = scale.time.to(view.cursor);
    ctx.fillStyle = theme.text;
    ctx.fillRect(x - 0.75, plot.top, 1.5, lanes.bottom - plot.top);
    ctx.beginPath();
    ctx.moveTo(x - 5, axis.top);
    ctx.lineTo(x + 5, axis.top);
    ctx.lineTo(x, axis.top - 7);
    ctx.fill();
  }
  ctx.restore();
  if (view.selection) {
    const [left, right] = view.selection.map(scale.whole.to);
    ctx.fillStyle = withAlpha(theme.accent, 0.3);
    ctx.fillRect(left, overview.top, Math.max(1, right - left), overview.bottom - overview.top);
  }
  if (view.cursor !== null) {
    ctx.fillStyle = theme.text;
    ctx.fillRect(scale.whole.to(view.cursor) - 0.5, overview.top, 1, overview.bottom - overview.top);
  }
  if (view.pointer) drawPointer(ctx, view, scale);
}

/** The curve or the boundary under the hand, before it is let go. */
function drawStroke(ctx, view, { time, pitch }) {
  const { plot } = view.layout;
  ctx.strokeStyle = view.theme.accent;
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  if (view.stroke.edge !== undefined) {
    ctx.moveTo(time.to(view.stroke.edge), plot.top);
    ctx.lineTo(time.to(view.stroke.edge), plot.bottom);
  } else view.stroke.points.forEach(([at, cents]) => ctx.lineTo(time.to(at), pitch.to(cents)));
  ctx.stroke();
}

function drawSelection(ctx, view, { time }) {
  const { plot, axis } = view.layout;
  const [left, right] = view.selection.map(time.to);
  ctx.fillStyle = withAlpha(view.theme.accent, 0.1);
  ctx.fillRect(left, plot.top, right - left, axis.top - plot.top);
  ctx.fillStyle = view.theme.accent;
  ctx.fillRect(left - 0.75, plot.top, 1.5, axis.top - plot.top);
  ctx.fillRect(right - 0.75, plot.top, 1.5, axis.top - plot.top);
  ctx.fillRect(left, axis.top, right - left, view.loop ? 4 : 2);
  // Where it begins and ends, how long it is, and how far the voice has moved from one end to the other.
  const text = spanText(view.model, view.selection);
  ctx.font = `600 12px ${view.theme.font}`;
  const width = ctx.measureText(text).width + 12;
  const at = Math.max(plot.left + 2, Math.min(left, plot.right - width - 2));
  ctx.fillStyle = withAlpha(view.theme.background, 0.94);
  ctx.fillRect(at, plot.top + 2, width, 20);
  ctx.fillStyle = view.theme.text;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillText(text, at + 6, plot.top + 12);
}

function drawSiblings(ctx, view, { time, pitch }, motif) {
  const { start, end, low, high, reach, lanes: lane } = view.model.instances;
  const { lanes } = view.layout;
  const [from, to] = touching(start, reach, ...view.window);
  const colour = view.colours[motif];
  for (const i of view.model.siblings[motif]) {
    if (i < from || i >= to) continue;
    const left = time.to(start[i]);
    const width = Math.max(2, time.to(end[i]) - left);
    const own = i === view.hover || i === view.chosen;
    if (view.layers.motifs) {
      const top = lanes.first + lane[i] * lanes.lane;
      ctx.fillStyle = colour;
      ctx.fillRect(left, top, width - 1, lanes.lane - 2);
    }
    if (Number.isNaN(low[i])) continue;
    const top = pitch.to(high[i] + boxMargin);
    const height = pitch.to(low[i] - boxMargin) - top;
    ctx.fillStyle = withAlpha(colour, own ? 0.3 : 0.2);
    ctx.fillRect(left, top, width, height);
    ctx.strokeStyle = colour;
    ctx.lineWidth = own ? 2.5 : 1.5;
    ctx.strokeRect(left, top, width, height);
  }
}

/** Cents above the tonic where the axis counts from it, otherwise above 55 Hz. */
const centsText = ({ reference, model }, cents) =>
  reference === "tonic" ? `${signed(cents - model.head.tonic_cents)} ¢` : `${Math.round(cents)} ¢`;

/** Pitch and time under the pointer; over a motif, what it is and how often it comes here. */
function drawPointer(ctx, view, { time, pitch }) {
  const { plot } = view.layout;
  const { x, y, part } = view.pointer;
  if (part !== "plot" && part !== "lanes") return;
  const texts = view.model.head.strings;
  const lines = [];
  if (view.hover >= 0) {
    const motif = view.model.instances.motif[view.hover];
    const { pattern, singer } = view.model.motifs[motif];
    const seconds = view.model.instances.end[view.hover] - view.model.instances.start[view.hover];
    lines.push(`${texts.motif} ${pattern}`);
    lines.push([singer, `${view.model.siblings[motif].length} × ${texts.occurrences}`, `${seconds.toFixed(2).replace(".", texts.decimal_point)} s`].filter(Boolean).join(" · "));
  }
  const at = clock(time.from(x), 0.01);
  lines.push(part === "plot" ? `${noteText(pitch.from(y))} · ${centsText(view, pitch.from(y))} · ${at}` : at);
  ctx.font = `500 12px ${view.theme.font}`;
  const width = Math.max(...lines.map((line) => ctx.measureText(line).width)) + 16;
  const height = lines.length * 17 + 9;
  const left = x + 16 + width > plot.right ? x - 16 - width : x + 16;
  const top = Math.max(plot.top + 2, Math.min(y - height - 10, plot.bottom - height));
  ctx.fillStyle = withAlpha(view.theme.background, 0.94);
  ctx.strokeStyle = view.theme.faint;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.roundRect(left, top, width, height, 6);
  ctx.fill();
  ctx.stroke();
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  lines.forEach((line, i) => {
    ctx.fillStyle = i === 0 ? view.theme.text : view.theme.muted;
    ctx.font = `${i === 0 ? 600 : 400} 12px ${view.theme.font}`;
    ctx.fillText(line, left + 8, top + 13 + i * 17);
  });
}
