/**
 * One socket: hello, frames both ways, pong, and three watches: for the welcome, for silence (no frame within
 * 2.5 ping intervals) and for the answer to a probe. It ends once, and says how.
 *
 * @typedef {import("./frames.js").ServerFrame} ServerFrame
 * @typedef {import("./environment.js").Environment} Environment
 * @typedef {{code: number, reason: string, retry: [number, number] | null, welcomed: boolean}} End
 * @typedef {{url: string, environment: Environment, hello: (connection: Connection, id: number) => object,
 *   onFrame: (connection: Connection, frame: ServerFrame) => void, onEnd: (connection: Connection, end: End) => void}} Options
 */

import { LOST, reasonOf, verdict } from "./close_codes.js";
import { readFrames, SUBPROTOCOL } from "./frames.js";
import { Ledger } from "./ledger.js";
import { Timer } from "./timer.js";

/** The server allows 10 s for hello and 5 s for a silent service (H1, H3). */
const WELCOME_MS = 15_000;
const PROBE_MS = 2_000;
const SILENCE = 2.5;

export class Connection {
  ledger = new Ledger();
  welcomed = false;
  /** @type {string | null} what the server calls this connection */ name = null;
  #options;
  #socket;
  #watch;
  #probe;
  #id = 0;
  #heard = 0;
  #silence = 0;
  #ended = false;
  /** @type {import("./frames.js").Bye | null} */ #bye = null;

  /** @param {Options} options */
  constructor(options) {
    const { WebSocket, timers } = options.environment;
    this.#options = options;
    this.#watch = new Timer(timers);
    this.#probe = new Timer(timers);
    this.#socket = new WebSocket(options.url, [SUBPROTOCOL]);
    this.#socket.onopen = () => this.#open();
    this.#socket.onmessage = (/** @type {MessageEvent} */ message) => this.#read(message);
    this.#socket.onclose = (/** @type {CloseEvent} */ close) => this.#end(close.code || LOST, close.reason);
    this.#watch.set(WELCOME_MS, () => this.lost("no welcome in time"));
  }

  /** @param {object} frame */
  send(frame) {
    if (!this.#ended && this.#socket.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  /**
   * Sends a frame under an id of its own, and returns the id (F3).
   *
   * @param {{type: string, [field: string]: unknown}} frame
   */
  request({ type, ...rest }) {
    const id = this.nextId();
    this.send({ type, id, ...rest });
    return id;
  }

  nextId() {
    this.#id += 1;
    return this.#id;
  }

  /** Is anybody there? Any frame is an answer; without one within 2 s the socket is given up as half-open. */
  probe() {
    if (!this.welcomed || this.#probe.pending) return;
    this.request({ type: "subscribe", subscriptions: [] });
    this.#probe.set(PROBE_MS, () => this.lost("no answer"));
  }

  /** @param {string} reason */
  lost(reason) {
    this.#end(LOST, reason);
  }

  /** Closes without another word to the owner. */
  close() {
    this.#ended = true;
    this.#release();
  }

  #open() {
    if (this.#ended) return;
    const id = this.nextId();
    this.send({ type: "hello", id, ...this.#options.hello(this, id) });
  }

  /** @param {MessageEvent} message */
  #read({ data, timeStamp }) {
    this.#hear();
    for (const frame of this.#decode(data)) {
      if (this.#ended) return;
      this.#take(frame, timeStamp);
    }
  }

  /** @param {string} data */
  #decode(data) {
    try {
      return readFrames(data);
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
    if (frame.type === "welcome") this.#welcome(frame);
    if (frame.type === "bye") return this.#leave(frame);
    this.#options.onFrame(this, frame);
    // After what came before it was applied: the pong is the acknowledgement (B1).
    if (frame.type === "ping") this.#pong(frame.n, received);
  }

  /** @param {import("./frames.js").Welcome} frame */
  #welcome(frame) {
    this.welcomed = true;
    this.name = frame.connection;
    this.#silence = SILENCE * frame.ping_interval * 1000;
    this.#listen();
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
    else this.#end(bye.code, bye.reason ?? "");
  }

  #hear() {
    this.#heard = this.#options.environment.timers.now();
    this.#probe.clear();
  }

  /** One timer that looks again, not one per frame. */
  #listen() {
    const silent = this.#options.environment.timers.now() - this.#heard;
    if (silent >= this.#silence) this.lost("no ping");
    else this.#watch.set(this.#silence - silent, () => this.#listen());
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #end(code, reason) {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    const final = this.#bye?.code ?? code;
    const told = this.#bye?.reason || reason || reasonOf(final);
    this.#options.onEnd(this, { code: final, reason: told, retry: this.#bye?.retry ?? null, welcomed: this.welcomed });
  }

  #release() {
    this.#watch.clear();
    this.#probe.clear();
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (socket.readyState < 2) socket.close(1000);
  }
}
