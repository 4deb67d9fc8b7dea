/** How long to wait before trying again (C): full jitter, 0.5 s doubling to 20 s. */

const FIRST_MS = 500;
const LONGEST_MS = 20_000;

/**
 * Milliseconds to wait before attempt number `attempt` (the first is 0).
 *
 * @param {number} attempt
 * @param {() => number} random
 */
export const backoff = (attempt, random) => random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));

/**
 * A random moment of a range of seconds, as the server gives it in `retry` and `move`, in milliseconds.
 *
 * @param {readonly [number, number]} range
 * @param {() => number} random
 */
export const within = ([from, to], random) => (from + random() * (to - from)) * 1000;
