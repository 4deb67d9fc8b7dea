/** The outline: every widget, front to back, as a tree that mirrors the canvas; the canvas for a screen reader. */

import { html, icon } from "../dom.js";
import { plainText } from "../effects.js";

/** @type {Record<string, string>} */
const ICONS = { frame: "frame", text: "type", note: "sticky-note", connector: "spline", rectangle: "square", ellipse: "circle", diamond: "diamond", triangle: "triangle", hexagon: "hexagon", star: "star", arrow: "arrow-right" };
/** @type {Record<string, string>} */
const TITLES = { frame: "Frame", text: "Text", note: "Note", connector: "Connector", rectangle: "Rectangle", ellipse: "Ellipse", diamond: "Diamond", triangle: "Triangle", hexagon: "Hexagon", star: "Star", arrow: "Arrow" };

/** @param {any} widget */
export const sortOf = (widget) => TITLES[widget.form ?? widget.kind] ?? widget.kind;

/** What a widget is called: its name, its words, what it joins, or its sort. @param {any} widget @param {(id: string) => any} get @returns {string} */
export function titleOf(widget, get) {
  if (widget.name) return widget.name;
  const words = plainText(widget).trim().split("\n")[0];
  if (words) return words.slice(0, 80);
  const [from, to] = [widget.start?.widget && get(widget.start.widget), widget.end?.widget && get(widget.end.widget)];
  if (from && to) return `${titleOf(from, get)} to ${titleOf(to, get)}`;
  return sortOf(widget);
}

/** @param {HTMLElement} tree @param {any} editor */
export function createOutline(tree, editor) {
  const { view, selection } = editor;
  let asked = 0;
  /** @type {string | null} */ let current = null;
  /** @type {Map<string, any>} */ let people = new Map();

  const ask = () => (asked ||= requestAnimationFrame(paint));

  function paint() {
    asked = 0;
    if (tree.querySelector("input")) return;
    const focused = tree.contains(document.activeElement);
    const rows = list(null, 0);
    if (!rows.length) rows.push(html("li", { class: "empty", role: "none" }, "Nothing on the canvas. Press R, or paste."));
    tree.replaceChildren(...rows);
    if (focused && current) row(current)?.focus();
  }

  /** @param {string | null} parent @param {number} depth @returns {HTMLElement[]} */
  function list(parent, depth) {
    return [...view.childrenOf(parent)].reverse().flatMap((widget) => [rowOf(widget, depth), ...list(widget.id, depth + 1)]);
  }

  /** @param {string} id @returns {HTMLElement | null} */
  const row = (id) => tree.querySelector(`[data-row="${CSS.escape(id)}"]`);

  /** @param {any} widget @param {number} depth */
  function rowOf(widget, depth) {
    current ??= widget.id;
    const chosen = selection.has(widget.id);
    const classes = [depth ? `d${Math.min(depth, 2)}` : "", widget.kind === "frame" ? "grp" : "", widget.hidden ? "off" : ""].filter(Boolean).join(" ");
    const attributes = { role: "treeitem", "data-row": widget.id, class: classes || null, "aria-level": depth + 1, "aria-selected": String(chosen), tabindex: widget.id === current ? 0 : -1 };
    const flags = editor.mayEdit ? [flag(widget, "locked", "lock", "lock", "lock-open"), flag(widget, "hidden", "hide", "eye-off", "eye")] : [];
    const element = html("li", attributes, icon(ICONS[widget.form ?? widget.kind] ?? "square"), html("span", {}, titleOf(widget, view.get)), ...flags, ...dots(widget.id));
    element.addEventListener("click", (event) => choose(widget.id, event));
    element.addEventListener("dblclick", () => rename(widget.id));
    element.addEventListener("keydown", (event) => key(widget.id, event));
    return element;
  }

  /** @param {any} widget @param {string} field @param {string} type @param {string} on @param {string} off */
  function flag(widget, field, type, on, off) {
    const words = { locked: ["Lock", "Unlock"], hidden: ["Hide", "Show"] }[field] ?? [];
    const label = `${words[widget[field] ? 1 : 0]} ${titleOf(widget, view.get)}`;
    const button = html("button", { type: "button", tabindex: -1, class: `flag${widget[field] ? " is-on" : ""}`, "aria-label": label, title: label }, icon(widget[field] ? on : off));
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      editor.perform([{ type, widgets: [widget.id], on: !widget[field] }], label);
    });
    return button;
  }

  /** @param {string} id */
  function dots(id) {
    const here = [...people.values()].filter((value) => value.selection?.includes(id));
    return here.map(({ user }) => html("b", { class: `who p${user.color}`, title: user.name }));
  }

  /** @param {string} id @param {MouseEvent | KeyboardEvent} event */
  function choose(id, event) {
    current = id;
    if (event.shiftKey || event.ctrlKey || event.metaKey) selection.toggle(id);
    else selection.set([id]);
    row(id)?.focus();
  }

  /** @param {string} id @param {KeyboardEvent} event */
  function key(id, event) {
    const rows = /** @type {HTMLElement[]} */ ([...tree.querySelectorAll("[data-row]")]);
    const index = rows.findIndex((element) => element.dataset.row === id);
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      event.stopPropagation();
      editor.perform([{ type: "reorder", widgets: [id], to: event.key === "ArrowUp" ? "forward" : "backward" }], `${titleOf(view.get(id), view.get)} moved ${event.key === "ArrowUp" ? "forward" : "backward"}`);
    } else if (to !== undefined && rows[to]) {
      event.preventDefault();
      event.stopPropagation();
      for (const element of rows) element.tabIndex = -1;
      current = rows[to].dataset.row ?? null;
      rows[to].tabIndex = 0;
      rows[to].focus();
      if (current) selection.set([current]);
    } else if (event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      choose(id, event);
    } else if (event.key === "F2") {
      event.preventDefault();
      rename(id);
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      editor.editText(id);
    }
  }

  /** @param {string} id */
  function rename(id) {
    const widget = view.get(id);
    const element = row(id);
    if (!widget || !element || !editor.mayEdit) return;
    const field = /** @type {HTMLInputElement} */ (html("input", { value: widget.name, "aria-label": "Name", maxlength: 200, placeholder: titleOf(widget, view.get) }));
    element.querySelector("span")?.replaceChildren(field);
    const done = (/** @type {boolean} */ keep) => {
      if (!field.isConnected) return;
      field.remove();
      if (keep && field.value !== widget.name) editor.perform([{ type: "set_fields", widgets: [{ id, name: field.value }] }], `Named ${field.value}`);
      ask();
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") done(false);
    });
    field.addEventListener("blur", () => done(true));
    field.focus();
    field.select();
  }

  return {
    ask,
    rename,
    /** @param {Map<string, any>} values */
    people(values) {
      people = values;
      ask();
    },
  };
}
