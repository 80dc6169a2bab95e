// Sound files to AudioBuffers, kept while they are likely to be wanted again.

import { stage } from "./stage.js";

const KEPT_SECONDS = 600;

/** A cache of decoded sounds by address; the least recently used go first once they exceed ten minutes. */
export class SoundCache {
  #buffers = new Map();

  async get(url) {
    if (this.#buffers.has(url)) {
      const found = this.#buffers.get(url);
      this.#buffers.delete(url);
      this.#buffers.set(url, found);
      return found;
    }
    const pending = fetchSound(url);
    this.#buffers.set(url, pending);
    pending.catch(() => this.#buffers.delete(url));
    const buffer = await pending;
    await this.#trim(url);
    return buffer;
  }

  async #trim(latest) {
    let seconds = 0;
    for (const [url, pending] of [...this.#buffers].reverse()) {
      const buffer = await pending.catch(() => null);
      seconds += buffer?.duration ?? 0;
      if (seconds > KEPT_SECONDS && url !== latest) this.#buffers.delete(url);
    }
  }

  clear() {
    this.#buffers.clear();
  }
}

async function fetchSound(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} for ${url}`);
  return stage().context.decodeAudioData(await response.arrayBuffer());
}

/** Cut [startS, endS] out of a decoded sound, to the sample. */
export function cut(buffer, startS, endS) {
  const first = Math.max(0, Math.round(startS * buffer.sampleRate));
  const last = Math.min(buffer.length, Math.round(endS * buffer.sampleRate));
  const length = Math.max(1, last - first);
  const piece = new AudioBuffer({ numberOfChannels: buffer.numberOfChannels, length, sampleRate: buffer.sampleRate });
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    piece.copyToChannel(buffer.getChannelData(channel).subarray(first, last), channel);
  }
  return piece;
}

/** A decoded sound as a WAV file (32-bit float), for the media element that can slow it down. */
export function wavBlob(buffer) {
  const { numberOfChannels: channels, length, sampleRate } = buffer;
  const bytes = new ArrayBuffer(44 + length * channels * 4);
  const view = new DataView(bytes);
  const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, bytes.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 3, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 4, true);
  view.setUint16(32, channels * 4, true);
  view.setUint16(34, 32, true);
  text(36, "data");
  view.setUint32(40, length * channels * 4, true);
  for (let channel = 0; channel < channels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let i = 0; i < length; i++) view.setFloat32(44 + (i * channels + channel) * 4, samples[i], true);
  }
  return new Blob([bytes], { type: "audio/wav" });
}
