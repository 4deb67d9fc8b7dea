/**
 * The attempt under way, at most one: first a ticket, then a connection that has not said welcome yet, the candidate.
 *
 * @typedef {import("./connection.js").Connection} Connection
 * @typedef {{timers: import("./environment.js").Timers, ticket: () => Promise<string | null | undefined>,
 *   connect: (ticket: string | null | undefined, spare: boolean) => Connection, report: (error: unknown) => void,
 *   failed: (reason: string, spare: boolean) => void}} Options
 */

import { Timer } from "./timer.js";

/** A ticket that takes longer is not waited for. */
const TICKET_MS = 15_000;

export class Attempt {
  /** @type {Connection | null} */ candidate = null;
  /** Whether it is for a better way only, and makes room for any other. */ spare = false;
  /** @type {object | null} what is fetched now */ #fetching = null;
  #options;
  #late;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#late = new Timer(options.timers);
  }

  get pending() {
    return this.candidate !== null || this.#fetching !== null;
  }

  /** @param {boolean} spare */
  async begin(spare) {
    const turn = (this.#fetching = {});
    this.spare = spare;
    this.#late.set(TICKET_MS, () => this.#fail("no ticket in time"));
    try {
      const ticket = await this.#options.ticket();
      if (this.#fetching !== turn) return;
      this.candidate = this.#options.connect(ticket, spare);
      this.#late.clear();
      this.#fetching = null;
    } catch (error) {
      this.#options.report(error);
      if (this.#fetching === turn) this.#fail("no ticket");
    }
  }

  /** It succeeded or failed: there is none now. */
  over() {
    this.#late.clear();
    this.#fetching = this.candidate = null;
    this.spare = false;
  }

  giveUp() {
    this.candidate?.close();
    this.over();
  }

  /** @param {string} reason */
  #fail(reason) {
    const { spare } = this;
    this.over();
    this.#options.failed(reason, spare);
  }
}
