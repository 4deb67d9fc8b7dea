/**
 * A topic in state mode: the latest value of every key (T1), and what this client says of itself (S7, T2).
 *
 * @typedef {{values: Map<string, any>, set: Record<string, any>, remove: string[], full: boolean}} StateChange
 * @typedef {import("./topic.js").TopicHandlers & {onChange?: (change: StateChange) => void}} StateOptions
 */

import { Topic } from "./topic.js";

/** What one may say of oneself in all: a frame above 64 KiB would end the stream for good (F5). */
const MOST_BYTES = 60 * 1024;
const encoder = new TextEncoder();

export class State extends Topic {
  /** @type {Map<string, any>} */ values = new Map();
  #host;
  #options;
  /** @type {Record<string, any>} what the server holds of us */ #mine = {};
  /** @type {Record<string, any>} what it is still to be told */ #news = {};

  /**
   * @param {import("./topic.js").Host} host
   * @param {string} service
   * @param {string} topic
   * @param {StateOptions} options
   */
  constructor(host, service, topic, options) {
    super(host, service, topic, options);
    this.#host = host;
    this.#options = options;
  }

  /** Merged with what waits, sent at most 30 times a second; null clears a key; said again after a reconnect.
   * Throws, and leaves everything as it was, when it cannot be sent: no JSON, or too large.
   * @param {Record<string, any>} data */
  send(data) {
    const all = encoder.encode(JSON.stringify({ ...this.#mine, ...this.#news, ...data }));
    if (all.length > MOST_BYTES) throw new RangeError(`expected at most ${MOST_BYTES} bytes in all, got ${all.length}`);
    Object.assign(this.#news, data);
    this.#host.queue(this);
  }

  /**
   * What to tell the server now, or null. The caller sends it.
   *
   * @returns {Record<string, any> | null}
   */
  take() {
    const news = this.#news;
    if (this.status !== "live" || Object.keys(news).length === 0) return null;
    this.#news = {};
    const said = Object.entries({ ...this.#mine, ...news });
    this.#mine = Object.fromEntries(said.filter(([, value]) => value !== null));
    return news;
  }

  /** What was told did not arrive; newer values win.
   * @param {Record<string, any>} news */
  putBack(news) {
    this.#news = { ...news, ...this.#news };
    this.#host.queue(this);
  }

  /** The server refused this: it is not said again.
   * @param {Record<string, any>} news */
  disown(news) {
    for (const [key, value] of Object.entries(news)) if (this.#mine[key] === value) delete this.#mine[key];
  }

  /** @param {import("./frames.js").Outcome} outcome */
  settle(outcome) {
    if (outcome.status !== "subscribed") return super.settle(outcome);
    this.status = "live";
    this.progressed();
    this.putBack(this.#mine);
  }

  /** @param {import("./frames.js").TopicFrame} frame */
  frame(frame) {
    if (frame.type !== "state" || this.status !== "live") return;
    const { full = false, set = {}, remove = [] } = frame;
    if (full) this.values.clear();
    for (const [key, value] of Object.entries(set)) this.values.set(key, value);
    for (const key of remove) this.values.delete(key);
    this.tell(this.#options.onChange, { values: this.values, set, remove, full });
  }

  /** @param {import("./topic.js").TopicStatus} status */
  stop(status) {
    super.stop(status);
    this.values.clear();
  }
}
