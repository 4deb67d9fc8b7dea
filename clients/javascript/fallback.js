/**
 * Which way the next attempt takes (E3). After two attempts by WebSocket on which nothing was heard it is HTTP push; when
 * that fails as well, the network is down and not the WebSocket, which gets the next turn. On push the WebSocket is
 * tried again now and then, and sooner when the network or the page came back.
 *
 * @typedef {"websocket" | "push"} TransportName
 * @typedef {{environment: import("./environment.js").Environment, enabled: boolean, retry: () => void}} Options
 */

import { within } from "./backoff.js";
import { Timer } from "./timer.js";

const ENOUGH = 2;
/** @type {[number, number]} seconds */ const AGAIN = [45, 75];
/** @type {[number, number]} after the push was looked at itself */ const SOON = [1, 5];

export class Fallback {
  #failed = 0;
  #options;
  #timer;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#timer = new Timer(options.environment.timers);
    if (!options.environment.WebSocket) this.#failed = Infinity;
  }

  /** @returns {TransportName} */
  next() {
    return this.#options.enabled && this.#failed >= ENOUGH ? "push" : "websocket";
  }

  /** @param {TransportName} transport */
  welcomed(transport) {
    if (transport === "websocket") {
      this.#failed = 0;
      this.#timer.clear();
    } else if (!this.#timer.pending && this.#options.environment.WebSocket) this.#plan(AGAIN);
  }

  /**
   * A close code of the server's own, or a welcome before: it was heard, so this way works.
   *
   * @param {TransportName} transport
   * @param {{welcomed: boolean, code: number}} end
   */
  ended(transport, { welcomed, code }) {
    const heard = welcomed || code >= 4000;
    if (transport === "websocket") this.#failed = heard ? 0 : this.#failed + 1;
    else if (!heard && this.#options.environment.WebSocket) this.#failed = ENOUGH - 1;
  }

  /** The network or the page came back. */
  wake() {
    if (this.#timer.pending) this.#plan(SOON);
  }

  clear() {
    this.#timer.clear();
  }

  /** @param {[number, number]} range */
  #plan(range) {
    const { environment, retry } = this.#options;
    this.#timer.set(within(range, environment.random), () => {
      this.#plan(AGAIN);
      if (!environment.page.hidden()) retry();
    });
  }
}
