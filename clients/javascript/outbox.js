/** Messages of all state topics of a connection, one topic after the other, at most 30 a second in all (B4, T2). */

import { Timer } from "./timer.js";

const APART_MS = 34;
const REMEMBERED = 64;
const PASSING = new Set(["rate_limited", "busy", "unavailable", "internal"]);

/** @typedef {import("./state.js").State} State */

export class Outbox {
  /** @type {Set<State>} */ #queue = new Set();
  /** @type {Map<number, {state: State, data: Record<string, any>}>} only errors are answered */ #sent = new Map();
  /** @type {import("./connection.js").Connection | null} */ #connection = null;
  #timers;
  #timer;
  #free = 0;

  /** @param {import("./environment.js").Timers} timers */
  constructor(timers) {
    this.#timers = timers;
    this.#timer = new Timer(timers);
  }

  /** @param {import("./connection.js").Connection | null} connection without one, every state keeps what it has to say */
  connect(connection) {
    this.#connection = connection;
    this.#sent.clear();
    if (connection === null) {
      this.#queue.clear();
      this.#timer.clear();
    }
  }

  /** @param {State} state */
  add(state) {
    if (this.#connection === null) return;
    this.#queue.add(state);
    if (!this.#timer.pending) this.#flush();
  }

  /**
   * Was this error about a message of ours that will be said again? One refused for good is not.
   *
   * @param {import("./frames.js").ErrorFrame} error
   */
  failed({ id = 0, code, retry_after: retryAfter = 1 }) {
    const lost = this.#sent.get(id);
    if (lost === undefined) return false;
    this.#sent.delete(id);
    if (!PASSING.has(code)) {
      lost.state.disown(lost.data);
      return false;
    }
    this.#free = Math.max(this.#free, this.#timers.now() + retryAfter * 1000);
    lost.state.putBack(lost.data);
    return true;
  }

  #flush() {
    for (const state of this.#queue) {
      const wait = this.#free - this.#timers.now();
      if (wait > 0) return this.#timer.set(wait, () => this.#flush());
      this.#queue.delete(state);
      this.#send(state);
    }
  }

  /** @param {State} state */
  #send(state) {
    const data = state.take();
    if (!data || !this.#connection) return;
    const { service, topic } = state;
    this.#sent.set(this.#connection.request({ type: "message", service, topic, data }), { state, data });
    if (this.#sent.size > REMEMBERED) this.#sent.delete(/** @type {number} */ (this.#sent.keys().next().value));
    this.#free = this.#timers.now() + APART_MS;
  }
}
