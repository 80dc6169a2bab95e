// Finding points: a grid whose cells list the points in them, and what lies inside a polygon or box. No DOM in here.

const POINTS_PER_CELL = 3;

/** Sort points into cells (counting sort): `order` lists point numbers cell by cell, `first` where each cell begins. */
export function buildGrid(x, y) {
  const bounds = extent(x, y);
  const side = Math.max(1, Math.ceil(Math.sqrt(x.length / POINTS_PER_CELL)));
  const cellWidth = Math.max((bounds.right - bounds.left) / side, 1e-12);
  const cellHeight = Math.max((bounds.top - bounds.bottom) / side, 1e-12);
  const cellOf = (px, py) => {
    const column = Math.min(side - 1, Math.floor((px - bounds.left) / cellWidth));
    return Math.min(side - 1, Math.floor((py - bounds.bottom) / cellHeight)) * side + column;
  };
  const first = new Uint32Array(side * side + 1);
  const cells = new Uint32Array(x.length);
  for (let i = 0; i < x.length; i++) first[(cells[i] = cellOf(x[i], y[i])) + 1]++;
  for (let cell = 0; cell < side * side; cell++) first[cell + 1] += first[cell];
  const next = first.slice();
  const order = new Uint32Array(x.length);
  for (let i = 0; i < x.length; i++) order[next[cells[i]]++] = i;
  return { x, y, bounds, side, cellWidth, cellHeight, first, order };
}

export function extent(x, y) {
  const bounds = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (let i = 0; i < x.length; i++) {
    if (x[i] < bounds.left) bounds.left = x[i];
    if (x[i] > bounds.right) bounds.right = x[i];
    if (y[i] < bounds.bottom) bounds.bottom = y[i];
    if (y[i] > bounds.top) bounds.top = y[i];
  }
  return x.length ? bounds : { left: 0, right: 1, bottom: 0, top: 1 };
}

/** Call `visit(i)` for every point in a cell that touches the box. */
export function near(grid, left, right, bottom, top, visit) {
  const { bounds, side, cellWidth, cellHeight, first, order } = grid;
  const clampCell = (value) => Math.max(0, Math.min(side - 1, value));
  const [c0, c1] = [left, right].map((v) => clampCell(Math.floor((v - bounds.left) / cellWidth)));
  const [r0, r1] = [bottom, top].map((v) => clampCell(Math.floor((v - bounds.bottom) / cellHeight)));
  for (let row = r0; row <= r1; row++) {
    for (let k = first[row * side + c0]; k < first[row * side + c1 + 1]; k++) visit(order[k]);
  }
}

/** The accepted point nearest to (px, py) within `radius`, or -1; of equals, the one drawn last. */
export function nearest(grid, px, py, radius, accepts = () => true) {
  let best = -1;
  let least = radius * radius;
  near(grid, px - radius, px + radius, py - radius, py + radius, (i) => {
    const distance = (grid.x[i] - px) ** 2 + (grid.y[i] - py) ** 2;
    if ((distance < least || (distance === least && i > best)) && accepts(i)) {
      least = distance;
      best = i;
    }
  });
  return best;
}

/** Whether (px, py) lies inside the polygon with corners (xs, ys), by the even-odd rule. */
export function insidePolygon(xs, ys, px, py) {
  let inside = false;
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    if (ys[i] > py !== ys[j] > py && px < ((xs[j] - xs[i]) * (py - ys[i])) / (ys[j] - ys[i]) + xs[i]) inside = !inside;
  }
  return inside;
}

/** Flags (0 or 1, one a point) of the accepted points inside a polygon [[x, y], …]. */
export function selectPolygon(grid, polygon, accepts = () => true) {
  const flags = new Uint8Array(grid.x.length);
  if (polygon.length < 3) return flags;
  const xs = Float64Array.from(polygon, ([px]) => px);
  const ys = Float64Array.from(polygon, ([, py]) => py);
  const box = extent(xs, ys);
  near(grid, box.left, box.right, box.bottom, box.top, (i) => {
    if (insidePolygon(xs, ys, grid.x[i], grid.y[i]) && accepts(i)) flags[i] = 1;
  });
  return flags;
}

/** The corners of a box as a polygon. */
export const boxPolygon = ([x0, y0], [x1, y1]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
