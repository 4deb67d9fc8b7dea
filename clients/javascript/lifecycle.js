/**
 * When to connect, and what to do when a connection ends (C, D1, H3). At most one connection is current, and at most one
 * candidate is on its way to replace it: a move is a new attempt while the old connection still serves.
 *
 * @typedef {import("./connection.js").Connection} Connection
 * @typedef {import("./connection.js").End} End
 * @typedef {"connecting" | "connected" | "reconnecting" | "waiting" | "stopped"} Status
 * @typedef {{environment: import("./environment.js").Environment, open: () => Promise<Connection>, renewable: boolean,
 *   onCredential?: (end: {code: number, reason: string}) => Promise<boolean> | boolean,
 *   onStatus: (status: Status, reason: string) => void, onLost: () => void}} Options
 */

import { backoff, within } from "./backoff.js";
import { LOST, verdict } from "./close_codes.js";
import { Timer } from "./timer.js";

/** The backoff starts anew only after so long in good health (H3, T22: else a server that accepts and closes is stormed). */
const STEADY_MS = 10_000;

/** A connection that served so long was no failed attempt: its loss halves the steps of the backoff after it. */
const SERVED_MS = 1_000;

/** How often a new credential may be refused in a row before it is given up. */
const CREDENTIALS = 3;

export class Lifecycle {
  /** @type {Connection | null} */ current = null;
  /** @type {Connection | null} */ #candidate = null;
  /** @type {Status} */ status = "stopped";
  #options;
  #retry;
  #steady;
  #attempt = 0;
  #refused = 0;
  /** @type {number | null} */ #servedFrom = null;
  /** The attempt whose ticket is being fetched, or 0. */ #opening = 0;
  #turns = 0;
  #due = false;
  #patient = false;
  #stopListening = () => {};

  /** @param {Options} options */
  constructor(options) {
    const { timers } = options.environment;
    this.#options = options;
    this.#retry = new Timer(timers);
    this.#steady = new Timer(timers);
  }

  start() {
    if (this.status !== "stopped") return;
    this.#attempt = this.#refused = 0;
    this.#stopListening = this.#options.environment.page.listen(() => this.#wake());
    this.#tell("connecting", "");
    this.#open();
  }

  /** @param {string} reason */
  stop(reason) {
    if (this.status === "stopped") return;
    const connected = this.current !== null;
    this.#stopListening();
    this.#retry.clear();
    this.#steady.clear();
    this.#opening = 0;
    this.#due = false;
    this.#candidate?.close();
    this.current?.close();
    this.#candidate = this.current = null;
    if (connected) this.#options.onLost();
    this.#tell("stopped", reason);
  }

  /** @param {Connection} connection the candidate, which takes over; the old one is closed after it (make before break) */
  welcomed(connection) {
    const before = this.current;
    this.current = connection;
    this.#candidate = null;
    this.#retry.clear();
    this.#steady.set(STEADY_MS, () => this.#settled());
    this.#servedFrom = this.#options.environment.timers.now();
    before?.close();
    this.#tell("connected", "");
  }

  /** Opens another connection at a random moment of the next seconds, and keeps this one meanwhile (D1).
   * @param {readonly [number, number]} range */
  move(range) {
    if (this.#candidate === null && this.#opening === 0) this.#schedule(within(range, this.#options.environment.random), true);
  }

  /**
   * @param {Connection} connection
   * @param {End} end
   */
  ended(connection, end) {
    if (connection === this.current) {
      this.current = null;
      this.#steady.clear();
      this.#options.onLost();
    } else if (connection === this.#candidate) this.#candidate = null;
    else return;
    if (this.status !== "stopped") this.#follow(end);
  }

  /** @param {End} end */
  #follow(end) {
    const answer = verdict(end.code);
    if (answer === "stop") return this.stop(end.reason);
    if (this.current === null) this.#tell("reconnecting", end.reason);
    // A move under way goes on: it is the new connection.
    if (this.#candidate || this.#opening || this.#retry.pending) return;
    if (answer === "credential") this.#renew(end);
    else if (end.retry) this.#schedule(within(end.retry, this.#options.environment.random), true);
    else if (answer === "move") this.#schedule(0, false);
    else this.#backoff();
  }

  /** A new ticket, or one more try with the cookie of now; then the person is asked.
   * @param {End} end */
  async #renew(end) {
    this.#refused += 1;
    const { renewable, onCredential } = this.#options;
    if (this.#refused < (renewable ? CREDENTIALS : 2)) return this.#backoff();
    const { status } = this;
    const again = await this.#asked(() => onCredential?.({ code: end.code, reason: end.reason }) ?? false);
    if (status !== this.status) return;
    if (again) this.#schedule(0, false);
    else this.stop(end.reason);
  }

  /** @param {() => Promise<boolean> | boolean} ask */
  async #asked(ask) {
    try {
      return await ask();
    } catch (error) {
      this.#options.environment.report(error);
      return false;
    }
  }

  #backoff() {
    const { random, timers } = this.#options.environment;
    this.#schedule(backoff(this.#attempt, random), false);
    const since = this.#servedFrom;
    this.#servedFrom = null;
    const served = since !== null && timers.now() - since >= SERVED_MS;
    this.#attempt = served ? this.#attempt >> 1 : this.#attempt + 1;
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
    else this.#open();
  }

  /** The network or the page came back: look at once. */
  #wake() {
    if (this.#due || (this.#retry.pending && this.current === null && !this.#patient)) {
      this.#due = false;
      this.#retry.clear();
      this.#tell("reconnecting", "");
      this.#open();
    } else this.current?.probe();
  }

  async #open() {
    const turn = ++this.#turns;
    this.#opening = turn;
    try {
      const connection = await this.#options.open();
      if (this.#opening === turn) this.#candidate = connection;
      else connection.close();
    } catch (error) {
      this.#options.environment.report(error);
      if (this.#opening === turn) this.#unopened();
      return;
    }
    if (this.#opening === turn) this.#opening = 0;
  }

  #unopened() {
    this.#opening = 0;
    this.#follow({ code: LOST, reason: "no ticket", retry: null, welcomed: false });
  }

  #settled() {
    this.#attempt = this.#refused = 0;
  }

  /**
   * @param {Status} status
   * @param {string} reason
   */
  #tell(status, reason) {
    if (status === this.status && !reason) return;
    this.status = status;
    this.#options.onStatus(status, reason);
  }
}
