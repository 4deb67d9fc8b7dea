/**
 * What a log and a state have in common: being subscribed, refused, asked again and ended (S, H4).
 *
 * @typedef {import("./frames.js").Outcome} Outcome
 * @typedef {"waiting" | "subscribing" | "replaying" | "live" | "lagging" | "resetting" | "refused" | "ended"} TopicStatus
 * @typedef {{onRefused?: (refusal: {code: string}) => void, onEnded?: (end: {code: string, purge: boolean}) => void}} TopicHandlers
 * @typedef {{environment: import("./environment.js").Environment, ask: (topic: Topic) => void, drop: (topic: Topic) => void,
 *   forget: (topic: Topic) => void, queue: (state: any) => void}} Host
 */

import { backoff } from "./backoff.js";
import { keyOf } from "./frames.js";
import { call } from "./handlers.js";
import { Timer } from "./timer.js";

/** Refusals that pass by themselves: asked again with backoff, not told. */
const PASSING = new Set(["unavailable", "busy", "rate_limited", "internal"]);

export class Topic {
  /** @type {TopicStatus} */ status = "waiting";
  #host;
  #handlers;
  #again;
  #asks = 0;

  /**
   * @param {Host} host
   * @param {string} service
   * @param {string} topic
   * @param {TopicHandlers} handlers
   */
  constructor(host, service, topic, handlers) {
    this.#host = host;
    this.#handlers = handlers;
    this.#again = new Timer(host.environment.timers);
    this.service = service;
    this.topic = topic;
    this.key = keyOf(service, topic);
  }

  /**
   * What to subscribe with, or null when it is not the time.
   *
   * @returns {import("./frames.js").SubscriptionRequest | null}
   */
  request() {
    return this.#again.pending ? null : { service: this.service, topic: this.topic };
  }

  /** No event or value is told after this. */
  unsubscribe() {
    if (this.status === "ended" || this.status === "refused") return;
    this.stop("ended");
    this.#host.drop(this);
  }

  /** @param {Outcome} outcome */
  settle(outcome) {
    if (outcome.status === "refused") this.refuse(outcome.code ?? "forbidden");
  }

  /**
   * @param {string} code
   * @param {number} [retryAfter] seconds
   */
  refuse(code, retryAfter) {
    if (PASSING.has(code)) return this.askAgain(retryAfter === undefined ? undefined : retryAfter * 1000);
    this.stop("refused");
    this.#host.forget(this);
    this.tell(this.#handlers.onRefused, { code });
  }

  /** The server ended it (S5).
   * @param {{code?: string, purge?: boolean}} frame */
  end({ code = "", purge = false }) {
    this.stop("ended");
    this.#host.forget(this);
    this.tell(this.#handlers.onEnded, { code, purge });
  }

  /** The connection it was subscribed on is gone. */
  lost() {
    this.#again.clear();
    if (this.status !== "resetting") this.status = "waiting";
  }

  /** The application closed the stream: nothing happens until it opens it again. */
  halt() {}

  resume() {}

  /** At once, then with backoff as long as nothing comes of it.
   * @param {number} [wait] milliseconds, when the server said how long */
  askAgain(wait) {
    this.status = "subscribing";
    const pause = wait ?? (this.#asks === 0 ? 0 : backoff(this.#asks - 1, this.#host.environment.random));
    this.#asks += 1;
    if (pause > 0) this.#again.set(pause, () => this.#host.ask(this));
    else this.#host.ask(this);
  }

  /** Asking bore fruit: the next time is at once again. */
  progressed() {
    this.#asks = 0;
  }

  /** @param {TopicStatus} status */
  stop(status) {
    this.#again.clear();
    this.status = status;
  }

  /**
   * @template T
   * @param {((value: T) => unknown) | undefined} handler
   * @param {T} value
   */
  tell(handler, value) {
    call(handler, value, this.#host.environment.report);
  }
}
