/**
 * @param {any} value
 * @returns {ServerFrame}
 */
export function frameFrom(value: any): ServerFrame;
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
export const VERSION: 1;
export const SUBPROTOCOL: "widgetapp.stream.v1";
/** What holds until `welcome` tells the limits. */
export const SUBSCRIPTIONS: 200;
export function readBatch(text: string): unknown[];
export function keyOf(service: string, topic: string): string;
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Position = {
    epoch: string;
    offset: number;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type SubscriptionRequest = {
    service: string;
    topic: string;
    position?: Position;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Outcome = {
    service: string;
    topic: string;
    status: "subscribed" | "reset" | "refused";
    mode?: "log" | "state";
    position?: Position;
    recovery?: "fresh" | "exact" | "replay";
    reason?: string;
    snapshot?: string;
    code?: string;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Limits = {
    frame_bytes: number;
    event_bytes: number;
    subscriptions: number;
    requests_per_second: number;
    request_burst: number;
    messages_per_second: number;
    replay_events: number;
    replay_bytes: number;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type User = {
    id: string;
    name: string;
    color: number;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Welcome = {
    type: "welcome";
    id: number;
    version: number;
    connection: string;
    user: User | null;
    server_time: string;
    ping_interval: number;
    limits: Limits;
    services: Record<string, string>;
    subscriptions: Outcome[];
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Subscribed = {
    type: "subscribed";
    id: number;
    subscriptions: Outcome[];
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Unsubscribed = {
    type: "unsubscribed";
    id?: number;
    service: string;
    topic: string;
    code?: string;
    purge?: boolean;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type EventFrame = {
    type: "event";
    service: string;
    topic: string;
    offset: number;
    event: string;
    data: any;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Mark = {
    type: "live" | "lag";
    service: string;
    topic: string;
    offset: number;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Reset = {
    type: "reset";
    service: string;
    topic: string;
    reason: string;
    position?: Position;
    snapshot?: string;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type StateFrame = {
    type: "state";
    service: string;
    topic: string;
    full?: boolean;
    set?: Record<string, any>;
    remove?: string[];
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Ping = {
    type: "ping";
    n: number;
    heads?: {
        service: string;
        topic: string;
        offset: number;
    }[];
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type AuthenticateWithin = {
    type: "authenticate";
    within: number;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Authenticated = {
    type: "authenticated";
    id: number;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Move = {
    type: "move";
    within: number;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type ErrorFrame = {
    type: "error";
    id?: number;
    service?: string;
    topic?: string;
    code: string;
    message?: string;
    retry_after?: number;
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type Bye = {
    type: "bye";
    code: number;
    reason?: string;
    retry?: [number, number];
};
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type ServerFrame = Welcome | Subscribed | Unsubscribed | EventFrame | Mark | Reset | StateFrame | Ping | AuthenticateWithin | Authenticated | Move | ErrorFrame | Bye;
/**
 * The frames of the wire as types, and how the server's are read (F1, F2).
 */
export type TopicFrame = EventFrame | Mark | Reset | StateFrame;
