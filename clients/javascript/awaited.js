/**
 * Offsets that are known to exist and have not come: told by a ping (R5) or by an HTTP answer (P2). When the oldest
 * has been missing for longer than it may, `late` is called, and again after each further such time.
 */

import { Timer } from "./timer.js";

export class Awaited {
  /** @type {{offset: number, due: number}[]} by due */ #missing = [];
  #timers;
  #timer;
  #ms;
  #late;

  /**
   * @param {import("./environment.js").Timers} timers
   * @param {number} ms
   * @param {() => void} late
   */
  constructor(timers, ms, late) {
    this.#timers = timers;
    this.#timer = new Timer(timers);
    this.#ms = ms;
    this.#late = late;
  }

  /** @param {number} offset */
  add(offset) {
    this.#missing.push({ offset, due: this.#timers.now() + this.#ms });
    this.#watch();
  }

  /** @param {number} offset everything up to it has come */
  reached(offset) {
    if (this.#missing.length === 0) return;
    this.#missing = this.#missing.filter((missing) => missing.offset > offset);
    if (this.#missing.length === 0) this.#timer.clear();
  }

  clear() {
    this.#missing = [];
    this.#timer.clear();
  }

  #watch() {
    const first = this.#missing[0];
    if (first !== undefined && !this.#timer.pending) {
      this.#timer.set(Math.max(0, first.due - this.#timers.now()), () => this.#fire());
    }
  }

  #fire() {
    const now = this.#timers.now();
    const late = (this.#missing[0]?.due ?? Infinity) <= now;
    if (late) {
      const highest = Math.max(...this.#missing.filter(({ due }) => due <= now).map(({ offset }) => offset));
      this.#missing = [...this.#missing.filter(({ due }) => due > now), { offset: highest, due: now + this.#ms }];
      this.#late();
    }
    this.#watch();
  }
}
