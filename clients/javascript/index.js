/** Client of the WidgetApp Streaming API, version 1. See README.md for the words used here. */

/**
 * @typedef {import("./stream.js").StreamOptions} StreamOptions
 * @typedef {import("./stream.js").StreamEvents} StreamEvents
 * @typedef {import("./stream.js").Status} Status
 * @typedef {import("./stream.js").TransportName} TransportName
 * @typedef {import("./frames.js").Position} Position
 * @typedef {import("./frames.js").User} User
 * @typedef {import("./frames.js").Limits} Limits
 * @typedef {import("./frames.js").Welcome} Welcome
 * @typedef {import("./frames.js").ErrorFrame} ErrorFrame
 * @typedef {import("./topic.js").TopicStatus} TopicStatus
 * @typedef {import("./log.js").Log} Log
 * @typedef {import("./log.js").LogOptions} LogOptions
 * @typedef {import("./log.js").LogEvent} LogEvent
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").StateOptions} StateOptions
 * @typedef {import("./state.js").StateChange} StateChange
 */

export { backoff } from "./backoff.js";
export { verdict } from "./close_codes.js";
export { Stream } from "./stream.js";
export { ticketFrom } from "./tickets.js";
