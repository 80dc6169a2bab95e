// Sound in step with the picture. A recording streams through a media element (it seeks by Range requests and slows
// down without changing pitch); a motif or loop is a buffer of exactly its samples, so that it ends where it ends
// and repeats without a gap. The contour's own voice is rendered beside either.

import { SoundCache, cut, wavBlob } from "../shared/spans.js";
import { stage } from "../shared/stage.js";
import { renderVoice, silentState } from "./voice.js";

const WHOLE_IN_MEMORY_S = 900;
const EDGE_S = 0.003;
const PIECE_S = 0.25;
const AHEAD_S = 0.5;
const TICK_MS = 100;
const DRIFT_S = 0.04;

export class Player {
  playing = false;
  loading = false;
  failed = false;
  rate = 1;
  listen = "voice";
  bothEars = false;
  span = null;

  #stage = stage();
  #sounds = new SoundCache();
  #nodes = null;
  #sources = [];
  #element = null;
  #spanElement = null;
  #clock = null;
  #resting = 0;
  #turn = 0;
  #ticker = 0;
  #piece = null;

  /** `pitches.contour` and `pitches.steps` give the pitch (cents) at a time; `onchange` is told of every new state. */
  constructor({ durationS, audioUrl, spanUrl, pitches, onchange }) {
    Object.assign(this, { durationS, audioUrl, spanUrl, pitches, onchange });
  }

  /** Seconds into the recording that sound now. */
  get position() {
    if (!this.playing || !this.#clock) return this.#resting;
    return Math.min(this.#clock(), this.durationS);
  }

  /** Play on from `from`, or the span [start, end] once or again and again. Resolves once it sounds. */
  async play({ from = this.#resting, span = null, loop = false } = {}) {
    const turn = ++this.#turn;
    this.#silence();
    this.failed = false;
    this.span = span ? { start: span[0], end: span[1], loop } : null;
    const start = span ? (from >= span[0] && from < span[1] - 0.01 ? from : span[0]) : from >= this.durationS - 0.02 ? 0 : from;
    this.#resting = start;
    this.playing = true;
    this.#clock = null;
    this.onchange();
    try {
      await this.#stage.take(this, () => this.pause());
      if (span) await this.#startSpan(start, turn);
      else await this.#startStream(start, turn);
    } catch (error) {
      if (turn !== this.#turn || error.name === "AbortError") return;
      this.failed = true;
      // An element that failed once never tries again.
      if (this.#element?.error) this.#element = null;
      this.pause();
      console.warn("flamsid: no sound", error);
    }
    if (turn === this.#turn) this.onchange();
  }

  pause() {
    const here = this.position;
    this.#turn++;
    this.#silence();
    this.playing = false;
    this.loading = false;
    this.#resting = here;
    this.#stage.leave(this);
    this.onchange();
  }

  seek(to) {
    const inside = this.span && to >= this.span.start && to < this.span.end;
    if (this.playing) return this.play({ from: to, span: inside ? [this.span.start, this.span.end] : null, loop: inside && this.span.loop });
    this.#resting = to;
    if (!inside) this.span = null;
    this.onchange();
  }

  /** Change speed, what is heard, or the ears, without losing the place. */
  set(changes) {
    const restart = this.playing && ("rate" in changes || changes.listen !== undefined || "bothEars" in changes);
    const here = this.position;
    Object.assign(this, changes);
    if (restart) this.play({ from: here, span: this.span && [this.span.start, this.span.end], loop: this.span?.loop });
    else this.onchange();
  }

  destroy() {
    this.pause();
    this.onchange = () => {};
    this.#sounds.clear();
    if (this.#element) {
      this.#element.removeAttribute("src");
      this.#element.load();
    }
    this.#nodes?.all.forEach((node) => node.disconnect());
    this.#nodes = this.#element = null;
  }

  /** Decode the recording ahead of the first motif, while nobody waits. */
  warm() {
    if (!this.spanUrl && this.durationS <= WHOLE_IN_MEMORY_S) this.#sounds.get(this.audioUrl).catch(() => {});
  }

  /** The samples of a span, from the server or cut out of the whole. */
  async buffer(start, end) {
    if (this.spanUrl) {
      const url = this.spanUrl.replace("{start}", start.toFixed(6)).replace("{end}", end.toFixed(6));
      return this.#sounds.get(url);
    }
    if (this.durationS > WHOLE_IN_MEMORY_S) return null;
    return cut(await this.#sounds.get(this.audioUrl), start, end);
  }

  get #hearsVoice() {
    return this.listen === "voice" || this.bothEars;
  }

  get #pitch() {
    const kind = this.listen === "voice" ? (this.bothEars ? "contour" : null) : this.listen;
    return kind && this.pitches[kind];
  }

  #mixer() {
    if (!this.#nodes) {
      const context = this.#stage.context;
      const voice = context.createGain();
      const tone = context.createGain();
      const left = context.createStereoPanner();
      const right = context.createStereoPanner();
      voice.connect(left).connect(context.destination);
      tone.connect(right).connect(context.destination);
      this.#nodes = { voice, tone, left, right, all: [voice, tone, left, right] };
    }
    this.#nodes.voice.gain.value = this.#hearsVoice ? 1 : 0;
    this.#nodes.left.pan.value = this.bothEars ? -1 : 0;
    this.#nodes.right.pan.value = this.bothEars ? 1 : 0;
    return this.#nodes;
  }

  async #startSpan(from, turn) {
    const { start, end, loop } = this.span;
    this.loading = true;
    this.onchange();
    const buffer = await this.buffer(start, end);
    if (turn !== this.#turn) return;
    this.loading = false;
    if (!buffer) return this.#startStream(from, turn);
    const context = this.#stage.context;
    const nodes = this.#mixer();
    const { rate } = this;
    const when = context.currentTime + 0.03;
    const ended = () => turn === this.#turn && this.#finish(end);
    let clockSource;
    if (rate === 1) {
      clockSource = this.#schedule(buffer, nodes.voice, when, from - start, loop);
    } else {
      const element = new Audio(URL.createObjectURL(wavBlob(buffer)));
      element.preservesPitch = true;
      element.playbackRate = rate;
      element.loop = loop;
      element.currentTime = from - start;
      const node = context.createMediaElementSource(element);
      node.connect(nodes.voice);
      this.#spanElement = { element, node };
      element.onended = ended;
      await element.play();
      if (turn !== this.#turn) return;
    }
    if (this.#pitch) {
      const samples = renderVoice(this.#pitch, start, (end - start) / rate, context.sampleRate, rate);
      const tone = new AudioBuffer({ length: Math.max(1, samples.length), sampleRate: context.sampleRate });
      tone.copyToChannel(samples, 0);
      this.#schedule(tone, nodes.tone, when, (from - start) / rate, loop);
    }
    if (clockSource) {
      clockSource.onended = ended;
      const length = end - start;
      this.#clock = () => {
        const gone = Math.max(0, context.currentTime - when - latency(context));
        const along = from - start + gone;
        return start + (loop ? along % length : Math.min(along, length));
      };
    } else {
      this.#clock = () => start + this.#spanElement.element.currentTime;
    }
  }

  #schedule(buffer, into, when, offset, loop) {
    const context = this.#stage.context;
    const source = context.createBufferSource();
    const edge = context.createGain();
    source.buffer = buffer;
    source.loop = loop;
    source.connect(edge).connect(into);
    edge.gain.setValueAtTime(0, when);
    edge.gain.linearRampToValueAtTime(1, when + EDGE_S);
    if (!loop) {
      const stop = when + buffer.duration - offset;
      edge.gain.setValueAtTime(1, Math.max(when + EDGE_S, stop - EDGE_S));
      edge.gain.linearRampToValueAtTime(0, Math.max(when + EDGE_S, stop));
    }
    source.start(when, Math.max(0, offset));
    this.#sources.push({ source, edge });
    return source;
  }

  async #startStream(from, turn) {
    const context = this.#stage.context;
    const nodes = this.#mixer();
    if (!this.#element) {
      this.#element = new Audio(this.audioUrl);
      this.#element.preload = "auto";
      this.#element.preservesPitch = true;
      const node = context.createMediaElementSource(this.#element);
      node.connect(nodes.voice);
      nodes.all.push(node);
    }
    const element = this.#element;
    element.playbackRate = this.rate;
    if (Math.abs(element.currentTime - from) > 1e-4) element.currentTime = from;
    element.onended = () => turn === this.#turn && this.#finish(this.durationS);
    this.loading = true;
    await element.play();
    if (turn !== this.#turn) return;
    this.loading = false;
    this.#clock = () => element.currentTime;
    this.#piece = { until: 0, position: from, state: silentState() };
    this.#ticker = setInterval(() => this.#tick(turn), TICK_MS);
    this.#tick(turn);
  }

  /** Keep the contour's voice half a second ahead of a stream, and bring a span that could not be cut to its end. */
  #tick(turn) {
    if (turn !== this.#turn) return;
    const context = this.#stage.context;
    const element = this.#element;
    if (this.span && element.currentTime >= this.span.end) {
      if (this.span.loop) element.currentTime = this.span.start;
      else return this.#finish(this.span.end);
    }
    const pitch = this.#pitch;
    const piece = this.#piece;
    while (pitch && piece.until < context.currentTime + AHEAD_S) {
      const when = Math.max(piece.until, context.currentTime + 0.03);
      const due = element.currentTime + (when - context.currentTime + latency(context)) * this.rate;
      if (Math.abs(due - piece.position) > DRIFT_S) piece.position = due;
      const samples = renderVoice(pitch, piece.position, PIECE_S, context.sampleRate, this.rate, piece.state);
      const buffer = new AudioBuffer({ length: samples.length, sampleRate: context.sampleRate });
      buffer.copyToChannel(samples, 0);
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.#nodes.tone);
      source.start(when);
      source.onended = () => {
        source.disconnect();
        this.#sources = this.#sources.filter((each) => each.source !== source);
      };
      this.#sources.push({ source });
      piece.until = when + buffer.duration;
      piece.position += buffer.duration * this.rate;
    }
  }

  #finish(at) {
    this.pause();
    this.#resting = this.span ? this.span.start : Math.min(at, this.durationS);
    this.onchange();
  }

  #silence() {
    clearInterval(this.#ticker);
    for (const { source, edge } of this.#sources) {
      source.onended = null;
      try {
        source.stop();
      } catch {
        // It never started; nothing to stop.
      }
      source.disconnect();
      edge?.disconnect();
    }
    this.#sources = [];
    this.#element?.pause();
    if (this.#spanElement) {
      const { element, node } = this.#spanElement;
      element.onended = null;
      element.pause();
      node.disconnect();
      URL.revokeObjectURL(element.src);
      this.#spanElement = null;
    }
  }
}

/** How long a sample takes from the context to the ear. */
function latency(context) {
  return Math.min(0.25, context.outputLatency || context.baseLatency || 0);
}
