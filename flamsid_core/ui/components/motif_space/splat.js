// Painting many points straight into pixels: a canvas call for each of 100,000 discs takes too long for a hand that
// pans. Two looks: discs, and density where discs would lie on one another. No DOM in here.

/** The coverage (0..1) of a disc of `radius` pixels, as offsets and weights; softened over one pixel at the rim. */
export function discStamp(radius) {
  const reach = Math.ceil(radius);
  const stamp = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover > 0.02) stamp.push([dx, dy, cover]);
    }
  }
  return stamp;
}

/** Fill a picture (RGBA bytes) with one opaque colour. */
export function clear({ pixels }, [r, g, b]) {
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
  words.fill((255 << 24) | (b << 16) | (g << 8) | r);
}

/**
 * Blend discs over a picture. `place(i)` is told each point and answers through `at` (pixel column and row);
 * `colours` are [r, g, b] by code, `alphas` the opacity by state of a point (0 leaves it out).
 */
export function splatDiscs(picture, points, radius, opacity) {
  const { pixels, width, height } = picture;
  const reach = Math.ceil(radius);
  const stamp = discStamp(radius);
  const { px, py, count, colour } = points;
  for (let k = 0; k < count; k++) {
    const [cx, cy] = [px[k], py[k]];
    if (cx < reach || cy < reach || cx >= width - reach || cy >= height - reach) continue;
    const rgb = colour[k];
    const [r, g, b] = [rgb & 255, (rgb >> 8) & 255, (rgb >> 16) & 255];
    for (let s = 0; s < stamp.length; s++) {
      const at = 4 * ((cy + stamp[s][1]) * width + cx + stamp[s][0]);
      const a = stamp[s][2] * opacity;
      pixels[at] += (r - pixels[at]) * a;
      pixels[at + 1] += (g - pixels[at + 1]) * a;
      pixels[at + 2] += (b - pixels[at + 2]) * a;
    }
  }
}

// A soft 3 × 3 dab: single points stay visible, crowds add up.
const DAB = [[0, 0, 1], [1, 0, 0.55], [-1, 0, 0.55], [0, 1, 0.55], [0, -1, 0.55], [1, 1, 0.25], [-1, 1, 0.25], [1, -1, 0.25], [-1, -1, 0.25]];
const FAINTEST = 0.42;

/** Room to add up density in, kept from frame to frame. */
export function densityRoom(width, height) {
  return { width, height, weight: new Float32Array(width * height), red: new Float32Array(width * height), green: new Float32Array(width * height), blue: new Float32Array(width * height) };
}

/** Shade by how many points fall on a pixel (on a log scale, so that crowds and strays both show), hue by their mix. */
export function splatDensity(picture, room, points) {
  const { pixels, width, height } = picture;
  const { weight, red, green, blue } = room;
  weight.fill(0);
  red.fill(0);
  green.fill(0);
  blue.fill(0);
  const { px, py, count, colour } = points;
  for (let k = 0; k < count; k++) {
    const [cx, cy] = [px[k], py[k]];
    if (cx < 1 || cy < 1 || cx >= width - 1 || cy >= height - 1) continue;
    const rgb = colour[k];
    const [r, g, b] = [rgb & 255, (rgb >> 8) & 255, (rgb >> 16) & 255];
    for (let s = 0; s < DAB.length; s++) {
      const at = (cy + DAB[s][1]) * width + cx + DAB[s][0];
      const w = DAB[s][2];
      weight[at] += w;
      red[at] += w * r;
      green[at] += w * g;
      blue[at] += w * b;
    }
  }
  const scale = 1 / Math.log1p(Math.max(4, brightAt(weight)));
  for (let at = 0; at < weight.length; at++) {
    const w = weight[at];
    if (w === 0) continue;
    const a = Math.min(1, Math.min(w, 1) * (FAINTEST + (1 - FAINTEST) * Math.log1p(w) * scale));
    const p = 4 * at;
    pixels[p] += (red[at] / w - pixels[p]) * a;
    pixels[p + 1] += (green[at] / w - pixels[p + 1]) * a;
    pixels[p + 2] += (blue[at] / w - pixels[p + 2]) * a;
  }
}

/** The density from which on a pixel is as full as it gets: that of the densest tenth, not of one heap. */
function brightAt(weight) {
  const counts = new Uint32Array(1024);
  let inked = 0;
  for (let at = 0; at < weight.length; at++) {
    if (weight[at] === 0) continue;
    inked++;
    counts[Math.min(1023, Math.floor(weight[at] * 4))]++;
  }
  let seen = 0;
  for (let bin = 1023; bin > 0; bin--) if ((seen += counts[bin]) > inked * 0.1) return bin / 4;
  return 0;
}

/** How large a disc should be (CSS pixels), for `count` points magnified `zoom` times. */
export function discRadius(count, zoom) {
  const base = count > 50_000 ? 1.3 : count > 5_000 ? 1.9 : count > 800 ? 2.8 : 4;
  return Math.min(7, base * Math.max(1, zoom) ** 0.35);
}

/** Whether discs would hide one another: more ink than a third of the paper. */
export const crowded = (count, radius, area) => count * Math.PI * radius * radius > 0.33 * area;
