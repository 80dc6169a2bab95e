// Hearing points: one at a time, or a selection in turn.

import { SoundCache } from "./spans.js";
import { stage } from "./stage.js";

const EDGE_S = 0.004;
const BETWEEN_S = 0.18;
const MOST_IN_TURN = 300;

export class Clips {
  sounding = -1;
  inTurn = false;
  #stage = stage();
  #cache = new SoundCache();
  #turn = 0;
  #source = null;

  /** `address(i)` is where point i's clip comes from; `onchange` is told when another point sounds. */
  constructor(address, onchange) {
    Object.assign(this, { address, onchange });
  }

  /** Play point i once, from the first to the last sample of its clip. Resolves when it has ended or was replaced. */
  async play(i) {
    const turn = this.#begin();
    await this.#sound(i, turn);
    if (turn === this.#turn) this.stop();
  }

  /** Play points one after another with a short gap. */
  async playInTurn(rows) {
    const turn = this.#begin();
    this.inTurn = true;
    const list = rows.slice(0, MOST_IN_TURN);
    for (let k = 0; k < list.length && turn === this.#turn; k++) {
      if (k + 1 < list.length) this.#cache.get(this.address(list[k + 1])).catch(() => {});
      await this.#sound(list[k], turn);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_S * 1000));
    }
    if (turn === this.#turn) this.stop();
  }

  stop() {
    this.#turn++;
    this.#silence();
    this.#stage.leave(this);
    this.sounding = -1;
    this.inTurn = false;
    this.onchange();
  }

  destroy() {
    this.onchange = () => {};
    this.stop();
    this.#cache.clear();
  }

  #begin() {
    this.#silence();
    this.inTurn = false;
    this.failed = false;
    return ++this.#turn;
  }

  async #sound(i, turn) {
    try {
      await this.#stage.take(this, () => this.stop());
      const buffer = await this.#cache.get(this.address(i));
      if (turn !== this.#turn) return;
      this.sounding = i;
      this.onchange();
      await this.#ended(buffer);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.failed = true;
      console.warn("flamsid: no sound", error);
    }
  }

  #ended(buffer) {
    const context = this.#stage.context;
    const source = context.createBufferSource();
    const edge = context.createGain();
    source.buffer = buffer;
    source.connect(edge).connect(context.destination);
    const when = context.currentTime + 0.01;
    edge.gain.setValueAtTime(0, when);
    edge.gain.linearRampToValueAtTime(1, when + EDGE_S);
    const end = when + buffer.duration;
    edge.gain.setValueAtTime(1, Math.max(when + EDGE_S, end - EDGE_S));
    edge.gain.linearRampToValueAtTime(0, Math.max(when + EDGE_S, end));
    source.start(when);
    return new Promise((resolve) => {
      this.#source = { source, edge, resolve };
      source.onended = () => {
        edge.disconnect();
        resolve();
      };
    });
  }

  #silence() {
    if (!this.#source) return;
    const { source, edge, resolve } = this.#source;
    this.#source = null;
    source.onended = null;
    source.stop();
    edge.disconnect();
    resolve();
  }
}
