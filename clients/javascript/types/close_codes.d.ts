/**
 * @param {number} code
 * @returns {Verdict}
 */
export function verdict(code: number): Verdict;
/** What a close code asks of the client; an unknown code is read by its range (C). */
/** @typedef {"stop" | "credential" | "retry" | "move"} Verdict */
/** Codes below are made by this client and never sent: they stand for a lost connection. */
export const LOST: 1006;
export function reasonOf(code: number): string;
export type Verdict = "stop" | "credential" | "retry" | "move";
