/** How long to wait before the next attempt: the backoff of a stream, and what health does to it (C, H3). */

import { backoff } from "./backoff.js";
import { Timer } from "./timer.js";

/** The backoff starts anew only after so long in good health, else a server that accepts and closes is stormed. */
const STEADY_MS = 10_000;

/** A connection that served so long was no failed attempt: its loss halves the steps of the backoff, down to one. */
const SERVED_MS = 1_000;

export class Patience {
  #environment;
  #steady;
  #settled;
  #attempt = 0;
  /** @type {number | null} */ #servedFrom = null;

  /**
   * @param {import("./environment.js").Environment} environment
   * @param {() => void} settled the connection is in good health
   */
  constructor(environment, settled) {
    this.#environment = environment;
    this.#steady = new Timer(environment.timers);
    this.#settled = settled;
  }

  /** Milliseconds to wait now. */
  next() {
    const { random, timers } = this.#environment;
    const served = this.#servedFrom !== null && timers.now() - this.#servedFrom >= SERVED_MS;
    this.#servedFrom = null;
    if (served && this.#attempt) this.#attempt = Math.max(1, this.#attempt >> 1);
    const wait = backoff(this.#attempt, random);
    this.#attempt = served ? Math.max(1, this.#attempt) : this.#attempt + 1;
    return wait;
  }

  welcomed() {
    this.#servedFrom = this.#environment.timers.now();
    this.#steady.set(STEADY_MS, () => {
      this.#attempt = 0;
      this.#settled();
    });
  }

  lost() {
    this.#steady.clear();
  }

  reset() {
    this.#steady.clear();
    this.#attempt = 0;
    this.#servedFrom = null;
  }
}
