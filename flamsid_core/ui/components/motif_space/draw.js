// Drawing the map: points as pixels, small contours when there is room for them, and what moves above.

import { linear } from "../shared/scales.js";
import { withAlpha } from "../shared/theme.js";
import { near } from "./grid.js";
import { glyphLine } from "./glyph.js";
import { clear, crowded, densityRoom, discRadius, splatDensity, splatDiscs } from "./splat.js";

export const GLYPHS_UNDER = 420;
const GLYPH = { width: 34, height: 15, pad: 4 };
const DIMMED = 0.16;

/** Scales from map to CSS pixels: equal in both directions, y upwards. */
export function scales({ width, height, centre, magnification }) {
  const [halfWidth, halfHeight] = [width / 2 / magnification, height / 2 / magnification];
  return {
    x: linear(centre[0] - halfWidth, centre[0] + halfWidth, 0, width),
    y: linear(centre[1] - halfHeight, centre[1] + halfHeight, height, 0),
  };
}

/** Paint all points; answers how many are in view. */
export function drawPoints(ctx, view) {
  const { model, theme } = view;
  const ratio = ctx.getTransform().a;
  const [width, height] = [ctx.canvas.width, ctx.canvas.height];
  view.picture ??= {};
  if (view.picture.width !== width || view.picture.height !== height) {
    const image = ctx.createImageData(width, height);
    view.picture = { image, pixels: image.data, width, height };
  }
  const { picture } = view;
  clear(picture, theme.backgroundRgb);
  const radius = discRadius(model.shown, view.magnification / view.fitted) * ratio;
  const seen = gather(view, ratio, Math.ceil(radius) + 1);
  const inView = seen.reduce((sum, points) => sum + points.count, 0);
  if (crowded(inView, radius, width * height)) {
    if (view.room?.weight.length !== width * height) view.room = densityRoom(width, height);
    for (const points of seen) if (points.count) splatDensity(picture, view.room, points);
  } else {
    for (const points of seen) splatDiscs(picture, points, radius, points.count > 2000 ? 0.5 : 0.6);
  }
  ctx.putImageData(picture.image, 0, 0);
  if (model.patterns && inView && inView <= GLYPHS_UNDER) drawGlyphs(ctx, view, seen.at(-1), radius / ratio);
  return inView;
}

/** Pixel positions and packed colours of the shown points in view: first those not selected (dimmed), then the rest. */
export function gather(view, ratio, margin) {
  const { model, selection, selectedCount, theme } = view;
  const { x, y, category } = model;
  const scale = scales(view);
  const pack = ([r, g, b]) => (b << 16) | (g << 8) | r;
  const plain = view.colourRgb.map(pack);
  const [br, bg, bb] = theme.backgroundRgb;
  const dim = view.colourRgb.map(([r, g, b]) => pack([br + (r - br) * DIMMED, bg + (g - bg) * DIMMED, bb + (b - bb) * DIMMED].map(Math.round)));
  const lists = selectedCount ? [room(view, 0), room(view, 1)] : [room(view, 0)];
  const [ax, bx] = [scale.x.slope * ratio, (scale.x.r0 - scale.x.d0 * scale.x.slope) * ratio];
  const [ay, by] = [scale.y.slope * ratio, (scale.y.r0 - scale.y.d0 * scale.y.slope) * ratio];
  const [right, bottom] = [view.width * ratio + margin, view.height * ratio + margin];
  for (let i = 0; i < x.length; i++) {
    if (view.hidden[category[i]]) continue;
    const px = ax * x[i] + bx;
    const py = ay * y[i] + by;
    if (px < -margin || py < -margin || px > right || py > bottom) continue;
    const lit = !selectedCount || selection[i];
    const list = lists.length === 1 ? lists[0] : lists[lit ? 1 : 0];
    list.px[list.count] = px;
    list.py[list.count] = py;
    list.colour[list.count] = lit ? plain[category[i]] : dim[category[i]];
    list.row[list.count++] = i;
  }
  return lists;
}

function room(view, k) {
  view.lists ??= [];
  const n = view.model.x.length;
  if (view.lists[k]?.px.length !== n) {
    view.lists[k] = { px: new Int32Array(n), py: new Int32Array(n), colour: new Uint32Array(n), row: new Uint32Array(n), count: 0 };
  }
  view.lists[k].count = 0;
  return view.lists[k];
}

/** Each motif's contour beside its point, leaving out those that would lie on another. */
export function drawGlyphs(ctx, view, points, radius) {
  const taken = [];
  const scale = scales(view);
  const { width, height, pad } = GLYPH;
  ctx.lineJoin = "miter";
  for (let k = 0; k < points.count; k++) {
    const i = points.row[k];
    const [cx, cy] = [scale.x.to(view.model.x[i]), scale.y.to(view.model.y[i])];
    // At the right edge it stands on the other side of its point, so that it is not cut off.
    const side = cx + radius + 5 + width > view.width ? -radius - 5 - width : radius + 5;
    const [left, top] = [cx + side, cy - height / 2];
    const lies = ([x, y]) => Math.abs(x - left) < width + pad && Math.abs(y - top) < height + pad;
    if (taken.some(lies)) continue;
    taken.push([left, top]);
    ctx.beginPath();
    glyphLine(view.model.levels(i), width, height).forEach(([gx, gy], n) => {
      if (n) ctx.lineTo(left + gx, top + gy);
      else ctx.moveTo(left + gx, top + gy);
    });
    // A rim of paper keeps the contour readable where it crosses other points.
    ctx.strokeStyle = withAlpha(view.theme.background, 0.8);
    ctx.lineWidth = 4;
    ctx.stroke();
    ctx.strokeStyle = view.colours[view.model.category[i]];
    ctx.lineWidth = 1.6;
    ctx.stroke();
  }
}

/** What moves: lasso or box, rings round the pointed, chosen and sounding points, and the tooltip. */
export function drawOverlay(ctx, view) {
  const { theme } = view;
  const scale = scales(view);
  ctx.clearRect(0, 0, view.width, view.height);
  if (view.lasso?.length > 1) {
    ctx.beginPath();
    view.lasso.forEach(([x, y], k) => (k ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    ctx.closePath();
    ctx.fillStyle = withAlpha(theme.accent, 0.12);
    ctx.fill();
    ctx.strokeStyle = theme.accent;
    ctx.lineWidth = 1.5;
    ctx.setLineDash([5, 4]);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  const radius = discRadius(view.model.shown, view.magnification / view.fitted) + 2.5;
  const ring = (i, colour, size, line) => {
    if (i < 0 || i >= view.model.x.length) return;
    ctx.beginPath();
    ctx.arc(scale.x.to(view.model.x[i]), scale.y.to(view.model.y[i]), size, 0, 2 * Math.PI);
    ctx.strokeStyle = colour;
    ctx.lineWidth = line;
    ctx.stroke();
  };
  for (const i of [view.clicked, view.focus]) {
    ring(i, theme.background, radius + 3, 4);
    ring(i, theme.text, radius + 3, 2);
  }
  if (view.sounding >= 0) {
    ring(view.sounding, theme.accent, radius + 5, 2.5);
    ring(view.sounding, withAlpha(theme.accent, 0.35), radius + 10, 2);
  }
  if (view.hover >= 0 && !view.lasso) {
    ring(view.hover, theme.text, radius + 1, 1.5);
    drawTooltip(ctx, view, scale);
  }
}

function drawTooltip(ctx, view, scale) {
  const { theme, model } = view;
  const i = view.hover;
  const lines = model.describe(i);
  const glyph = model.patterns ? 26 : 0;
  ctx.font = `600 12px ${theme.font}`;
  const names = Math.max(0, ...lines.map(({ name }) => (name ? ctx.measureText(name).width + 10 : 0)));
  const width = Math.max(90, ...lines.map(({ text }) => names + ctx.measureText(text).width)) + 30;
  const height = lines.length * 18 + 12 + glyph;
  const [x, y] = [scale.x.to(model.x[i]), scale.y.to(model.y[i])];
  const left = x + 18 + width > view.width - 4 ? x - 18 - width : x + 18;
  const top = Math.max(4, Math.min(y - height / 2, view.height - height - 4));
  ctx.fillStyle = withAlpha(theme.background, 0.96);
  ctx.strokeStyle = theme.faint;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.roundRect(left, top, width, height, 8);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = view.colours[model.category[i]];
  ctx.fillRect(left, top + 8, 3, height - 16);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  lines.forEach(({ name, text }, k) => {
    ctx.font = `400 12px ${theme.font}`;
    ctx.fillStyle = theme.muted;
    ctx.fillText(name, left + 14, top + 15 + k * 18);
    ctx.font = `600 12px ${theme.font}`;
    ctx.fillStyle = theme.text;
    ctx.fillText(text, left + 14 + names, top + 15 + k * 18);
  });
  if (!glyph) return;
  ctx.strokeStyle = view.colours[model.category[i]];
  ctx.lineWidth = 2;
  ctx.beginPath();
  glyphLine(model.levels(i), Math.min(width - 28, 90), 16).forEach(([gx, gy], n) => {
    if (n) ctx.lineTo(left + 14 + gx, top + height - 25 + gy);
    else ctx.moveTo(left + 14 + gx, top + height - 25 + gy);
  });
  ctx.stroke();
}

/** Rows of the shown points in the visible part of the map. */
export function visibleRows(view) {
  const scale = scales(view);
  const rows = [];
  near(view.grid, scale.x.d0, scale.x.d1, scale.y.d0, scale.y.d1, (i) => {
    if (!view.hidden[view.model.category[i]]) rows.push(i);
  });
  return rows;
}
