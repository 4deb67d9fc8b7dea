/**
 * What the client takes from the world: clock, chance, sockets, HTTP and the page's visibility. A test gives its own.
 *
 * @typedef {{setTimeout: (callback: () => void, ms: number) => any, clearTimeout: (handle: any) => void, now: () => number}} Timers
 * @typedef {{hidden: () => boolean, listen: (wake: () => void) => () => void}} Page
 * @typedef {{WebSocket: any, fetch: typeof globalThis.fetch, timers: Timers, random: () => number, page: Page, secure: boolean,
 *   report: (error: unknown) => void}} Environment `secure`: whether a browser says of a request which site it comes from
 */

/** @type {Timers} */
const realTimers = {
  setTimeout: (callback, ms) => globalThis.setTimeout(callback, ms),
  clearTimeout: (handle) => globalThis.clearTimeout(handle),
  now: () => performance.now(),
};

/**
 * The page this runs in; a program without one is always visible.
 *
 * @returns {Page}
 */
export function browserPage() {
  const { document, window } = globalThis;
  return {
    hidden: () => document?.visibilityState === "hidden",
    listen(wake) {
      const visible = () => document.visibilityState === "visible" && wake();
      window?.addEventListener("online", wake);
      window?.addEventListener("pageshow", wake);
      document?.addEventListener("visibilitychange", visible);
      return () => {
        window?.removeEventListener("online", wake);
        window?.removeEventListener("pageshow", wake);
        document?.removeEventListener("visibilitychange", visible);
      };
    },
  };
}

/**
 * @param {Partial<Environment>} given
 * @returns {Environment}
 */
export const environmentFrom = (given) => ({
  WebSocket: "WebSocket" in given ? given.WebSocket : globalThis.WebSocket,
  fetch: given.fetch ?? ((...request) => globalThis.fetch(...request)),
  timers: given.timers ?? realTimers,
  random: given.random ?? Math.random,
  page: given.page ?? browserPage(),
  secure: given.secure ?? globalThis.isSecureContext !== false,
  report: given.report ?? ((error) => console.error(error)),
});
