/** The keyboard: every tool a letter, every manipulation a key. Typing in a field is left alone. */

/** @type {Record<string, string>} */
const TOOLS = { v: "select", h: "hand", r: "rectangle", o: "ellipse", l: "connector", t: "text", n: "note", f: "frame" };
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {any} editor @param {{stage: SVGElement, keysSheet: HTMLDialogElement}} parts */
export function createShortcuts(editor, { stage, keysSheet }) {
  const { selection, camera, view } = editor;

  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    document.body.classList.toggle("by-keyboard", event.key === "Tab" || event.key.startsWith("Arrow"));
    if (target.closest("input, textarea, select, dialog[open]")) return;
    const handled = event.ctrlKey || event.metaKey ? withControl(event) : plain(event);
    if (handled) event.preventDefault();
  });
  addEventListener("keyup", (event) => {
    if (event.key === " ") editor.spaceHeld = false;
  });

  /** @param {KeyboardEvent} event */
  function withControl(event) {
    switch (event.key.toLowerCase()) {
      case "z":
        return done(event.shiftKey ? editor.redo() : editor.undo());
      case "y":
        return done(editor.redo());
      case "a":
        return done(selection.set([...view.all()].filter((widget) => !widget.place.parent && !widget.locked).map(({ id }) => id)));
      case "d":
        return done(editor.duplicate());
      default:
        return false;
    }
  }

  /** @param {KeyboardEvent} event */
  function plain(event) {
    const onButton = /** @type {HTMLElement} */ (event.target).closest("button, a, [role=treeitem]");
    if (onButton && (event.key === "Enter" || event.key === " ")) return false;
    const tool = TOOLS[event.key.toLowerCase()];
    if (tool && !event.altKey) return done(useTool(tool, event));
    if (ARROWS[event.key] && selection.ids.size && !event.altKey) return done(nudge(event));
    switch (event.key) {
      case " ":
        editor.spaceHeld = true;
        return done(true);
      case "Escape":
        editor.gestures?.cancel();
        return done(editor.tool === "select" ? selection.clear() : editor.setTool("select"));
      case "Delete":
      case "Backspace":
        return done(editor.deleteSelected());
      case "Enter":
        return selection.list[0] ? done(editor.editText(selection.list[0])) : false;
      case "]":
        return done(reorder(event.shiftKey ? "front" : "forward"));
      case "[":
        return done(reorder(event.shiftKey ? "back" : "backward"));
      case "}":
        return done(reorder("front"));
      case "{":
        return done(reorder("back"));
      case "+":
      case "=":
        return done(camera.zoomBy(1.25));
      case "-":
        return done(camera.zoomBy(0.8));
      case "0":
        return done(camera.zoomTo(1));
      case "1":
        return done(editor.fit([]));
      case "2":
        return done(editor.fit());
      case "?":
        return done(keysSheet.showModal());
      case "Tab":
        return event.target === stage && view.size ? done(step(event.shiftKey ? -1 : 1)) : false;
      default:
        return false;
    }
  }

  /** Pressed twice, a tool puts its widget in the middle: nobody needs a pointer. @param {string} tool @param {KeyboardEvent} event */
  function useTool(tool, event) {
    const again = editor.tool === tool && !event.repeat;
    if (!again || ["select", "hand", "connector"].includes(tool)) return editor.setTool(tool);
    const { x, y, width, height } = camera.viewport();
    const form = ["rectangle", "ellipse"].includes(tool) ? tool : null;
    const kind = form ? "shape" : tool;
    const size = editor.kinds[kind].fields.size.default;
    editor.add(kind, { x: Math.round(x + width / 2 - size.width / 2), y: Math.round(y + height / 2 - size.height / 2) }, form ? { form } : {});
  }

  /** @param {KeyboardEvent} event */
  function nudge(event) {
    const [dx, dy] = ARROWS[event.key].map((step) => step * (event.shiftKey ? 10 : 1));
    editor.perform([{ type: "nudge", widgets: selection.list, dx, dy }], "", true);
    const { place } = view.get(selection.list[0]);
    editor.say(`${editor.nameOf(selection.list[0], selection.ids.size)}, ${Math.round(place.x)}, ${Math.round(place.y)}`);
  }

  /** @param {string} to */
  function reorder(to) {
    if (selection.ids.size) editor.perform([{ type: "reorder", widgets: selection.list, to }], `Moved ${to}`);
  }

  /** @param {number} direction */
  function step(direction) {
    const all = [...view.childrenOf(null)];
    const index = all.findIndex(({ id }) => id === selection.list[0]);
    const next = all[(index + direction + all.length) % all.length];
    selection.set([next.id]);
    editor.say(editor.nameOf(next.id));
  }

  const done = (/** @type {any} */ _result) => true;
}
