/**
 * When to connect, and what to do when a connection ends (C, D1, H3). At most one connection is current, and at most one
 * attempt is under way to replace it: a move is a new attempt while the old connection still serves. A spare attempt is
 * for a better way: nothing follows from its failure.
 *
 * @typedef {import("./connection.js").Connection} Connection
 * @typedef {import("./connection.js").End} End
 * @typedef {"connecting" | "connected" | "reconnecting" | "waiting" | "stopped"} Status
 * @typedef {{environment: import("./environment.js").Environment, credentials: import("./credentials.js").Credentials,
 *   ticket: () => Promise<string | null | undefined>, connect: (ticket: string | null | undefined, spare: boolean) => Connection,
 *   onStatus: (status: Status, reason: string) => void, onLost: () => void, onWake: () => void}} Options
 */

import { Attempt } from "./attempt.js";
import { within } from "./backoff.js";
import { LOST, verdict } from "./close_codes.js";
import { Patience } from "./patience.js";
import { Timer } from "./timer.js";

export class Lifecycle {
  /** @type {Connection | null} */ current = null;
  /** @type {Status} */ status = "stopped";
  #options;
  #retry;
  #attempt;
  #patience;
  /** @type {object | null} the person is asked for a credential */ #asking = null;
  #due = false;
  #patient = false;
  #stopListening = () => {};

  /** @param {Options} options */
  constructor(options) {
    const { environment, credentials, ticket, connect } = options;
    const { timers, report } = environment;
    this.#options = options;
    this.#retry = new Timer(timers);
    this.#attempt = new Attempt({ timers, report, ticket, connect, failed: (...failure) => this.#unopened(...failure) });
    this.#patience = new Patience(environment, () => credentials.accepted());
  }

  start() {
    if (this.status !== "stopped") return;
    this.#patience.reset();
    this.#options.credentials.accepted();
    this.#stopListening = this.#options.environment.page.listen(() => this.#wake());
    if (this.#tell("connecting", "")) this.#attempt.begin(false);
  }

  /** @param {string} reason */
  stop(reason) {
    if (this.status === "stopped") return;
    const { current } = this;
    this.#stopListening();
    this.#retry.clear();
    this.#patience.reset();
    this.#due = false;
    this.#asking = null;
    this.#attempt.giveUp();
    this.current = null;
    current?.close();
    if (current) this.#options.onLost();
    this.#tell("stopped", reason);
  }

  /** @param {Connection} connection the candidate, which takes over; the old one is closed after it (make before break) */
  welcomed(connection) {
    const before = this.current;
    this.current = connection;
    this.#attempt.over();
    this.#retry.clear();
    this.#patience.welcomed();
    before?.close();
    this.#tell("connected", "");
  }

  /** Opens another connection at a random moment of the next seconds, and keeps this one meanwhile (D1).
   * @param {readonly [number, number]} range */
  move(range) {
    if (this.#attempt.spare) this.#attempt.giveUp();
    if (!this.#busy) this.#schedule(within(range, this.#options.environment.random), true);
  }

  /** One attempt at another way, while this one serves. */
  improve() {
    if (this.current && !this.#busy && !this.#retry.pending) this.#attempt.begin(true);
  }

  /**
   * @param {Connection} connection
   * @param {End} end
   */
  ended(connection, end) {
    const { spare, candidate } = this.#attempt;
    if (connection === candidate) this.#attempt.over();
    else if (connection === this.current) this.#lose();
    else return;
    if (this.status !== "stopped" && !(spare && connection === candidate)) this.#follow(end);
  }

  get #busy() {
    return this.#attempt.pending || this.#asking !== null;
  }

  #lose() {
    if (this.#attempt.spare) this.#attempt.giveUp();
    this.current = null;
    this.#patience.lost();
    this.#options.onLost();
  }

  /** @param {End} end */
  #follow(end) {
    const answer = verdict(end.code);
    if (answer === "stop") return this.stop(end.reason);
    if (this.current === null && !this.#tell("reconnecting", end.reason)) return;
    // A move under way goes on: it is the new connection.
    if (this.#busy || this.#retry.pending) return;
    if (answer === "credential") this.#renew(end);
    else if (end.retry) this.#schedule(within(end.retry, this.#options.environment.random), true);
    else if (answer === "move") this.#schedule(0, false);
    else this.#backoff();
  }

  /** A new ticket, or one more try with the cookie of now; then the person is asked.
   * @param {End} end */
  async #renew(end) {
    const { credentials } = this.#options;
    if (credentials.mayTry()) return this.#backoff();
    const turn = (this.#asking = {});
    const again = await credentials.ask(end);
    if (this.#asking !== turn) return;
    this.#asking = null;
    if (again) this.#schedule(0, false);
    else this.stop(end.reason);
  }

  #backoff() {
    this.#schedule(this.#patience.next(), false);
  }

  /**
   * @param {number} ms
   * @param {boolean} patient the server said when: nothing shortens it
   */
  #schedule(ms, patient) {
    this.#patient = patient;
    this.#retry.set(ms, () => this.#try());
  }

  /** Hidden pages wait until they are seen; but a move is not for later. */
  #try() {
    this.#due = this.current === null && this.#options.environment.page.hidden();
    if (this.#due) this.#tell("waiting", "hidden");
    else this.#attempt.begin(false);
  }

  /** The network or the page came back: look at once. */
  #wake() {
    if (this.#due || (this.#retry.pending && this.current === null && !this.#patient)) {
      this.#due = false;
      this.#retry.clear();
      if (this.#tell("reconnecting", "") && !this.#busy) this.#attempt.begin(false);
    } else {
      this.current?.probe();
      this.#options.onWake();
    }
  }

  /**
   * @param {string} reason
   * @param {boolean} spare
   */
  #unopened(reason, spare) {
    if (!spare) this.#follow({ code: LOST, reason, retry: null, welcomed: false });
  }

  /**
   * @param {Status} status
   * @param {string} reason
   * @returns {boolean} whether it is still so: who is told may close the stream
   */
  #tell(status, reason) {
    if (status !== this.status || reason) {
      this.status = status;
      this.#options.onStatus(status, reason);
    }
    return this.status === status;
  }
}
