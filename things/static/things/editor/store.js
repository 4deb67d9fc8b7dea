/**
 * The state of an open Thing: what the server has confirmed, what is pending, and the view of both.
 *
 * The view is the confirmed state with the pending effects replayed, for the touched widgets only.
 */

import { applyEffect, documentFrom } from "./effects.js";
import { predict } from "./predict.js";

/**
 * @typedef {{id: string, group: string | undefined, actions: any[], effects: any[], sent: boolean}} Pending
 * @typedef {{ids: Set<string>, meta: boolean, by: any}} Changed
 */

const paintingOrder = (/** @type {any} */ a, /** @type {any} */ b) =>
  a.order < b.order ? -1 : a.order > b.order ? 1 : a.id < b.id ? -1 : 1;

/** @param {any} thing as the API shows it @param {any} kinds */
export function createStore(thing, kinds) {
  let confirmed = documentFrom(thing);
  /** @type {Pending[]} */ let pending = [];
  /** @type {Map<string, any>} living widgets as shown */ const shown = new Map();
  /** @type {Map<string | null, any[]> | null} */ let families = null;
  /** @type {Set<(changed: Changed) => void>} */ const listeners = new Set();
  let meta = confirmed.meta;

  const view = {
    get: (/** @type {string} */ id) => shown.get(id),
    all: () => shown.values(),
    get size() {
      return shown.size;
    },
    get meta() {
      return meta;
    },
    childrenOf(/** @type {string | null} */ parent) {
      families ??= gather(shown);
      return families.get(parent) ?? [];
    },
  };

  /** @param {Iterable<string>} ids */
  function show(ids) {
    families = null;
    for (const id of ids) {
      const held = confirmed.widgets.get(id);
      const scratch = { meta: {}, widgets: new Map(held ? [[id, held]] : []) };
      for (const entry of pending) {
        for (const effect of entry.effects) if (touched(effect) === id) applyEffect(scratch, effect);
      }
      const now = scratch.widgets.get(id);
      if (now?.alive) shown.set(id, now.widget);
      else shown.delete(id);
    }
    const scratch = { meta: confirmed.meta, widgets: new Map() };
    for (const entry of pending) for (const effect of entry.effects) if (effect.op === "meta") applyEffect(scratch, effect);
    meta = scratch.meta;
  }

  /** @param {Iterable<string>} ids @param {boolean} metaChanged @param {any} by */
  function tell(ids, metaChanged, by = null) {
    const changed = { ids: new Set(ids), meta: metaChanged, by };
    show(changed.ids);
    for (const listener of listeners) listener(changed);
  }

  /** @param {any[]} effects */
  const idsOf = (effects) => effects.map(touched).filter((id) => id !== null);
  const hasMeta = (/** @type {any[]} */ effects) => effects.some((effect) => effect.op === "meta");

  show(confirmed.widgets.keys());
  return {
    view,
    get revision() {
      return confirmed.revision;
    },
    get pending() {
      return pending;
    },
    /** @param {(changed: Changed) => void} listener */
    subscribe: (listener) => listeners.add(listener),

    /** A wish of this client: shown at once, pending until the server has spoken.
     * @param {string} id @param {any[]} actions @param {string} [group] @returns {Pending} */
    wish(id, actions, group) {
      const entry = { id, group, actions, effects: /** @type {any[]} */ ([]), sent: false };
      pending = [...pending, entry];
      for (const action of actions) {
        const effects = predict(action, view, kinds);
        entry.effects.push(...effects);
        tell(idsOf(effects), hasMeta(effects));
      }
      return entry;
    },

    /** More of a gesture that has not been sent: of one sort the last wins. @param {Pending} entry @param {any[]} actions */
    extend(entry, actions) {
      const touchedBefore = idsOf(entry.effects);
      const keeps = entry.actions.filter((old) => !actions.some((action) => replaces(action, old)));
      entry.actions = [...keeps, ...actions];
      entry.effects = [];
      show(touchedBefore);
      for (const action of entry.actions) {
        entry.effects.push(...predict(action, view, kinds));
        show(idsOf(entry.effects));
      }
      tell([...touchedBefore, ...idsOf(entry.effects)], hasMeta(entry.effects));
    },

    /** A wish is settled without a change, or refused. @param {string} id */
    settle(id) {
      const entry = pending.find((candidate) => candidate.id === id);
      if (!entry) return;
      pending = pending.filter((candidate) => candidate !== entry);
      tell(idsOf(entry.effects), hasMeta(entry.effects));
    },

    /** A change, from the stream or an answer, whichever is first; true when it was the next one. @param {any} change */
    apply(change) {
      if (change.revision !== confirmed.revision + 1) return false;
      const entry = pending.find((candidate) => candidate.id === change.id);
      pending = pending.filter((candidate) => candidate !== entry);
      for (const effect of change.effects) applyEffect(confirmed, effect);
      confirmed.revision = change.revision;
      const effects = [...change.effects, ...(entry?.effects ?? [])];
      tell(idsOf(effects), hasMeta(effects), entry ? null : change.actor);
      return true;
    },

    /** Start again from a snapshot; pending wishes stay. @param {any} thing */
    reset(thing) {
      const before = [...confirmed.widgets.keys()];
      confirmed = documentFrom(thing);
      tell([...before, ...confirmed.widgets.keys(), ...pending.flatMap((entry) => idsOf(entry.effects))], true);
    },
  };
}

/** The widget an effect touches. @param {any} effect @returns {string | null} */
function touched(effect) {
  if (effect.op === "meta" || effect.op === "comment") return null;
  return effect.op === "add" ? effect.widget.id : effect.widget;
}

/** @param {any} action @param {any} old */
function replaces(action, old) {
  if (action.type !== old.type || !["move", "resize", "rotate", "style", "set_text", "rename"].includes(action.type)) return false;
  if (action.type === "style") return JSON.stringify([action.widgets, Object.keys(action.set)]) === JSON.stringify([old.widgets, Object.keys(old.set)]);
  if (action.type === "set_text") return action.widget === old.widget;
  if (action.type === "rename") return true;
  const ids = (/** @type {any} */ part) => part.widgets.map((/** @type {any} */ entry) => entry.id).join();
  return ids(action) === ids(old);
}

/** @param {Map<string, any>} shown */
function gather(shown) {
  /** @type {Map<string | null, any[]>} */ const families = new Map();
  for (const widget of shown.values()) {
    const parent = shown.has(widget.place.parent) ? widget.place.parent : null;
    const family = families.get(parent);
    if (family) family.push(widget);
    else families.set(parent, [widget]);
  }
  for (const family of families.values()) family.sort(paintingOrder);
  return families;
}
