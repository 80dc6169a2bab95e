// The spectrogram behind the contour: tiles worked out when they come into view, one at a time while nothing else
// is to be done, and kept. Each has 128 columns; how far these lie apart doubles from one zoom level to the next.

import { centsToHz } from "../shared/scales.js";
import { parseColour } from "../shared/theme.js";
import { pitchSpectrum } from "./fourier.js";

const COLUMNS = 128;
const FINEST_HOP_S = 0.0025;
const ROW_CENTS = 12;
const KEPT_TILES = 160;
const FLOOR_DB = -62;
const CEILING_DB = -18;
const OPAQUE = 0.8;
const CONTRAST = 2;
const PADDING_S = 0.1;
const LONGEST_TILE_S = 60;

export class Spectrogram {
  #tiles = new Map();
  #busy = false;
  #wanted = [];

  /** `sound(start, end)` resolves to an AudioBuffer of that span, or null; `onready` is called when a tile is there. */
  constructor(sound, onready) {
    Object.assign(this, { sound, onready });
  }

  draw(ctx, view, { time, pitch }) {
    const hop = hopFor(1.5 / time.slope);
    const length = hop * COLUMNS;
    this.#wanted = [];
    if (length > LONGEST_TILE_S) return;
    const [low, high] = this.#range(view.model);
    const [top, bottom] = [pitch.to(high), pitch.to(low)];
    const last = Math.min(Math.ceil(view.window[1] / length), Math.ceil(view.model.durationS / length));
    ctx.imageSmoothingEnabled = true;
    for (let k = Math.max(0, Math.floor(view.window[0] / length)); k < last; k++) {
      const tile = this.#tiles.get(this.#key(view, hop, k));
      // Whole pixels, because two half-covered edges side by side would show as a line.
      const [left, right] = [Math.round(time.to(k * length)), Math.round(time.to((k + 1) * length))];
      if (tile) ctx.drawImage(tile, left, top, right - left, bottom - top);
      else if (tile === undefined) this.#wanted.push({ view, hop, k });
    }
    this.#next();
  }

  #key = (view, hop, k) => `${view.theme.dark} ${hop} ${k}`;
  // As far as the axis can be moved.
  #range = ({ pitchRange: [low, high] }) => [2 * low - high, 2 * high - low];

  async #next() {
    if (this.#busy || !this.#wanted.length) return;
    this.#busy = true;
    const { view, hop, k } = this.#wanted.shift();
    const key = this.#key(view, hop, k);
    try {
      await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
      this.#tiles.set(key, await this.#make(view, hop, k));
    } catch (error) {
      this.#tiles.set(key, null);
      console.warn("flamsid: no spectrogram", error);
    }
    if (this.#tiles.size > KEPT_TILES) this.#tiles.delete(this.#tiles.keys().next().value);
    this.#busy = false;
    this.onready();
  }

  async #make(view, hop, k) {
    const { model, theme } = view;
    const start = k * COLUMNS * hop;
    const from = Math.max(0, start - PADDING_S);
    const buffer = await this.sound(from, Math.min(model.durationS, start + COLUMNS * hop + PADDING_S));
    if (!buffer) return null;
    const [low, high] = this.#range(model);
    const rows = Math.round((high - low) / ROW_CENTS);
    const frequencies = Array.from({ length: rows }, (_, row) => centsToHz(high - (row + 0.5) * ROW_CENTS));
    const rate = buffer.sampleRate;
    const signal = buffer.getChannelData(0);
    const values = pitchSpectrum(signal, rate, (start - from) * rate, hop * rate, COLUMNS, frequencies);
    return paint(values, rows, theme);
  }
}

/** The hop of the level of detail whose columns lie at most `seconds` apart, a power of two above the finest. */
function hopFor(seconds) {
  return FINEST_HOP_S * 2 ** Math.max(0, Math.floor(Math.log2(seconds / FINEST_HOP_S)));
}

function paint(values, rows, theme) {
  const tile = document.createElement("canvas");
  tile.width = COLUMNS;
  tile.height = rows;
  const ctx = tile.getContext("2d");
  const image = ctx.createImageData(COLUMNS, rows);
  const [r, g, b] = parseColour(theme.text);
  for (let column = 0; column < COLUMNS; column++) {
    for (let row = 0; row < rows; row++) {
      const strength = (values[column * rows + row] - FLOOR_DB) / (CEILING_DB - FLOOR_DB);
      const at = 4 * (row * COLUMNS + column);
      image.data.set([r, g, b, 255 * OPAQUE * Math.min(1, Math.max(0, strength)) ** CONTRAST], at);
    }
  }
  ctx.putImageData(image, 0, 0);
  return tile;
}
