/** The inspector: exact fields for what is selected; the way to do without a drag whatever a drag does. */

import { html, icon } from "../dom.js";
import { sortOf, titleOf } from "./outline.js";

const SWATCHES = ["#ffffff", "#e3e6e0", "#fbe6a2", "#f8cfb0", "#f4c6cd", "#dccff0", "#c3def3", "#c2e6d3", "#1b201d", "#868d87", "#f2b61c", "#ec7a34", "#cf3b34", "#8d4a9e", "#2f6fd0", "#1f9c8a"];
/** @type {Record<string, string>} */
const COLOURS = { "#ffffff": "White", "#e3e6e0": "Stone", "#fbe6a2": "Butter", "#f8cfb0": "Apricot", "#f4c6cd": "Rose", "#dccff0": "Lilac", "#c3def3": "Sky", "#c2e6d3": "Mint", "#1b201d": "Ink", "#868d87": "Grey", "#f2b61c": "Sun", "#ec7a34": "Orange", "#cf3b34": "Red", "#8d4a9e": "Plum", "#2f6fd0": "Blue", "#1f9c8a": "Teal" };
const EDGES = [["left", "align-start-vertical", "Align left"], ["center", "align-center-vertical", "Align centre"], ["right", "align-end-vertical", "Align right"], ["top", "align-start-horizontal", "Align top"], ["middle", "align-center-horizontal", "Align middle"], ["bottom", "align-end-horizontal", "Align bottom"]];

/** @param {HTMLElement} panel @param {HTMLElement} sheet @param {any} editor */
export function createInspector(panel, sheet, editor) {
  const { view, selection } = editor;
  let asked = 0;
  const ask = () => (asked ||= requestAnimationFrame(paint));

  function paint() {
    asked = 0;
    const active = document.activeElement;
    // Whoever is typing in a field is not interrupted.
    if (active instanceof HTMLElement && panel.contains(active) && active.matches("input, textarea, select")) return;
    const widgets = selection.list.map(view.get).filter(Boolean);
    panel.replaceChildren(...(widgets.length ? parts(widgets) : hint()));
    sheet.hidden = !widgets.length;
    if (widgets.length && !sheet.contains(active)) sheet.replaceChildren(...small(widgets));
  }

  function hint() {
    const line = (/** @type {string} */ key, /** @type {string} */ words) => html("p", {}, html("kbd", {}, key), ` ${words}`);
    const keys = editor.mayEdit
      ? [line("R", "rectangle"), line("O", "ellipse"), line("N", "note"), line("T", "text"), line("F", "frame"), line("L", "connector"), line("?", "all keys")]
      : [html("p", {}, "You may look at this Thing.")];
    return [html("div", { class: "hint" }, html("p", {}, "Nothing is selected."), ...keys)];
  }

  /** @param {any[]} widgets */
  function parts(widgets) {
    const [first] = widgets;
    const sections = [head(widgets)];
    if (editor.mayEdit) sections.push(aligns(widgets));
    sections.push(place(widgets));
    if ("fill" in first) sections.push(paintSection("Fill", "fill", widgets));
    if ("stroke" in first) sections.push(paintSection("Stroke", "stroke", widgets));
    if ("font_size" in first) sections.push(letters(widgets));
    if (widgets.length === 1) sections.push(words(first));
    return sections;
  }

  /** @param {any[]} widgets */
  function head(widgets) {
    const [first] = widgets;
    const parent = view.get(first.place.parent);
    const many = widgets.length > 1;
    const title = many ? `${widgets.length} widgets` : titleOf(first, view.get);
    const below = many ? "Selected" : sortOf(first) + (parent ? ` in ${titleOf(parent, view.get)}` : "");
    const buttons = editor.mayEdit ? [button("Bring to front", "arrow-up", () => order("front")), button("Send to back", "arrow-down", () => order("back")), button("Delete", "trash-2", editor.deleteSelected)] : [];
    return html("div", { class: "kindhead" }, html("div", {}, html("b", {}, title), html("small", {}, below)), ...buttons);
  }

  /** @param {string} to */
  const order = (to) => editor.perform([{ type: "reorder", widgets: selection.list, to }], to === "front" ? "Brought to front" : "Sent to back");

  /** @param {string} label @param {string} name @param {() => void} act @param {any} [more] */
  const button = (label, name, act, more = {}) => html("button", { type: "button", class: "ib", "aria-label": label, title: label, onclick: act, ...more }, icon(name));

  /** @param {any[]} widgets */
  function aligns(widgets) {
    const act = (/** @type {string} */ edge, /** @type {string} */ label) => () => editor.perform([{ type: "align", widgets: selection.list, edge }], label);
    const buttons = EDGES.map(([edge, name, label]) => button(label, name, act(edge, label), { disabled: widgets.length < 2 }));
    return html("div", { class: "aligns", role: "toolbar", "aria-label": "Align" }, ...buttons);
  }

  /** A number field: arrows step it, what is not a number keeps the old one.
   * @param {string} sign @param {string} label @param {any} value @param {(value: number) => void} act @param {string} [unit] */
  function field(sign, label, value, act, unit = "") {
    const shown = value === undefined ? "" : String(Math.round(value * 100) / 100);
    const input = /** @type {HTMLInputElement} */ (html("input", { value: shown, inputmode: "decimal", "aria-label": label, placeholder: value === undefined ? "Mixed" : null, disabled: !editor.mayEdit }));
    const commit = () => {
      const next = Number(input.value.replace(",", "."));
      if (input.value.trim() === "" || !Number.isFinite(next)) input.value = shown;
      else if (String(next) !== shown) act(next);
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (event.key === "Enter") commit();
      if (event.key === "Escape") editor.stage.focus({ preventScroll: true });
      if (step) {
        event.preventDefault();
        input.value = String(Number(input.value || 0) + step * (event.shiftKey ? 10 : 1));
        commit();
      }
    });
    input.addEventListener("change", commit);
    return html("label", { class: "nf" }, html("span", {}, sign), input, html("em", {}, unit));
  }

  /** The value all share. @param {any[]} widgets @param {(widget: any) => any} of */
  const shared = (widgets, of) => (new Set(widgets.map(of)).size === 1 ? of(widgets[0]) : undefined);

  /** @param {any[]} widgets */
  function places(widgets) {
    const move = (/** @type {string} */ axis) => (/** @type {number} */ value) =>
      editor.perform([{ type: "move", widgets: widgets.map(({ id, place }) => ({ id, place: { ...place, [axis]: value } })) }], `${axis.toUpperCase()} ${value}`);
    const size = (/** @type {string} */ side) => (/** @type {number} */ value) =>
      editor.perform([{ type: "resize", widgets: widgets.filter((w) => w.size).map((w) => ({ id: w.id, size: { ...w.size, [side]: Math.max(0, value) } })) }], `${side} ${value}`);
    const fields = [field("X", "X", shared(widgets, (w) => w.place.x), move("x")), field("Y", "Y", shared(widgets, (w) => w.place.y), move("y"))];
    if (widgets.some((w) => w.size)) fields.push(field("W", "Width", shared(widgets, (w) => w.size?.width), size("width")), field("H", "Height", shared(widgets, (w) => w.size?.height), size("height")));
    return fields;
  }

  /** @param {any[]} widgets */
  function place(widgets) {
    const fields = places(widgets);
    const turn = (/** @type {number} */ value) => editor.perform([{ type: "rotate", widgets: widgets.map(({ id }) => ({ id, rotation: value })) }], `Angle ${value}`);
    if (widgets.every((w) => "rotation" in w)) fields.push(field("∠", "Angle", shared(widgets, (w) => w.rotation), turn, "°"));
    if (widgets.every((w) => "corner_radius" in w)) fields.push(field("◜", "Corner radius", shared(widgets, (w) => w.corner_radius), style("corner_radius"), "px"));
    return html("section", {}, html("h3", {}, "Place and size"), html("div", { class: "two" }, ...fields));
  }

  /** @param {string} name */
  const style = (name) => (/** @type {any} */ value) => editor.perform([{ type: "style", widgets: selection.list, set: { [name]: value } }], `${name.replace("_", " ")} ${value}`);

  /** @param {string} name @param {any[]} widgets @param {string[]} colours */
  function swatches(name, widgets, colours) {
    const present = shared(widgets, (w) => w[name]);
    return colours.map((colour) => {
      const swatch = html("button", { type: "button", class: "sw", "aria-label": `${name.replace("_", " ")} ${COLOURS[colour]}`, title: COLOURS[colour], "aria-pressed": String(present === colour), disabled: !editor.mayEdit, onclick: () => style(name)(colour) });
      swatch.style.setProperty("--sw", colour);
      return swatch;
    });
  }

  /** @param {string} title @param {string} name @param {any[]} widgets */
  function paintSection(title, name, widgets) {
    const value = shared(widgets, (w) => w[name]);
    const hex = /** @type {HTMLInputElement} */ (html("input", { value: value ?? "", "aria-label": `${title} colour`, maxlength: 9, placeholder: "Mixed", disabled: !editor.mayEdit }));
    hex.addEventListener("change", () => {
      const wanted = hex.value.trim().toLowerCase().replace(/^(?=[0-9a-f]{6})/, "#");
      if (/^(#[0-9a-f]{6}([0-9a-f]{2})?|none)$/.test(wanted)) style(name)(wanted);
      else hex.value = value ?? "";
    });
    hex.addEventListener("keydown", (event) => event.stopPropagation());
    const row = [html("div", { class: "grow" }, html("label", { class: "nf" }, html("span", {}, "#"), hex))];
    if (name === "fill") row.push(field("", "Opacity", opacityOf(widgets), (percent) => style("opacity")(Math.min(100, Math.max(0, percent)) / 100), "%"));
    else row.push(field("—", "Stroke width", shared(widgets, (w) => w.stroke_width), (width) => style("stroke_width")(Math.max(0, width))));
    return html("section", {}, html("h3", {}, title), html("div", { class: "rowx" }, ...row), html("div", { class: "pal" }, ...swatches(name, widgets, SWATCHES)));
  }

  /** @param {any[]} widgets */
  const opacityOf = (widgets) => {
    const value = shared(widgets, (w) => w.opacity);
    return value === undefined ? undefined : value * 100;
  };

  /** @param {any[]} widgets */
  function letters(widgets) {
    const weights = [[400, "Regular"], [500, "Medium"], [600, "Semibold"], [700, "Bold"]];
    const present = shared(widgets, (w) => w.font_weight);
    const select = /** @type {HTMLSelectElement} */ (html("select", { "aria-label": "Weight", disabled: !editor.mayEdit }, ...weights.map(([value, name]) => html("option", { value, selected: value === present }, String(name)))));
    select.addEventListener("change", () => {
      style("font_weight")(Number(select.value));
      select.blur();
    });
    const aligned = shared(widgets, (w) => w.align);
    const seg = ["left", "center", "right"].map((align) => button(`Text ${align}`, `align-${align}`, () => style("align")(align), { "aria-pressed": String(aligned === align) }));
    const rows = [html("div", { class: "rowx" }, html("div", { class: "grow" }, select), field("T", "Font size", shared(widgets, (w) => w.font_size), style("font_size")))];
    if (widgets.every((w) => "align" in w)) rows.push(html("div", { class: "seg", role: "group", "aria-label": "Text alignment" }, ...seg));
    return html("section", {}, html("h3", {}, "Text"), ...rows);
  }

  /** @param {any} widget */
  function words(widget) {
    const field = /** @type {HTMLTextAreaElement} */ (html("textarea", { "aria-label": "Description", maxlength: 2000, disabled: !editor.mayEdit, placeholder: "For people who cannot see it" }));
    field.value = widget.alt;
    field.addEventListener("keydown", (event) => event.stopPropagation());
    field.addEventListener("change", () => editor.perform([{ type: "set_fields", widgets: [{ id: widget.id, alt: field.value }] }], "Described"));
    return html("section", {}, html("h3", {}, "Description"), field);
  }

  /** The sheet of a phone. @param {any[]} widgets */
  function small(widgets) {
    const [first] = widgets;
    const title = widgets.length > 1 ? `${widgets.length} widgets` : titleOf(first, view.get);
    const buttons = editor.mayEdit ? [button("Undo", "undo-2", editor.undo), button("Duplicate", "copy", editor.duplicate), button("Delete", "trash-2", editor.deleteSelected)] : [];
    const rows = [html("span", { class: "grip" }), html("div", { class: "kindhead" }, html("div", {}, html("b", {}, title), html("small", {}, sortOf(first))), ...buttons)];
    if ("fill" in first && editor.mayEdit) rows.push(html("div", { class: "pal" }, ...swatches("fill", widgets, SWATCHES.slice(0, 8))));
    rows.push(html("div", { class: "four" }, ...places(widgets)));
    return rows;
  }

  return { ask };
}
