/** A new ticket on the same connection, before the credential expires (A5). */

import { Timer } from "./timer.js";

const AGAIN_MS = 5_000;

export class Renewal {
  #environment;
  #ticket;
  #again;
  #turn = 0;

  /**
   * @param {import("./environment.js").Environment} environment
   * @param {(() => Promise<string | null>) | undefined} ticket without it the cookie is renewed by the pages themselves
   */
  constructor(environment, ticket) {
    this.#environment = environment;
    this.#ticket = ticket;
    this.#again = new Timer(environment.timers);
  }

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {number} within seconds
   */
  ask(connection, within) {
    this.clear();
    if (this.#ticket) this.#try(this.#ticket, connection, this.#environment.timers.now() + within * 1000, this.#turn);
  }

  clear() {
    this.#turn += 1;
    this.#again.clear();
  }

  /**
   * @param {() => Promise<string | null>} fetchTicket
   * @param {import("./connection.js").Connection} connection
   * @param {number} until
   * @param {number} turn
   */
  async #try(fetchTicket, connection, until, turn) {
    try {
      const ticket = await fetchTicket();
      if (turn === this.#turn && ticket) connection.request({ type: "authenticate", ticket });
    } catch (error) {
      this.#environment.report(error);
      if (turn !== this.#turn || this.#environment.timers.now() + AGAIN_MS > until) return;
      this.#again.set(AGAIN_MS, () => this.#try(fetchTicket, connection, until, turn));
    }
  }
}
