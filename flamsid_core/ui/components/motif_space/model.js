// What is shown: the payload's arrays with the few things worked out from them. No DOM in here.

import { textAt } from "../shared/wire.js";
import { patternLevels } from "./glyph.js";

export function buildModel({ head, arrays }) {
  const { x, y, category } = arrays;
  const counts = new Uint32Array(head.categories.length);
  for (let i = 0; i < category.length; i++) counts[category[i]]++;
  const levels = head.patterns.map(patternLevels);
  return {
    head,
    x,
    y,
    category,
    counts,
    shown: x.length,
    patterns: arrays.pattern ? head.patterns : null,
    levels: (i) => levels[arrays.pattern[i]],
    id: (i) => (arrays.ids ? textAt(arrays.ids, arrays.id_offsets, i) : String(i)),
    describe: (i) => head.labels.map(({ name, texts }, k) => ({ name, text: texts[arrays[`label_${k}`][i]].replace(/(^| )-(?=\d)/g, "$1−") })),
  };
}

/** Flags of the points listed in `rows`. */
export function flagsOf(rows, n) {
  const flags = new Uint8Array(n);
  for (const row of rows) flags[row] = 1;
  return flags;
}

export function countFlags(flags) {
  let count = 0;
  for (let i = 0; i < flags.length; i++) count += flags[i];
  return count;
}

/** Row numbers whose flag is set, in reading order of the map: left to right. */
export function rowsLeftToRight(flags, x) {
  const rows = [];
  for (let i = 0; i < flags.length; i++) if (flags[i]) rows.push(i);
  return rows.sort((a, b) => x[a] - x[b]);
}
