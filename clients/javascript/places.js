/** Which topics may be asked for on a connection: those it is time for, as far as there are places (S1). */

/**
 * @param {import("./ledger.js").Ledger} ledger
 * @param {Iterable<import("./topic.js").Topic>} topics
 * @param {number} limit
 */
export function placed(ledger, topics, limit) {
  const asked = [];
  const requests = [];
  let places = limit - ledger.size;
  for (const topic of topics) {
    const request = topic.request();
    if (request === null || (!ledger.holds(topic) && places-- <= 0)) continue;
    if (topic.status === "waiting") topic.status = "subscribing";
    asked.push(topic);
    requests.push(request);
  }
  return { asked, requests };
}
