// The browser's end of `_wire.py`: a JSON head and aligned arrays in one block of bytes.

const KINDS = {
  f4: Float32Array,
  f8: Float64Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
};

/** Split a block into `{head, arrays}`. The arrays share one buffer with the block where its alignment allows. */
export function unpack(bytes) {
  // A message arrives as a slice of a larger buffer, at any offset; typed arrays need theirs on a multiple of 8.
  const block = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const headLength = view.getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(block.subarray(4, 4 + headLength)));
  const body = block.byteOffset + 4 + headLength;
  const arrays = {};
  for (const [name, [kind, offset, length]] of Object.entries(head.arrays)) {
    arrays[name] = new KINDS[kind](block.buffer, body + offset, length);
  }
  return { head, arrays };
}

/** Text number `i` of a UTF-8 block with offsets. */
export function textAt(blob, offsets, i) {
  return new TextDecoder().decode(blob.subarray(offsets[i], offsets[i + 1]));
}

/** Flags (0 or 1, one a row) as base64, eight rows to a byte, lowest bit first. */
export function packBits(flags) {
  const bytes = new Uint8Array(Math.ceil(flags.length / 8));
  for (let i = 0; i < flags.length; i++) if (flags[i]) bytes[i >> 3] |= 1 << (i & 7);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}
