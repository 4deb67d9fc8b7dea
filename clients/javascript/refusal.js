/** What an HTTP answer that is no stream says, as the end of a connection (E1, C). */

import { LOST } from "./close_codes.js";

const LONGEST_SECONDS = 600;

/**
 * The server's own refusals carry their close code in the problem document. Whatever else answers, a portal or a proxy,
 * says only that this way does not work at present.
 *
 * @param {Response} answer
 * @returns {Promise<import("./connection.js").Close>}
 */
export async function refusalOf(answer) {
  const { code, detail } = await problemOf(answer);
  const found = /^stream_(4\d\d\d)$/.exec(code ?? "");
  return {
    code: found ? Number(found[1]) : LOST,
    reason: found && detail ? detail : `HTTP ${answer.status}`,
    retry: retryOf(answer.headers.get("Retry-After")),
  };
}

/**
 * Not before the seconds it says; those who were told the same do not come back together.
 *
 * @param {string | null} header
 * @returns {[number, number] | null}
 */
function retryOf(header) {
  if (!/^\d{1,9}$/.test(header ?? "")) return null;
  const seconds = Math.min(Number(header), LONGEST_SECONDS);
  return [seconds, 1.5 * seconds];
}

/**
 * @param {Response} answer
 * @returns {Promise<{code?: string, detail?: string}>}
 */
async function problemOf(answer) {
  try {
    const problem = answer.headers.get("Content-Type")?.startsWith("application/problem+json") ? await answer.json() : {};
    return Object(problem);
  } catch {
    return {};
  }
}
