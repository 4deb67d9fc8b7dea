/**
 * One authenticated connection for every real-time service of WidgetApp: the entry of this client.
 *
 * @typedef {import("./connection.js").Connection} ConnectionType
 * @typedef {import("./frames.js").ServerFrame} ServerFrame
 * @typedef {import("./fallback.js").TransportName} TransportName
 * @typedef {import("./lifecycle.js").Status} Status
 * @typedef {{url: string, ticket?: () => Promise<string | null>, fallback?: boolean,
 *   onCredential?: (end: {code: number, reason: string}) => Promise<boolean> | boolean}
 *   & Partial<import("./environment.js").Environment>} StreamOptions
 * @typedef {{status: {status: Status, reason: string, transport: TransportName}, welcome: import("./frames.js").Welcome,
 *   error: import("./frames.js").ErrorFrame}} StreamEvents
 */

import { Connection } from "./connection.js";
import { Credentials } from "./credentials.js";
import { environmentFrom } from "./environment.js";
import { Fallback } from "./fallback.js";
import { VERSION } from "./frames.js";
import { Listeners } from "./handlers.js";
import { Lifecycle } from "./lifecycle.js";
import { Log } from "./log.js";
import { openPush } from "./push.js";
import { Renewal } from "./renewal.js";
import { openSocket } from "./socket.js";
import { State } from "./state.js";
import { Subscriptions } from "./subscriptions.js";

export class Stream {
  /** @type {string | null} the server's name for the present connection */ connection = null;
  /** @type {import("./frames.js").User | null} */ user = null;
  /** @type {import("./frames.js").Limits | null} */ limits = null;
  /** @type {TransportName} of the present connection, or of the last one */ transport = "websocket";
  /** @type {Listeners<StreamEvents>} */ #listeners;
  #url;
  #environment;
  #subscriptions;
  #lifecycle;
  #renewal;
  #fallback;

  /** @param {StreamOptions} options */
  constructor({ url, ticket, onCredential, fallback = true, ...given }) {
    const environment = environmentFrom(given);
    this.#url = new URL(url, globalThis.location?.href).href;
    this.#environment = environment;
    this.#listeners = new Listeners(environment.report);
    this.#subscriptions = new Subscriptions(environment);
    this.#renewal = new Renewal(environment, ticket);
    // Over plain HTTP the server cannot tell that a push with the cookie is of its own page, and takes it for anybody's (A3).
    const enabled = fallback && (environment.secure || ticket !== undefined);
    this.#fallback = new Fallback({ environment, enabled, retry: () => this.#lifecycle.improve() });
    this.#lifecycle = new Lifecycle({
      environment,
      credentials: new Credentials({ renewable: ticket !== undefined, onCredential, report: environment.report }),
      ticket: async () => ticket?.(),
      connect: (own, spare) => this.#open(own, spare ? "websocket" : this.#fallback.next()),
      onStatus: (status, reason) => this.#status(status, reason),
      onLost: () => this.#lost(),
      onWake: () => this.#fallback.wake(),
    });
  }

  get status() {
    return this.#lifecycle.status;
  }

  connect() {
    if (this.status === "stopped") this.#subscriptions.resume();
    this.#lifecycle.start();
  }

  /** Topics are kept: `connect` brings them back from where they are. */
  close() {
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
   * @returns {() => void}
   */
  on(name, listener) {
    return this.#listeners.add(name, listener);
  }

  /**
   * @param {string | null | undefined} ticket
   * @param {TransportName} transport
   */
  #open(ticket, transport) {
    const open = transport === "push" ? openPush : openSocket;
    return new Connection({
      environment: this.#environment,
      open: (owner) => open(this.#url, this.#environment, owner),
      hello: (connection, id) => this.#hello(connection, id, ticket),
      onFrame: (connection, frame) => this.#frame(connection, frame),
      onEnd: (connection, end) => this.#ended(connection, end),
    });
  }

  /**
   * @param {ConnectionType} connection
   * @param {import("./connection.js").End} end
   */
  #ended(connection, end) {
    this.#fallback.ended(connection.transport, end);
    this.#lifecycle.ended(connection, end);
  }

  #lost() {
    this.#renewal.clear();
    this.#subscriptions.lost();
  }

  /**
   * @param {Status} status
   * @param {string} reason
   */
  #status(status, reason) {
    if (status === "stopped") {
      this.#fallback.clear();
      this.#subscriptions.halt();
    }
    this.#listeners.tell("status", { status, reason, transport: this.transport });
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
    else if (!this.#subscriptions.frame(connection, frame) && frame.type === "error") this.#listeners.tell("error", frame);
  }

  /**
   * @param {ConnectionType} connection
   * @param {import("./frames.js").Welcome} welcome
   */
  #welcome(connection, welcome) {
    const changed = this.status === "connected" && this.transport !== connection.transport;
    this.connection = welcome.connection;
    this.user = welcome.user;
    this.limits = welcome.limits;
    this.transport = connection.transport;
    this.#renewal.clear();
    this.#fallback.welcomed(connection.transport);
    this.#lifecycle.welcomed(connection);
    if (changed) this.#status("connected", "");
    this.#listeners.tell("welcome", welcome);
    // A listener may have closed the stream.
    if (connection === this.#lifecycle.current) this.#subscriptions.welcomed(connection, welcome);
  }
}
