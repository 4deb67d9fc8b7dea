/**
 * A topic in log mode: every event exactly once and in order, or a reset that says so (R1, R3, R4, R5, P2).
 *
 * @typedef {import("./frames.js").Position} Position
 * @typedef {{offset: number, event: string, data: any}} LogEvent
 * @typedef {import("./topic.js").TopicHandlers & {position?: Position | null, onEvent?: (event: LogEvent) => void,
 *   onReset?: (reset: {reason: string, snapshot: string | null}) => Promise<Position> | Position,
 *   onLive?: (live: {offset: number}) => void, onLarge?: (event: LogEvent) => Promise<any>}} LogOptions
 */

import { Awaited } from "./awaited.js";
import { backoff } from "./backoff.js";
import { answerOf } from "./handlers.js";
import { Timer } from "./timer.js";
import { Topic } from "./topic.js";

const BEHIND_MS = 1_000;
const EXPECT_MS = 2_000;
const SPREAD_MS = 5_000;
const FLOWING = new Set(["live", "replaying", "lagging"]);

export class Log extends Topic {
  /** @type {Position | null} of the last event applied */ position;
  #environment;
  #options;
  #heads;
  #expected;
  #restart;
  /** @type {{reason: string, snapshot?: string}} why it is resetting */ #reset = { reason: "" };
  #turn = 0;
  #failures = 0;

  /**
   * @param {import("./topic.js").Host} host
   * @param {string} service
   * @param {string} topic
   * @param {LogOptions} options
   */
  constructor(host, service, topic, options) {
    super(host, service, topic, options);
    const { timers } = host.environment;
    const late = () => this.status === "live" && this.askAgain();
    this.position = options.position ?? null;
    this.#environment = host.environment;
    this.#options = options;
    this.#heads = new Awaited(timers, BEHIND_MS, late);
    this.#expected = new Awaited(timers, EXPECT_MS, late);
    this.#restart = new Timer(timers);
    this.#expected.hold();
  }

  get offset() {
    return this.position?.offset ?? 0;
  }

  /** An HTTP answer told of this offset; if it does not come within 2 s, the topic is asked for again (P2).
   * @param {number} offset */
  expect(offset) {
    if (offset > this.offset) this.#expected.add(offset);
  }

  /** Throws away what is held and starts from a new snapshot: for a digest that differs. */
  refetch(reason = "refetch") {
    if (!["ended", "refused", "resetting"].includes(this.status)) this.reset({ reason });
  }

  request() {
    const request = this.status === "resetting" ? null : super.request();
    return request && this.position ? { ...request, position: this.position } : request;
  }

  /** @param {import("./frames.js").Outcome} outcome */
  settle(outcome) {
    if (this.status === "resetting") return;
    if (outcome.status === "refused") super.settle(outcome);
    else if (outcome.status === "reset") this.reset({ reason: outcome.reason ?? "behind", snapshot: outcome.snapshot });
    else this.#subscribed(outcome);
  }

  /** @param {import("./frames.js").TopicFrame} frame */
  frame(frame) {
    if (frame.type === "reset") return this.reset(frame);
    if (!FLOWING.has(this.status)) return;
    if (frame.type === "event") this.#event(frame);
    else if (frame.type === "lag") this.status = "lagging";
    else if (frame.type === "live") this.#live(frame.offset);
  }

  /** The server's newest offset, told with a ping (R5).
   * @param {number} offset */
  head(offset) {
    if (this.status === "live" && offset > this.offset) this.#heads.add(offset);
  }

  /** Pauses the topic, has the application fetch a snapshot, and subscribes from where that stands (R4).
   * @param {{reason: string, snapshot?: string}} reset */
  reset(reset) {
    this.stop("resetting");
    this.#reset = reset;
    this.#failures = 0;
    const turn = this.#turn;
    const spread = reset.reason === "epoch" ? this.#environment.random() * SPREAD_MS : 0;
    this.#restart.set(spread, () => this.#restore({ reason: reset.reason, snapshot: reset.snapshot ?? null }, turn));
  }

  lost() {
    super.lost();
    this.#heads.clear();
    this.#expected.hold();
  }

  /** A snapshot that is being fetched is dropped, and asked for anew by `resume`. */
  halt() {
    if (this.status === "resetting") this.stop("resetting");
  }

  resume() {
    if (this.status === "resetting") this.reset(this.#reset);
  }

  /** @param {{code?: string, purge?: boolean}} frame */
  end(frame) {
    if (frame.purge) this.position = null;
    super.end(frame);
  }

  /** @param {import("./topic.js").TopicStatus} status */
  stop(status) {
    super.stop(status);
    this.#turn += 1;
    this.#restart.clear();
    this.#heads.clear();
    this.#expected.clear();
  }

  /** @param {import("./frames.js").Outcome} outcome */
  #subscribed({ recovery, position }) {
    if (recovery === "replay") {
      this.status = "replaying";
      return;
    }
    // During a move the old connection may have told where we are after the new one was asked without knowing.
    if (position && position.epoch !== this.position?.epoch) this.position = position;
    this.#live(position && recovery === "fresh" ? position.offset : this.offset);
  }

  /** @param {import("./frames.js").EventFrame} frame */
  #event({ offset, event, data }) {
    if (offset <= this.offset) return;
    if (offset > this.offset + 1) return this.askAgain();
    if (data?.large && this.#options.onLarge) this.#fetch({ offset, event, data });
    else this.#apply({ offset, event, data });
  }

  /** @param {LogEvent} event */
  #apply(event) {
    this.position = { epoch: this.position?.epoch ?? "", offset: event.offset };
    this.progressed();
    this.#heads.reached(event.offset);
    this.#expected.reached(event.offset);
    this.tell(this.#options.onEvent, event);
  }

  /** @param {number} offset */
  #live(offset) {
    if (offset > this.offset) return this.askAgain();
    this.status = "live";
    this.#expected.release();
    this.tell(this.#options.onLive, { offset: this.offset });
  }

  /** An event too large for a frame (F5): what comes meanwhile is asked for again afterwards.
   * @param {LogEvent} event */
  async #fetch(event) {
    this.status = "subscribing";
    const turn = this.#turn;
    const data = await answerOf(() => this.#options.onLarge?.(event), this.#environment.report);
    if (turn !== this.#turn || this.status !== "subscribing") return;
    if (data && event.offset === this.offset + 1) this.#apply({ ...event, data: data.value });
    this.askAgain();
  }

  /**
   * @param {{reason: string, snapshot: string | null}} reset
   * @param {number} turn
   */
  async #restore(reset, turn) {
    const answer = await answerOf(() => this.#options.onReset?.(reset), this.#environment.report);
    if (turn !== this.#turn) return;
    if (answer) {
      this.position = answer.value ?? null;
      this.progressed();
      this.askAgain();
    } else {
      const wait = backoff(this.#failures++, this.#environment.random);
      this.#restart.set(wait, () => this.#restore(reset, turn));
    }
  }
}
