// Marks of a person's layers: a row of each layer along the upper edge of the plot.

import { withAlpha } from "../shared/theme.js";

const ROW = 16;
const POINT_PX = 5;

/** The layers in order, with the row that each is drawn in. */
export function rowsOf(marks) {
  return new Map([...new Set(marks.map(({ layer }) => layer))].map((layer, row) => [layer, row]));
}

const placeOf = (mark, rows, { time }, { plot }) => {
  const left = time.to(mark.start);
  const right = mark.end === null || mark.end === undefined ? left : time.to(mark.end);
  return { left, right, top: plot.top + 2 + rows.get(mark.layer) * ROW };
};

export function drawMarks(ctx, view, scale) {
  const { marks = [] } = view.model;
  const rows = rowsOf(marks);
  ctx.font = `500 11px ${view.theme.font}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (const mark of marks) {
    const { left, right, top } = placeOf(mark, rows, scale, view.layout);
    if (right < view.layout.plot.left || left > view.layout.plot.right) continue;
    const { palette } = view.model.head;
    const colour = mark.colour || palette[rows.get(mark.layer) % palette.length];
    ctx.fillStyle = withAlpha(colour, mark.mark_id === view.mark ? 0.6 : 0.28);
    const width = Math.max(right - left, 2);
    ctx.fillRect(left, top, width, ROW - 2);
    ctx.fillStyle = colour;
    ctx.fillRect(left, top, 2, ROW - 2);
    if (right === left) ctx.fillRect(left - 0.5, top, 1, view.layout.plot.bottom - top);
    const text = mark.text || mark.layer;
    ctx.fillStyle = view.theme.text;
    if (right === left || ctx.measureText(text).width + 8 < width) ctx.fillText(text, Math.max(left, view.layout.plot.left) + 5, top + ROW / 2 - 1);
  }
}

/** The mark at a place, or null. */
export function markAt(view, scale, x, y) {
  const { marks = [] } = view.model;
  const rows = rowsOf(marks);
  return marks.findLast((mark) => {
    const { left, right, top } = placeOf(mark, rows, scale, view.layout);
    return x >= left - POINT_PX && x <= right + POINT_PX && y >= top && y <= top + ROW - 2;
  }) ?? null;
}
