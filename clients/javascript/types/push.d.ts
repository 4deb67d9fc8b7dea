/**
 * @param {string} url
 * @param {import("./environment.js").Environment} environment
 * @param {Owner} owner
 * @returns {import("./connection.js").Transport}
 */
export function openPush(url: string, environment: import("./environment.js").Environment, owner: Owner): import("./connection.js").Transport;
/**
 * `?subscribe=things/<id>;epoch=…;offset=…`, once for each topic.
 *
 * @param {string} url
 * @param {SubscriptionRequest[]} subscriptions
 */
export function addressOf(url: string, subscriptions: SubscriptionRequest[]): string;
/**
 * The other way to the server, for networks without WebSocket: one HTTP answer of server-sent events, the same frames,
 * downstream only (E1). The hello becomes a GET. What is asked for after it needs another answer, so the owner is told
 * that this one is outdated; so it is when the server has ended it, as it does after 1 MiB or 10 minutes.
 *
 * `Last-Event-ID` is not sent: the positions of the topics say what was applied, so none is behind the cursor.
 */
export type SubscriptionRequest = import("./frames.js").SubscriptionRequest;
/**
 * The other way to the server, for networks without WebSocket: one HTTP answer of server-sent events, the same frames,
 * downstream only (E1). The hello becomes a GET. What is asked for after it needs another answer, so the owner is told
 * that this one is outdated; so it is when the server has ended it, as it does after 1 MiB or 10 minutes.
 *
 * `Last-Event-ID` is not sent: the positions of the topics say what was applied, so none is behind the cursor.
 */
export type Owner = import("./connection.js").Owner;
