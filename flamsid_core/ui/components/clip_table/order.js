// Which rows are shown, and in which order. No DOM in here.

/** Row numbers sorted by `values` (numbers, or codes of `names`), as they came where values are equal. */
export function sorted(values, names, descending) {
  // Names are compared once each: the selection may have a hundred thousand rows.
  const rank = names ? ranks(names) : null;
  const value = rank ? (i) => rank[values[i]] : (i) => values[i];
  const sign = descending ? -1 : 1;
  return Uint32Array.from(values.keys()).sort((a, b) => sign * (value(a) - value(b)) || a - b);
}

function ranks(names) {
  const order = [...names.keys()].sort((a, b) => names[a].localeCompare(names[b], undefined, { numeric: true }));
  const rank = new Uint32Array(names.length);
  order.forEach((code, place) => (rank[code] = place));
  return rank;
}

/** The rows [from, to) that a window of `height` pixels shows after scrolling, with a few more on either side. */
export function inWindow(scrolled, height, rowHeight, count, more = 6) {
  const from = Math.max(0, Math.floor(scrolled / rowHeight) - more);
  return [Math.min(from, count), Math.min(count, Math.ceil((scrolled + height) / rowHeight) + more)];
}
