/** Which topics may be asked for on a connection: those it is time for, as far as there are places (S1). */
/**
 * @param {import("./ledger.js").Ledger} ledger
 * @param {Iterable<import("./topic.js").Topic>} topics
 * @param {number} limit
 */
export function placed(ledger: import("./ledger.js").Ledger, topics: Iterable<import("./topic.js").Topic>, limit: number): {
    asked: import("./topic.js").Topic[];
    requests: import("./frames.js").SubscriptionRequest[];
};
