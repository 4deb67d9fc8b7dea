/** What a close code asks of the client; an unknown code is read by its range (C). */

/** @typedef {"stop" | "credential" | "retry" | "move"} Verdict */

/** Codes below are made by this client and never sent: they stand for a lost connection. */
export const LOST = 1006;
const MESSAGE_TOO_BIG = 1009;

/** @type {Record<number, Verdict>} */
const RANGES = { 40: "stop", 41: "credential", 42: "retry", 43: "move" };

/** @type {Record<number, string>} */
const REASONS = {
  1009: "frame too big",
  4000: "protocol error",
  4001: "this version is not served, reload the page",
  4002: "frame too big",
  4003: "origin not allowed",
  4004: "too many errors",
  4100: "no hello in time",
  4101: "not signed in, or signed out",
  4102: "credential expired or password changed",
  4103: "identity changed",
  4200: "internal error",
  4201: "overloaded",
  4202: "too many connections",
  4203: "too slow",
  4204: "no pong",
  4300: "drain",
};

/**
 * @param {number} code
 * @returns {Verdict}
 */
export function verdict(code) {
  if (code === MESSAGE_TOO_BIG) return "stop";
  return RANGES[Math.floor(code / 100)] ?? "retry";
}

/**
 * What to tell a person.
 *
 * @param {number} code
 */
export const reasonOf = (code) => REASONS[code] ?? "connection lost";
