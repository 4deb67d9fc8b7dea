/** A credential was refused (41xx): how often a new one is tried before the person is asked, and given up (C). */

import { answerOf } from "./handlers.js";

/** A new ticket may be refused so often in a row; a cookie is tried once more as it is then. */
const TICKETS = 3;
const COOKIES = 2;

export class Credentials {
  #refused = 0;
  #options;

  /**
   * @param {{renewable: boolean, report: (error: unknown) => void,
   *   onCredential?: (end: {code: number, reason: string}) => Promise<boolean> | boolean}} options
   */
  constructor(options) {
    this.#options = options;
  }

  accepted() {
    this.#refused = 0;
  }

  /** Refused once more: may it simply be tried again? */
  mayTry() {
    this.#refused += 1;
    return this.#refused < (this.#options.renewable ? TICKETS : COOKIES);
  }

  /**
   * Whether the application has seen to a new one.
   *
   * @param {{code: number, reason: string}} end
   */
  async ask({ code, reason }) {
    const { onCredential, report } = this.#options;
    const answer = await answerOf(() => onCredential?.({ code, reason }), report);
    return answer?.value ?? false;
  }
}
