/**
 * Offsets that are known to exist and have not come: told by a ping (R5) or by an HTTP answer (P2). When the oldest
 * has been missing for longer than it may, `late` is called, and again after each further such time.
 */

import { Timer } from "./timer.js";

export class Awaited {
  /** @type {{offset: number, due: number}[]} by due */ #missing = [];
  #held = false;
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
    if (this.#held) this.hold();
    else this.#watch();
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

  /** Nothing can come at present: of what is missing, only the newest matters. */
  hold() {
    this.#held = true;
    this.#timer.clear();
    if (this.#missing.length > 1) this.#missing = [{ offset: this.#newest(this.#missing), due: 0 }];
  }

  /** It can come again, and has the whole time for it. */
  release() {
    this.#held = false;
    const due = this.#timers.now() + this.#ms;
    this.#missing = this.#missing.map(({ offset }) => ({ offset, due }));
    this.#watch();
  }

  /** @param {{offset: number}[]} missing */
  #newest(missing) {
    return Math.max(...missing.map(({ offset }) => offset));
  }

  #watch() {
    if (this.#held) return;
    const first = this.#missing[0];
    if (first !== undefined && !this.#timer.pending) {
      this.#timer.set(Math.max(0, first.due - this.#timers.now()), () => this.#fire());
    }
  }

  #fire() {
    const now = this.#timers.now();
    const late = (this.#missing[0]?.due ?? Infinity) <= now;
    if (late) {
      const highest = this.#newest(this.#missing.filter(({ due }) => due <= now));
      this.#missing = [...this.#missing.filter(({ due }) => due > now), { offset: highest, due: now + this.#ms }];
      this.#late();
    }
    this.#watch();
  }
}
