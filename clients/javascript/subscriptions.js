/**
 * All topics of a stream: who is subscribed, to be told what, on which connection (S, H4). Asks made in one turn of the
 * event loop go in one frame; more topics than the server allows wait until a place is free.
 *
 * @typedef {import("./connection.js").Connection} Connection
 * @typedef {import("./frames.js").ServerFrame} ServerFrame
 * @typedef {import("./log.js").Log | import("./state.js").State} AnyTopic
 */

import { keyOf, SUBSCRIPTIONS } from "./frames.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { placed } from "./places.js";

export class Subscriptions {
  /** @type {Map<string, AnyTopic>} */ #topics = new Map();
  /** @type {Set<import("./topic.js").Topic>} */ #asks = new Set();
  /** @type {Connection | null} */ #connection = null;
  #limit = SUBSCRIPTIONS;
  #outbox;

  /** @param {import("./environment.js").Environment} environment */
  constructor(environment) {
    this.environment = environment;
    this.#outbox = new Outbox(environment.timers);
  }

  /** @template {AnyTopic} T
   * @param {T} topic */
  add(topic) {
    if (this.#topics.has(topic.key)) throw new Error(`expected one subscription of ${topic.key}, got a second`);
    this.#topics.set(topic.key, topic);
    this.ask(topic);
    return topic;
  }

  /** @param {import("./topic.js").Topic} topic */
  ask(topic) {
    if (this.#connection === null) return topic.lost();
    if (this.#asks.size === 0) queueMicrotask(() => this.#flush());
    this.#asks.add(topic);
  }

  /** @param {import("./topic.js").Topic} topic */
  drop(topic) {
    if (this.#connection) this.#leave(this.#connection, topic);
    this.forget(topic);
  }

  /** @param {import("./topic.js").Topic} topic */
  forget(topic) {
    if (this.#has(topic)) this.#topics.delete(topic.key);
    this.#connection?.ledger.release(topic);
    this.#refill();
  }

  /** @param {import("./state.js").State} state */
  queue(state) {
    this.#outbox.add(state);
  }

  /**
   * The subscriptions of a `hello`, with the positions of now (H4).
   *
   * @param {Connection} connection
   * @param {number} id
   */
  hello(connection, id) {
    const { asked, requests } = placed(connection.ledger, this.#topics.values(), this.#limit);
    connection.ledger.ask(id, asked);
    return requests;
  }

  /**
   * @param {Connection} connection the one that counts from now on
   * @param {import("./frames.js").Welcome} welcome
   */
  welcomed(connection, welcome) {
    const before = this.#connection;
    this.#connection = connection;
    this.#limit = welcome.limits?.subscriptions ?? this.#limit;
    this.#outbox.connect(connection.upstream ? connection : null);
    // Unsubscribed while the connection was being made: the server must not keep it.
    for (const topic of connection.ledger.held()) if (!this.#has(topic)) this.#leave(connection, topic);
    if (before) this.#asks.clear();
    this.#settle(connection, welcome.id, welcome.subscriptions);
    this.#refill();
  }

  /** The connection is gone, and there is no other yet. */
  lost() {
    this.#connection = null;
    this.#outbox.connect(null);
    this.#asks.clear();
    for (const topic of this.#topics.values()) topic.lost();
  }

  /** The stream is stopped: no topic does anything until `resume`. */
  halt() {
    for (const topic of this.#topics.values()) topic.halt();
  }

  resume() {
    for (const topic of this.#topics.values()) topic.resume();
  }

  /**
   * @param {Connection} connection
   * @param {ServerFrame} frame
   * @returns {boolean} whether it was understood here
   */
  frame(connection, frame) {
    switch (frame.type) {
      case "subscribed":
        this.#settle(connection, frame.id, frame.subscriptions);
        return true;
      case "unsubscribed":
        // With an id it answers us, and we are done with the topic already.
        if (frame.id === undefined) this.#topics.get(keyOf(frame.service, frame.topic))?.end(frame);
        return true;
      case "ping":
        this.#heads(frame);
        return true;
      case "error":
        return this.#failed(connection, frame);
      case "event":
      case "live":
      case "lag":
      case "reset":
      case "state":
        this.#topics.get(keyOf(frame.service, frame.topic))?.frame(frame);
        return true;
      default:
        return false;
    }
  }

  #flush() {
    const asks = [...this.#asks].filter((topic) => this.#has(topic));
    this.#asks.clear();
    const connection = this.#connection;
    if (connection === null) return;
    const { asked, requests } = placed(connection.ledger, asks, this.#limit);
    if (asked.length > 0) connection.ledger.ask(connection.request({ type: "subscribe", subscriptions: requests }), asked);
  }

  /** Asks for those that have no place on the connection yet, as far as there are any. */
  #refill() {
    const connection = this.#connection;
    if (connection === null) return;
    for (const topic of this.#topics.values()) if (!connection.ledger.holds(topic)) this.ask(topic);
  }

  /**
   * @param {Connection} connection
   * @param {number} id
   * @param {import("./frames.js").Outcome[]} outcomes
   */
  #settle(connection, id, outcomes) {
    for (const [topic, outcome] of connection.ledger.answer(id, outcomes)) {
      // What the application does meanwhile may end a topic, or all.
      if (connection === this.#connection && this.#has(topic)) topic.settle(outcome);
    }
  }

  /** @param {import("./frames.js").Ping} ping */
  #heads({ heads = [] }) {
    for (const { service, topic, offset } of heads) {
      const found = this.#topics.get(keyOf(service, topic));
      if (found instanceof Log) found.head(offset);
    }
  }

  /**
   * @param {Connection} connection
   * @param {import("./frames.js").ErrorFrame} error
   */
  #failed(connection, error) {
    const topics = error.id === undefined ? [] : connection.ledger.fail(error.id);
    for (const topic of topics) if (this.#has(topic)) topic.refuse(error.code, error.retry_after);
    return topics.length > 0 || this.#outbox.failed(error);
  }

  /**
   * @param {Connection} connection
   * @param {import("./topic.js").Topic} topic
   */
  #leave(connection, topic) {
    const { service, topic: name } = topic;
    if (connection.ledger.release(topic)) connection.request({ type: "unsubscribe", service, topic: name });
  }

  /** @param {import("./topic.js").Topic} topic */
  #has(topic) {
    return this.#topics.get(topic.key) === topic;
  }
}
