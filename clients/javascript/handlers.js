/** The application's handlers: what they throw, now or later, is reported and harms nobody else (S4). */

/** @typedef {(error: unknown) => void} Report */

/**
 * @template T
 * @param {((value: T) => unknown) | undefined} handler
 * @param {T} value
 * @param {Report} report
 */
export function call(handler, value, report) {
  try {
    const result = /** @type {any} */ (handler?.(value));
    if (typeof result?.then === "function") result.then(undefined, report);
  } catch (error) {
    report(error);
  }
}

/**
 * What an application's function answers; null when it failed.
 *
 * @template T
 * @param {() => T} work
 * @param {Report} report
 * @returns {Promise<{value: globalThis.Awaited<T>} | null>}
 */
export async function answerOf(work, report) {
  try {
    return { value: await work() };
  } catch (error) {
    report(error);
    return null;
  }
}

/**
 * Who listens to what.
 *
 * @template {Record<string, any>} Events
 */
export class Listeners {
  /** @type {Map<keyof Events, Set<(value: any) => void>>} */ #listeners = new Map();
  #report;

  /** @param {Report} report */
  constructor(report) {
    this.#report = report;
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(value: Events[Name]) => void} listener
   */
  add(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} value
   */
  tell(name, value) {
    for (const listener of this.#listeners.get(name) ?? []) call(listener, value, this.#report);
  }
}
