/** Client of the WidgetApp Streaming API, version 1. See README.md for the words used here. */

export { backoff } from "./backoff.js";
export { verdict } from "./close_codes.js";
export { Stream } from "./stream.js";
export { ticketFrom } from "./tickets.js";
