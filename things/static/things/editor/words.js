/** Editing the text of a widget: a field exactly over it. Escape or a press elsewhere keeps what was typed. */

import { html } from "./dom.js";
import { plainText } from "./effects.js";
import { pageOf, through } from "./render/geometry.js";

/** @param {any} editor @param {HTMLElement} place */
export function createWords(editor, place) {
  /** @type {{id: string, field: HTMLTextAreaElement, before: string} | null} */ let open = null;

  /** @param {string} id */
  function edit(id) {
    const widget = editor.view.get(id);
    if (!widget || widget.text === undefined || !editor.mayEdit) return;
    if (widget.locked) return editor.say(`${editor.nameOf(id)} is locked`);
    commit();
    const before = plainText(widget);
    const field = /** @type {HTMLTextAreaElement} */ (html("textarea", { class: "words-edit", "aria-label": `Text of ${editor.nameOf(id)}` }));
    field.value = before;
    open = { id, field, before };
    field.addEventListener("blur", () => commit());
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) {
        event.preventDefault();
        commit();
        editor.stage.focus({ preventScroll: true });
      }
    });
    place.append(field);
    layout();
    editor.presence({ editing: id });
    field.focus();
    field.select();
  }

  function layout() {
    if (!open) return;
    const widget = editor.canvas.get(open.id);
    if (!widget) return;
    const size = widget.size ?? { width: 160, height: widget.font_size * 1.3 };
    const matrix = pageOf(widget, editor.canvas.get);
    const at = editor.camera.toStage(through(matrix, { x: 0, y: 0 }));
    const padding = widget.kind === "text" || !widget.size ? 0 : size.width < 80 ? 8 : 12;
    const angle = (Math.atan2(matrix[1], matrix[0]) * 180) / Math.PI;
    Object.assign(open.field.style, {
      left: `${at.x}px`,
      top: `${at.y}px`,
      width: `${size.width}px`,
      height: `${Math.max(size.height, widget.font_size * 1.3)}px`,
      padding: `${padding}px`,
      fontSize: `${widget.font_size}px`,
      fontWeight: String(widget.font_weight),
      textAlign: widget.align ?? "center",
      color: widget.text_color,
      background: widget.fill && widget.fill !== "none" ? widget.fill : "var(--raised)",
      transform: `rotate(${angle}deg) scale(${editor.camera.zoom})`,
    });
  }

  function commit() {
    if (!open) return;
    const { id, field, before } = open;
    open = null;
    const text = field.value;
    field.remove();
    editor.presence({ editing: null });
    if (text !== before) editor.perform([{ type: "set_text", widget: id, text }], `Wrote “${text.slice(0, 60)}”`);
  }

  return { edit, commit, layout, get editing() { return open?.id ?? null; } };
}
