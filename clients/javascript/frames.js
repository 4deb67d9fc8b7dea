/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 *
 * @typedef {{epoch: string, offset: number}} Position
 * @typedef {{service: string, topic: string, position?: Position}} SubscriptionRequest
 * @typedef {{service: string, topic: string, status: "subscribed" | "reset" | "refused", mode?: "log" | "state",
 *   position?: Position, recovery?: "fresh" | "exact" | "replay", reason?: string, snapshot?: string, code?: string}} Outcome
 * @typedef {{frame_bytes: number, event_bytes: number, subscriptions: number, requests_per_second: number,
 *   request_burst: number, messages_per_second: number, replay_events: number, replay_bytes: number}} Limits
 * @typedef {{id: string, name: string, color: number}} User
 * @typedef {{type: "welcome", id: number, version: number, connection: string, user: User | null, server_time: string,
 *   ping_interval: number, limits: Limits, services: Record<string, string>, subscriptions: Outcome[]}} Welcome
 * @typedef {{type: "subscribed", id: number, subscriptions: Outcome[]}} Subscribed
 * @typedef {{type: "unsubscribed", id?: number, service: string, topic: string, code?: string, purge?: boolean}} Unsubscribed
 * @typedef {{type: "event", service: string, topic: string, offset: number, event: string, data: any}} EventFrame
 * @typedef {{type: "live" | "lag", service: string, topic: string, offset: number}} Mark
 * @typedef {{type: "reset", service: string, topic: string, reason: string, position?: Position, snapshot?: string}} Reset
 * @typedef {{type: "state", service: string, topic: string, full?: boolean, set?: Record<string, any>, remove?: string[]}} StateFrame
 * @typedef {{type: "ping", n: number, heads?: {service: string, topic: string, offset: number}[]}} Ping
 * @typedef {{type: "authenticate", within: number}} AuthenticateWithin
 * @typedef {{type: "authenticated", id: number}} Authenticated
 * @typedef {{type: "move", within: number}} Move
 * @typedef {{type: "error", id?: number, service?: string, topic?: string, code: string, message?: string,
 *   retry_after?: number}} ErrorFrame
 * @typedef {{type: "bye", code: number, reason?: string, retry?: [number, number]}} Bye
 * @typedef {Welcome | Subscribed | Unsubscribed | EventFrame | Mark | Reset | StateFrame | Ping | AuthenticateWithin
 *   | Authenticated | Move | ErrorFrame | Bye} ServerFrame
 * @typedef {EventFrame | Mark | Reset | StateFrame} TopicFrame
 */

export const VERSION = 1;
export const SUBPROTOCOL = "widgetapp.stream.v1";

/** What holds until `welcome` tells the limits. */
export const SUBSCRIPTIONS = 200;

/**
 * What stands in one text frame: one value, or a batch to be read in order (F1). Throws when it is no JSON.
 *
 * @param {string} text
 * @returns {unknown[]}
 */
export const readBatch = (text) => [JSON.parse(text)].flat();

/**
 * @param {any} value
 * @returns {ServerFrame}
 */
export function frameFrom(value) {
  if (typeof value?.type !== "string") throw new Error("expected an object with a type");
  return value;
}

/**
 * @param {string} service
 * @param {string} topic
 */
export const keyOf = (service, topic) => `${service}/${topic}`;
