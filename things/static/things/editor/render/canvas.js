/** The living canvas: a group a widget, children inside their frame's group, redrawn only when something changed. */

import { svg } from "../dom.js";
import { draw, transformOf } from "./draw.js";

/**
 * @param {Element} layer where the groups live
 * @param {{view: any, letters: any, previewOf: (id: string) => any, isLifted: (id: string) => boolean}} options
 */
export function createCanvas(layer, { view, letters, previewOf, isLifted }) {
  /** @type {Map<string, {group: Element, own: Element, inside: Element | null}>} */ const drawn = new Map();
  /** @type {Set<string>} */ const dirty = new Set();
  let whole = true;
  let asked = 0;

  /** A widget as it looks now, with a drag in motion laid over it. @param {string} id */
  function get(id) {
    const widget = view.get(id);
    const preview = widget && previewOf(id);
    return preview ? { ...widget, ...preview } : widget;
  }
  const ink = { letters, get };

  /** @param {Iterable<string>} ids */
  function touch(ids) {
    for (const id of ids) dirty.add(id);
    if (!asked) asked = requestAnimationFrame(paint);
  }

  function paint() {
    asked = 0;
    if (whole) for (const widget of view.all()) dirty.add(widget.id);
    const moved = dirty.size > 0;
    const parents = new Set();
    for (const id of dirty) paintOne(id, parents);
    if (moved) for (const widget of view.all()) if (widget.kind === "connector" && !dirty.has(widget.id)) paintOne(widget.id, parents);
    for (const parent of parents) arrange(parent);
    dirty.clear();
    whole = false;
  }

  /** @param {string} id @param {Set<any>} parents */
  function paintOne(id, parents) {
    const widget = get(id);
    const known = drawn.get(id);
    if (!widget || widget.hidden) {
      known?.group.remove();
      drawn.delete(id);
      return;
    }
    const entry = known ?? create(widget);
    entry.group.setAttribute("transform", transformOf(widget));
    entry.group.setAttribute("opacity", String(widget.opacity));
    entry.group.classList.toggle("lift", isLifted(id));
    entry.own.replaceChildren(...draw(widget, ink));
    const base = view.get(id);
    parents.add(view.get(base.place.parent) ? base.place.parent : null);
    if (!known && entry.inside) parents.add(id);
  }

  /** @param {any} widget */
  function create(widget) {
    const own = svg("g");
    const inside = widget.kind === "connector" ? null : svg("g");
    const group = svg("g", { "data-id": widget.id, "data-kind": widget.kind }, own, ...(inside ? [inside] : []));
    const entry = { group, own, inside };
    drawn.set(widget.id, entry);
    return entry;
  }

  /** Children in painting order. @param {string | null} parent */
  function arrange(parent) {
    const place = parent === null ? layer : drawn.get(parent)?.inside;
    if (!place) return;
    const groups = view.childrenOf(parent).flatMap((/** @type {any} */ widget) => drawn.get(widget.id)?.group ?? []);
    const same = groups.length === place.children.length && groups.every((/** @type {Element} */ group, /** @type {number} */ index) => place.children[index] === group);
    if (!same) place.replaceChildren(...groups);
  }

  return {
    touch,
    get,
    paint,
    all() {
      whole = true;
      touch([]);
    },
  };
}
