// A motif's steps as a small contour. No DOM in here.

/** Levels after each step of a pattern such as "+1 -2 +1", beginning at 0; both kinds of minus are read. */
export function patternLevels(pattern) {
  const levels = [0];
  for (const step of pattern.replaceAll("−", "-").match(/[+-]?\d+/g) ?? []) levels.push(levels.at(-1) + Number(step));
  return levels;
}

/** The contour as points of a step line in a box of width × height: [[x, y], …], y downwards. */
export function glyphLine(levels, width, height) {
  const low = Math.min(...levels);
  const span = Math.max(1, Math.max(...levels) - low);
  const wide = width / levels.length;
  return levels.flatMap((level, i) => {
    const y = height - ((level - low) / span) * height;
    return [[i * wide, y], [(i + 1) * wide, y]];
  });
}
