/** The foot: how much is selected, the trace of changes (colour = who, height = how much), the zoom. */

import { html } from "../dom.js";

const TICKS = 90;
const PAUSE_MS = 120_000;

/** @param {HTMLElement} foot @param {any} editor @param {any} store */
export function createFoot(foot, editor, store) {
  const [chosen, trace, count, zoom] = ["#chosen", "#trace", "#count", "#zoom"].map((selector) => /** @type {HTMLElement} */ (foot.querySelector(selector)));
  /** @type {{color: number, effects: number, at: number}[]} */ const ticks = [];
  let asked = 0;
  const ask = () => (asked ||= requestAnimationFrame(paint));

  function paint() {
    asked = 0;
    const { ids } = editor.selection;
    chosen.replaceChildren(html("b", {}, String(ids.size)), ` of ${editor.view.size} selected`);
    zoom.textContent = `${Math.round(editor.camera.zoom * 100)}%`;
    zoom.setAttribute("aria-label", `${zoom.textContent}, zoom to 100 %`);
    count.replaceChildren(html("b", {}, store.revision.toLocaleString("en")), " changes");
    trace.replaceChildren(...ticks.slice(-TICKS).map(tick));
  }

  /** @param {{color: number, effects: number, at: number}} change @param {number} index @param {any[]} all */
  function tick({ color, effects, at }, index, all) {
    const bar = html("i", { class: color ? `p${color}` : null });
    bar.style.height = `${Math.min(20, 5 + 4 * Math.log2(1 + effects))}px`;
    if (index && at - all[index - 1].at > PAUSE_MS) bar.style.marginInlineStart = "6px";
    return bar;
  }

  /** The person's own colour; ink for the system and for who has left. @param {any} actor */
  function colorOf(actor) {
    return editor.boot.colors[actor?.id] ?? 0;
  }

  /** @param {any} change */
  function changed({ actor, effects, created_at: at }) {
    ticks.push({ color: colorOf(actor), effects: effects?.length ?? 1, at: Date.parse(at) || Date.now() });
    if (ticks.length > 2 * TICKS) ticks.splice(0, TICKS);
    ask();
  }

  return {
    ask,
    changed,
    /** The newest changes before this visit. @param {(path: string) => Promise<any>} read */
    async load(read) {
      const { results } = await read(`changes/?since=${Math.max(0, store.revision - TICKS)}&limit=${TICKS}`).catch(() => ({ results: [] }));
      for (const change of results) changed(change);
      ask();
    },
  };
}
