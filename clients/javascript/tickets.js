/** Single-use tickets for the `hello` of a page of another origin, or of a program (A3). */

/**
 * A `ticket` callback that asks the HTTP API; null when nobody is signed in.
 *
 * @param {string} url of `POST /api/stream/tickets/`
 * @param {{fetch?: typeof fetch, headers?: () => Record<string, string>, credentials?: RequestCredentials}} [options]
 * @returns {() => Promise<string | null>}
 */
export function ticketFrom(url, { fetch = globalThis.fetch, headers, credentials = "same-origin" } = {}) {
  return async () => {
    const answer = await fetch(url, { method: "POST", credentials, headers: { Accept: "application/json", ...headers?.() } });
    if (answer.status === 401 || answer.status === 403) return null;
    if (!answer.ok) throw new Error(`expected 201 from ${url}, got ${answer.status}`);
    return (await answer.json()).ticket;
  };
}
