/**
 * One authenticated socket for every real-time service of WidgetApp: the entry of this client.
 *
 * @typedef {import("./connection.js").Connection} ConnectionType
 * @typedef {import("./frames.js").ServerFrame} ServerFrame
 * @typedef {{url: string, ticket?: () => Promise<string | null>, onCredential?: (end: {code: number, reason: string}) => Promise<boolean> | boolean}
 *   & Partial<import("./environment.js").Environment>} StreamOptions
 * @typedef {{status: {status: import("./lifecycle.js").Status, reason: string}, welcome: import("./frames.js").Welcome,
 *   error: import("./frames.js").ErrorFrame}} StreamEvents
 */

import { Connection } from "./connection.js";
import { environmentFrom } from "./environment.js";
import { VERSION } from "./frames.js";
import { Lifecycle } from "./lifecycle.js";
import { Log } from "./log.js";
import { Renewal } from "./renewal.js";
import { State } from "./state.js";
import { Subscriptions } from "./subscriptions.js";

export class Stream {
  /** @type {string | null} the server's name for the present connection */ connection = null;
  /** @type {import("./frames.js").User | null} */ user = null;
  /** @type {import("./frames.js").Limits | null} */ limits = null;
  /** @type {Map<string, Set<(value: any) => void>>} */ #listeners = new Map();
  #options;
  #environment;
  #subscriptions;
  #lifecycle;
  #renewal;

  /** @param {StreamOptions} options */
  constructor(options) {
    this.#options = options;
    this.#environment = environmentFrom(options);
    this.#subscriptions = new Subscriptions(this.#environment);
    this.#renewal = new Renewal(this.#environment, options.ticket);
    this.#lifecycle = new Lifecycle({
      environment: this.#environment,
      open: () => this.#open(),
      renewable: options.ticket !== undefined,
      onCredential: options.onCredential,
      onStatus: (status, reason) => this.#emit("status", { status, reason }),
      onLost: () => this.#subscriptions.lost(),
    });
  }

  get status() {
    return this.#lifecycle.status;
  }

  connect() {
    this.#lifecycle.start();
  }

  /** Topics are kept: `connect` brings them back from where they are. */
  close() {
    this.#renewal.clear();
    this.#lifecycle.stop("closed");
  }

  /**
   * A topic in log mode. Without a position it is live from now on.
   *
   * @param {string} service
   * @param {string} topic
   * @param {import("./log.js").LogOptions} [options]
   */
  log(service, topic, options = {}) {
    return this.#subscriptions.add(new Log(this.#subscriptions, service, topic, options));
  }

  /**
   * A topic in state mode.
   *
   * @param {string} service
   * @param {string} topic
   * @param {import("./state.js").StateOptions} [options]
   */
  state(service, topic, options = {}) {
    return this.#subscriptions.add(new State(this.#subscriptions, service, topic, options));
  }

  /**
   * Listens to "status", "welcome" or "error"; returns a function that ends it.
   *
   * @template {keyof StreamEvents} Name
   * @param {Name} name
   * @param {(value: StreamEvents[Name]) => void} listener
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  async #open() {
    const { url, ticket: fetchTicket } = this.#options;
    const ticket = await fetchTicket?.();
    return new Connection({
      url: absolute(url),
      environment: this.#environment,
      hello: (connection, id) => this.#hello(connection, id, ticket),
      onFrame: (connection, frame) => this.#frame(connection, frame),
      onEnd: (connection, end) => this.#lifecycle.ended(connection, end),
    });
  }

  /**
   * @param {ConnectionType} connection
   * @param {number} id
   * @param {string | null | undefined} ticket
   */
  #hello(connection, id, ticket) {
    return {
      version: VERSION,
      ...(ticket ? { ticket } : {}),
      ...(this.connection ? { replaces: this.connection } : {}),
      subscriptions: this.#subscriptions.hello(connection, id),
    };
  }

  /**
   * @param {ConnectionType} connection
   * @param {ServerFrame} frame
   */
  #frame(connection, frame) {
    if (frame.type === "welcome") this.#welcome(connection, frame);
    // Only one connection counts: nothing of an old one after the new one is live.
    else if (connection !== this.#lifecycle.current) return;
    else if (frame.type === "move") this.#lifecycle.move([0, frame.within]);
    else if (frame.type === "bye") this.#lifecycle.move(frame.retry ?? [0, 0]);
    else if (frame.type === "authenticate") this.#renewal.ask(connection, frame.within);
    else if (!this.#subscriptions.frame(connection, frame) && frame.type === "error") this.#emit("error", frame);
  }

  /**
   * @param {ConnectionType} connection
   * @param {import("./frames.js").Welcome} welcome
   */
  #welcome(connection, welcome) {
    this.connection = welcome.connection;
    this.user = welcome.user;
    this.limits = welcome.limits;
    this.#renewal.clear();
    this.#lifecycle.welcomed(connection);
    this.#emit("welcome", welcome);
    this.#subscriptions.welcomed(connection, welcome);
  }

  /**
   * @template {keyof StreamEvents} Name
   * @param {Name} name
   * @param {StreamEvents[Name]} value
   */
  #emit(name, value) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(value);
      } catch (error) {
        this.#environment.report(error);
      }
    }
  }
}

/** A path becomes an address of this page's host, with the scheme of a socket.
 * @param {string} url */
function absolute(url) {
  return new URL(url, globalThis.location?.href).href.replace(/^http/, "ws");
}
