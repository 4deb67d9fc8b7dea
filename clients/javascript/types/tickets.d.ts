/** Single-use tickets for the `hello` of a page of another origin, or of a program (A3). */
/**
 * A `ticket` callback that asks the HTTP API; null when nobody is signed in.
 *
 * @param {string} url of `POST /api/stream/tickets/`
 * @param {{fetch?: typeof fetch, headers?: () => Record<string, string>, credentials?: RequestCredentials}} [options]
 * @returns {() => Promise<string | null>}
 */
export function ticketFrom(url: string, { fetch, headers, credentials }?: {
    fetch?: typeof globalThis.fetch;
    headers?: () => Record<string, string>;
    credentials?: RequestCredentials;
}): () => Promise<string | null>;
