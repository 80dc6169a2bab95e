// What a note carries besides its level: vibrato as a wave of its extent, the glide into it as a slope.

import { withAlpha } from "../shared/theme.js";

// A wave needs so many pixels a cycle to be seen as one; below, its extent is a band.
const CYCLE_PX = 6;
const WAVE_STEP_PX = 1.5;
const LABEL_PX = 52;
const LEAST_BAND_PX = 3;

/** Where the voice is on its way between note i − 1 and note i: [leaves, arrives] in seconds. */
export function glideSpan({ start, end, glide }, i) {
  const half = glide[i] / 2;
  const at = (end[i - 1] + start[i]) / 2;
  return half > 0
    ? [Math.max(at - half, (start[i - 1] + end[i - 1]) / 2), Math.min(at + half, (start[i] + end[i]) / 2)]
    : [end[i - 1], start[i]];
}

/** The vibrato of notes `from` to `to`; its rate stands above it where there is room. */
export function drawVibrato(ctx, view, { time, pitch }, from, to) {
  const { start, end, sung, vibratoHz, vibratoCents } = view.model.segments;
  ctx.lineWidth = 1.25;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.font = `500 10px ${view.theme.font}`;
  for (let i = from; i < to; i++) {
    if (!(vibratoHz[i] > 0)) continue;
    const [left, right] = [time.to(start[i]), time.to(end[i])];
    const [top, bottom] = [pitch.to(sung[i] + vibratoCents[i]), pitch.to(sung[i] - vibratoCents[i])];
    if (right - left < LEAST_BAND_PX) continue;
    ctx.fillStyle = withAlpha(view.theme.accent, 0.14);
    ctx.fillRect(left, top, right - left, bottom - top);
    if (time.slope / vibratoHz[i] < CYCLE_PX) continue;
    ctx.strokeStyle = withAlpha(view.theme.accent, 0.75);
    ctx.beginPath();
    ctx.moveTo(left, pitch.to(sung[i]));
    for (let x = left; x <= right; x += WAVE_STEP_PX) {
      const phase = 2 * Math.PI * vibratoHz[i] * (time.from(x) - start[i]);
      ctx.lineTo(x, pitch.to(sung[i] + vibratoCents[i] * Math.sin(phase)));
    }
    ctx.stroke();
    if (right - left < LABEL_PX) continue;
    ctx.fillStyle = view.theme.muted;
    ctx.fillText(`${vibratoHz[i].toFixed(1)} Hz ±${Math.round(vibratoCents[i])} ¢`, (left + right) / 2, top - 2);
  }
}
