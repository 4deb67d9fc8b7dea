/** The application's handlers: what they throw, now or later, is reported and harms nobody else (S4). */

/**
 * @template T
 * @param {((value: T) => unknown) | undefined} handler
 * @param {T} value
 * @param {(error: unknown) => void} report
 */
export function call(handler, value, report) {
  try {
    const result = /** @type {any} */ (handler?.(value));
    if (typeof result?.then === "function") result.then(undefined, report);
  } catch (error) {
    report(error);
  }
}
