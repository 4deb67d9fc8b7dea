/** What the editor says: a live region for readers, one toast for everybody, others' edits in batches. */

import { html } from "./dom.js";

const TOAST_MS = 8_000;
const BATCH_MS = 10_000;

/** @param {HTMLElement} live @param {HTMLElement} toasts */
export function createSpeaker(live, toasts) {
  let hiding = 0;
  let batching = 0;
  /** @type {Set<string>} */ const names = new Set();
  let widgets = 0;

  /** @param {string} words */
  const say = (words) => {
    live.textContent = words;
  };

  /** @param {string} words @param {{label: string, act: () => void} | null} [action] @param {boolean} [stays] */
  function toast(words, action = null, stays = false) {
    const box = html("div", { class: "toast", role: "status" }, html("span", {}, words));
    if (action) {
      const button = html("button", { type: "button", class: "btn btn--sm" }, action.label);
      button.addEventListener("click", () => {
        action.act();
        box.remove();
      });
      box.append(button);
    }
    toasts.replaceChildren(box);
    clearTimeout(hiding);
    const hide = () => {
      if (box.matches(":hover, :focus-within")) hiding = window.setTimeout(hide, TOAST_MS);
      else box.remove();
    };
    if (!stays) hiding = window.setTimeout(hide, TOAST_MS);
  }

  /** Somebody else's change: told in batches. @param {string} name @param {number} count */
  function remote(name, count) {
    names.add(name);
    widgets += count;
    if (batching) return;
    batching = window.setTimeout(() => {
      say(`${[...names].join(" and ")} changed ${widgets} ${widgets === 1 ? "widget" : "widgets"}.`);
      names.clear();
      [widgets, batching] = [0, 0];
    }, BATCH_MS);
  }

  return { say, toast, remote };
}
