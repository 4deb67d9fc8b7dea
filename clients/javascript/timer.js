/** Longer than this, a timer of the platform fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** One thing that shall happen later, at most once, and can be called off. */
export class Timer {
  /** @type {any} */ #handle = null;
  #timers;

  /** @param {import("./environment.js").Timers} timers */
  constructor(timers) {
    this.#timers = timers;
  }

  get pending() {
    return this.#handle !== null;
  }

  /**
   * Replaces what was set before.
   *
   * @param {number} ms
   * @param {() => void} callback
   */
  set(ms, callback) {
    this.clear();
    this.#handle = this.#timers.setTimeout(() => {
      this.#handle = null;
      callback();
    }, Math.min(ms, LONGEST_MS));
  }

  clear() {
    if (this.#handle !== null) this.#timers.clearTimeout(this.#handle);
    this.#handle = null;
  }
}
