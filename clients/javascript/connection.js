/**
 * One connection, whatever carries it: hello, frames both ways, pong. It ends once, and says how.
 *
 * @typedef {import("./frames.js").ServerFrame} ServerFrame
 * @typedef {import("./environment.js").Environment} Environment
 * @typedef {{code: number, reason: string, retry?: [number, number] | null, orderly?: boolean}} Close
 * @typedef {{opened: () => void, received: (text: string, timeStamp: number) => void, outdated: () => void,
 *   closed: (close: Close) => void}} Owner what a transport calls
 * @typedef {{name: import("./fallback.js").TransportName, upstream: boolean, send: (frame: object) => void, close: () => void}}
 *   Transport `upstream`: whether what is sent reaches the server as it is
 * @typedef {{code: number, reason: string, retry: [number, number] | null, welcomed: boolean}} End
 * @typedef {{environment: Environment, open: (owner: Owner) => Transport, hello: (connection: Connection, id: number) => object,
 *   onFrame: (connection: Connection, frame: ServerFrame) => void, onEnd: (connection: Connection, end: End) => void}} Options
 */

import { LOST, reasonOf, verdict } from "./close_codes.js";
import { frameFrom, readBatch } from "./frames.js";
import { Ledger } from "./ledger.js";
import { Watch } from "./watch.js";

/** The first frame of every connection. */
const HELLO = 1;

export class Connection {
  ledger = new Ledger();
  welcomed = false;
  /** @type {string | null} what the server calls this connection */ name = null;
  #options;
  #transport;
  #watch;
  #id = 0;
  #ended = false;
  /** @type {import("./frames.js").Bye | null} */ #bye = null;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#watch = new Watch(options.environment.timers, (reason) => this.lost(reason));
    this.#transport = options.open({
      opened: () => this.#open(),
      received: (text, timeStamp) => this.#read(text, timeStamp),
      outdated: () => this.#outdated(),
      closed: (close) => this.#closed(close),
    });
  }

  get transport() {
    return this.#transport.name;
  }

  /** Whether messages of ours reach the server. */
  get upstream() {
    return this.#transport.upstream;
  }

  /** @param {object} frame */
  send(frame) {
    if (!this.#ended) this.#transport.send(frame);
  }

  /**
   * Sends a frame under an id of its own, and returns the id (F3).
   *
   * @param {{type: string, [field: string]: unknown}} frame
   */
  request({ type, ...rest }) {
    this.#id += 1;
    this.send({ type, id: this.#id, ...rest });
    return this.#id;
  }

  /** Is anybody there? */
  probe() {
    if (this.welcomed) this.#watch.probe(() => this.request({ type: "subscribe", subscriptions: [] }));
  }

  /** @param {string} reason */
  lost(reason) {
    this.#end({ code: LOST, reason });
  }

  /** Closes without another word to the owner. */
  close() {
    this.#ended = true;
    this.#watch.clear();
    this.#transport.close();
  }

  #open() {
    if (this.#ended) return;
    this.#id = HELLO;
    this.send({ type: "hello", id: HELLO, ...this.#options.hello(this, HELLO) });
  }

  /**
   * @param {string} text
   * @param {number} timeStamp
   */
  #read(text, timeStamp) {
    if (this.#ended) return;
    this.#watch.heard();
    for (const value of this.#decode(text)) {
      if (this.#ended) return;
      this.#guarded(() => this.#take(frameFrom(value), timeStamp));
    }
  }

  /** A frame that is not as agreed is reported; those after it are read.
   * @param {() => void} work */
  #guarded(work) {
    try {
      work();
    } catch (error) {
      this.#options.environment.report(error);
    }
  }

  /** @param {string} data */
  #decode(data) {
    try {
      return readBatch(data);
    } catch (error) {
      this.#options.environment.report(error);
      return [];
    }
  }

  /**
   * @param {ServerFrame} frame
   * @param {number} received
   */
  #take(frame, received) {
    if (frame.type === "welcome") {
      if (this.welcomed) return;
      frame = this.#welcome(frame);
    }
    if (frame.type === "bye") return this.#leave(frame);
    this.#options.onFrame(this, frame);
    // After what came before it was applied: the pong is the acknowledgement (B1).
    if (frame.type === "ping") this.#pong(frame.n, received);
  }

  /** @param {import("./frames.js").Welcome} frame */
  #welcome(frame) {
    this.welcomed = true;
    this.name = frame.connection;
    this.#watch.welcomed(frame.ping_interval);
    // There is one hello only; an answer over HTTP does not know its id.
    return { ...frame, id: HELLO };
  }

  /**
   * @param {number} n
   * @param {number} received
   */
  #pong(n, received) {
    const late = received ? this.#options.environment.timers.now() - received : 0;
    this.send({ type: "pong", n, lag_ms: Math.max(0, Math.round(late)) });
  }

  /** On 43xx the old socket stays until the new one is there, or the server closes it.
   * @param {import("./frames.js").Bye} bye */
  #leave(bye) {
    this.#bye = bye;
    if (verdict(bye.code) === "move" && this.welcomed) this.#options.onFrame(this, bye);
    else this.#end({ code: bye.code, reason: bye.reason ?? "" });
  }

  /** Another connection shall take the place of this one, as when the server drains. */
  #outdated() {
    if (!this.#ended && this.welcomed) this.#options.onFrame(this, { type: "move", within: 0 });
  }

  /** @param {Close} close */
  #closed(close) {
    if (!close.orderly || !this.welcomed || this.#bye) return this.#end(close);
    this.#watch.over();
    this.#outdated();
  }

  /** @param {Close} close */
  #end({ code, reason, retry }) {
    if (this.#ended) return;
    this.close();
    const { code: final, reason: told, retry: range } = this.#bye ?? { code, reason, retry };
    const end = { code: final, reason: told || reason || reasonOf(final), retry: range ?? null, welcomed: this.welcomed };
    this.#options.onEnd(this, end);
  }
}
