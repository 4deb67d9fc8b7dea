/**
 * The other way to the server, for networks without WebSocket: one HTTP answer of server-sent events, the same frames,
 * downstream only (E1). The hello becomes a GET. What is asked for after it needs another answer, so the owner is told
 * that this one is outdated; so it is when the server has ended it, as it does after 1 MiB or 10 minutes.
 *
 * `Last-Event-ID` is not sent: the positions of the topics say what was applied, and none is behind the id.
 *
 * @typedef {import("./frames.js").SubscriptionRequest} SubscriptionRequest
 * @typedef {import("./connection.js").Owner} Owner
 */

import { LOST } from "./close_codes.js";
import { EventParser } from "./events.js";
import { refusalOf } from "./refusal.js";
import { Timer } from "./timer.js";

/** Asks of several turns go in one GET. */
const TOGETHER_MS = 100;

/** An answer that ended after so long, or so much, did its work; earlier, somebody cut it. */
const SERVED_MS = 10_000;
const SERVED_CHARACTERS = 512 * 1024;

const ASKS = new Set(["subscribe", "unsubscribe", "authenticate"]);

/**
 * @param {string} url
 * @param {import("./environment.js").Environment} environment
 * @param {Owner} owner
 * @returns {import("./connection.js").Transport}
 */
export function openPush(url, environment, owner) {
  const abort = new AbortController();
  const outdated = new Timer(environment.timers);
  queueMicrotask(() => abort.signal.aborted || owner.opened());
  return {
    name: "push",
    upstream: false,
    send(/** @type {any} */ frame) {
      if (frame.type === "hello") void follow(url, frame, environment, owner, abort.signal);
      else if (ASKS.has(frame.type) && !outdated.pending) outdated.set(TOGETHER_MS, () => owner.outdated());
    },
    close() {
      outdated.clear();
      abort.abort();
    },
  };
}

/**
 * @param {string} url
 * @param {{ticket?: string, subscriptions: SubscriptionRequest[]}} hello
 * @param {import("./environment.js").Environment} environment
 * @param {Owner} owner
 * @param {AbortSignal} signal
 */
async function follow(url, { ticket, subscriptions }, environment, owner, signal) {
  const { fetch, timers } = environment;
  const headers = { Accept: "text/event-stream", ...(ticket && { Authorization: `Ticket ${ticket}` }) };
  try {
    const answer = await fetch(addressOf(url, subscriptions), { headers, signal, cache: "no-store", redirect: "error" });
    owner.closed(isStream(answer) ? await readAll(answer, owner, timers) : await refusalOf(answer));
  } catch (error) {
    if (signal.aborted) return;
    // The network says no more than that; anything else is an answer that cannot be read.
    if (!(error instanceof TypeError)) environment.report(error);
    owner.closed({ code: LOST, reason: "" });
  }
}

/** @param {Response} answer */
function isStream({ ok, body, headers }) {
  return ok && body !== null && (headers.get("Content-Type") ?? "").startsWith("text/event-stream");
}

/**
 * @param {Response} answer
 * @param {Owner} owner
 * @param {import("./environment.js").Timers} timers
 * @returns {Promise<import("./connection.js").Close>}
 */
async function readAll(answer, owner, timers) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
  const [began, decoder, parser] = [timers.now(), new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }), new EventParser()];
  let characters = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const text = decoder.decode(part.value, { stream: true });
    characters += text.length;
    const frames = parser.push(text).filter(({ event }) => event === "message");
    for (const { data } of frames) owner.received(data, timers.now());
  }
  const served = timers.now() - began >= SERVED_MS || characters >= SERVED_CHARACTERS;
  return { code: LOST, reason: "the answer ended", orderly: served };
}

/**
 * `?subscribe=things/<id>;epoch=…;offset=…`, once for each topic.
 *
 * @param {string} url
 * @param {SubscriptionRequest[]} subscriptions
 */
export function addressOf(url, subscriptions) {
  const asked = subscriptions.map(({ service, topic, position }) => {
    const place = position ? `;epoch=${encodeURIComponent(position.epoch)};offset=${position.offset}` : "";
    return `subscribe=${encodeURIComponent(service)}/${encodeURIComponent(topic)}${place}`;
  });
  const [site = "", query] = url.replace(/^ws/, "http").split("?");
  const parts = [...(query ? [query] : []), ...asked];
  return parts.length > 0 ? `${site}?${parts.join("&")}` : site;
}
