// The spectrum of a stretch of sound along a pitch axis. No DOM in here.

/** Make a transform for real windows of `size` samples (a power of two): in place on separate real and imaginary parts. */
export function makeTransform(size) {
  const bits = Math.log2(size);
  const reversed = new Uint32Array(size);
  for (let i = 0; i < size; i++) reversed[i] = (reversed[i >> 1] >> 1) | ((i & 1) << (bits - 1));
  const cosine = Float32Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sine = Float32Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size));
  return (real, imaginary) => {
    for (let i = 0; i < size; i++) {
      const j = reversed[i];
      if (j <= i) continue;
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const [c, s] = [cosine[k * stride], -sine[k * stride]];
          const [a, b] = [start + k, start + k + half];
          const re = real[b] * c - imaginary[b] * s;
          const im = real[b] * s + imaginary[b] * c;
          real[b] = real[a] - re;
          imaginary[b] = imaginary[a] - im;
          real[a] += re;
          imaginary[a] += im;
        }
      }
    }
  };
}

/**
 * Loudness (dB, 0 for a full-scale sine) at given frequencies around each of `columns` moments, `hop` samples apart,
 * the first at sample `first` of `signal`; beyond the signal is silence. Rows follow `frequencies`, column by column.
 */
export function pitchSpectrum(signal, sampleRate, first, hop, columns, frequencies, size = 4096) {
  const transform = makeTransform(size);
  const window = Float32Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const [real, imaginary] = [new Float32Array(size), new Float32Array(size)];
  const loudness = new Float32Array(size / 2);
  const out = new Float32Array(columns * frequencies.length);
  const bins = frequencies.map((hz) => Math.min(size / 2 - 2, (hz * size) / sampleRate));
  for (let column = 0; column < columns; column++) {
    const start = Math.round(first + column * hop) - size / 2;
    for (let i = 0; i < size; i++) real[i] = (signal[start + i] ?? 0) * window[i];
    imaginary.fill(0);
    transform(real, imaginary);
    for (let i = 0; i < size / 2; i++) {
      loudness[i] = 10 * Math.log10((real[i] ** 2 + imaginary[i] ** 2) / (size / 4) ** 2 + 1e-12);
    }
    for (let row = 0; row < bins.length; row++) {
      const bin = Math.floor(bins[row]);
      const share = bins[row] - bin;
      out[column * bins.length + row] = loudness[bin] * (1 - share) + loudness[bin + 1] * share;
    }
  }
  return out;
}
