// The map as a figure for a paper: every point a shape, with its title and the legend. No DOM in here.

import { withAlpha } from "../shared/theme.js";
import { drawGlyphs, gather, GLYPHS_UNDER } from "./draw.js";
import { discRadius } from "./splat.js";

const FINE = 4; // points are gathered on a grid of a quarter pixel
const MOST_NAMES = 24;
const LINE_PX = 18;
const MARGIN_PX = 12;

/** Draw what is seen of the map on an `SvgContext` or a canvas. */
export function drawFigure(ctx, view) {
  const { model, theme } = view;
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, view.width, view.height);
  const radius = discRadius(model.shown, view.magnification / view.fitted);
  const lists = gather(view, FINE, FINE * Math.ceil(radius));
  for (const points of lists) {
    // One path a colour: a file of a hundred thousand points stays small.
    const byColour = new Map();
    for (let k = 0; k < points.count; k++) {
      const rows = byColour.get(points.colour[k]) ?? [];
      byColour.set(points.colour[k], rows);
      rows.push(k);
    }
    for (const [packed, rows] of byColour) {
      ctx.fillStyle = `rgba(${packed & 255}, ${(packed >> 8) & 255}, ${packed >> 16}, 0.9)`;
      ctx.beginPath();
      for (const k of rows) {
        const [x, y] = [points.px[k] / FINE, points.py[k] / FINE];
        ctx.moveTo(x + radius, y);
        ctx.arc(x, y, radius, 0, 2 * Math.PI);
      }
      ctx.fill();
    }
  }
  const inView = lists.reduce((sum, points) => sum + points.count, 0);
  if (model.patterns && inView && inView <= GLYPHS_UNDER) drawGlyphs(ctx, view, lists.at(-1), radius);
  drawLegend(ctx, view);
}

/** The title in one corner and the shown categories with their colours in the other. */
export function drawLegend(ctx, view) {
  const { model, theme } = view;
  const order = [...model.head.categories.keys()].filter((code) => !view.hidden[code]);
  order.sort((a, b) => model.counts[b] - model.counts[a]);
  const names = order.slice(0, MOST_NAMES);
  const longest = Math.max(0, ...names.map((code) => model.head.categories[code].name.length));
  const width = Math.min(view.width / 2, 40 + 7 * longest);
  const left = view.width - width - MARGIN_PX;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.font = `600 13px ${theme.font}`;
  ctx.fillStyle = theme.text;
  ctx.fillText(model.head.title, MARGIN_PX, MARGIN_PX + 8);
  ctx.fillStyle = withAlpha(theme.background, 0.85);
  ctx.fillRect(left, MARGIN_PX, width, LINE_PX * names.length + 8);
  ctx.font = `400 12px ${theme.font}`;
  names.forEach((code, k) => {
    const y = MARGIN_PX + 4 + LINE_PX * (k + 0.5);
    ctx.fillStyle = view.colours[code];
    ctx.beginPath();
    ctx.arc(left + 12, y, 4.5, 0, 2 * Math.PI);
    ctx.fill();
    ctx.fillStyle = theme.text;
    ctx.fillText(model.head.categories[code].name, left + 24, y);
  });
}
