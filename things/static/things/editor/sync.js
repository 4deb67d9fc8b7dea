/**
 * Sends wishes one request at a time and takes changes from answers and from the stream.
 *
 * Nothing typed is lost: what is pending is kept on the device until the server has it, and the request's id makes
 * a repeated request harmless.
 */

import { newId } from "./ids.js";

/**
 * @param {{store: any, boot: any, keep: {save: (entries: any[]) => void}, fetch?: typeof fetch,
 *   wait?: (ms: number) => Promise<void>, onState: (state: {state: string, count: number, detail?: string}) => void,
 *   onSkipped: (answer: any, actions: any[]) => void, onRefused: (problem: any, actions: any[]) => void,
 *   expect: (offset: number) => void}} options
 */
export function createSync({ store, boot, keep, fetch = globalThis.fetch.bind(globalThis), wait = pause, ...told }) {
  const url = `${boot.api}things/${boot.thing.id}/actions/`;
  let sending = false;
  let failures = 0;
  let stopped = false;
  let wake = () => {};

  function tell() {
    keep.save(store.pending.map(({ id, group, actions }) => ({ id, group, actions })));
    const count = store.pending.length;
    const state = stopped ? "refused" : failures ? "offline" : count ? "saving" : "saved";
    told.onState({ state, count });
  }

  /** @param {any[]} actions @param {string} [group] */
  function perform(actions, group) {
    const last = store.pending.at(-1);
    if (group && last && !last.sent && last.group === group) store.extend(last, actions);
    else store.wish(newId(), actions, group);
    tell();
    void pump();
  }

  async function pump() {
    if (sending || stopped) return;
    sending = true;
    try {
      const next = () => store.pending.find((/** @type {any} */ candidate) => !candidate.answered);
      for (let entry = next(); entry && !stopped; entry = next()) {
        await send(entry);
        tell();
      }
    } finally {
      sending = false;
    }
  }

  /** @param {any} entry */
  async function send(entry) {
    entry.sent = true;
    const body = JSON.stringify({ id: entry.id, group: entry.group, actions: entry.actions });
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": boot.csrf };
    let response;
    try {
      response = await fetch(url, { method: "POST", body, headers, credentials: "same-origin" });
    } catch {
      return retry(0);
    }
    if (response.status === 429 || response.status >= 500) return retry(Number(response.headers.get("Retry-After")) || 0);
    failures = 0;
    const answer = await response.json().catch(() => ({}));
    if (response.ok) answered(entry, answer);
    else refused(entry, answer, response.status);
  }

  /** @param {any} entry @param {any} answer */
  function answered(entry, answer) {
    entry.answered = true;
    if (answer.skipped?.length) told.onSkipped(answer, entry.actions);
    if (answer.revision <= store.revision) store.settle(entry.id);
    else if (!store.apply({ ...answer, actor: null })) told.expect(answer.revision);
  }

  /** @param {any} entry @param {any} problem @param {number} status */
  function refused(entry, problem, status) {
    if (status === 401 || status === 403 || status === 404) {
      // Keep everything: it may be downloaded, and sent when the rights are back.
      stopped = true;
      told.onRefused(problem, store.pending.flatMap((/** @type {any} */ candidate) => candidate.actions));
      return;
    }
    store.settle(entry.id);
    told.onRefused(problem, entry.actions);
  }

  /** @param {number} seconds asked for by the server */
  async function retry(seconds) {
    failures++;
    tell();
    const ceiling = Math.min(20_000, 500 * 2 ** failures);
    await Promise.race([wait(Math.max(seconds * 1000, Math.random() * ceiling)), new Promise((resolve) => (wake = () => resolve(null)))]);
  }

  return {
    perform,
    /** What an earlier visit left. @param {any[]} entries */
    resume(entries) {
      for (const { id, group, actions } of entries) store.wish(id, actions, group);
      tell();
      void pump();
    },
    /** The network is back: do not wait any longer. */
    hurry: () => wake(),
    /** A change on the stream. @param {any} change */
    receive(change) {
      const applied = store.apply(change);
      tell();
      return applied;
    },
  };
}

/** @param {number} ms @returns {Promise<void>} */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
