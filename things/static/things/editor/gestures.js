/**
 * What the pointer does: one gesture at a time, an explicit object from press to release.
 *
 * Nothing is sent before the pointer goes up; until then others see a preview through presence. Escape sends nothing.
 */

import { newId } from "./ids.js";
import { boxAround, inverse, overlap, pageOf, round, through } from "./render/geometry.js";

const SLOP = 3;
/** @type {Record<string, any>} */
const FORMS = { rectangle: "rectangle", ellipse: "ellipse", diamond: "diamond", triangle: "triangle", hexagon: "hexagon", star: "star", arrow: "arrow" };

/** @param {any} editor */
export function createGestures(editor) {
  const { stage, camera, view, selection } = editor;
  /** @type {any} */ let gesture = null;
  /** @type {Map<number, PointerEvent>} */ const touches = new Map();
  let pinch = 0;

  stage.addEventListener("pointerdown", press);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", cancel);
  stage.addEventListener("pointerleave", () => editor.hover(null));
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("dblclick", (/** @type {MouseEvent} */ event) => {
    const id = under(event);
    if (id) editor.editText(id);
  });

  /** @param {any} event @returns {string | null} */
  function hit(event) {
    const group = /** @type {Element} */ (event.target).closest?.("[data-id]");
    return group ? group.getAttribute("data-id") : null;
  }

  /** What lies under the pointer, also while the stage has captured it. @param {MouseEvent} event @returns {string | null} */
  function under({ clientX, clientY }) {
    const element = document.elementsFromPoint(clientX, clientY).find((candidate) => candidate.closest("#widgets [data-id]"));
    return element?.closest("[data-id]")?.getAttribute("data-id") ?? null;
  }

  /** @param {PointerEvent} event */
  function press(event) {
    if (event.pointerType === "touch") {
      touches.set(event.pointerId, event);
      if (touches.size === 2) return beginPinch();
    }
    if (event.button > 1 || gesture) return;
    stage.focus({ preventScroll: true });
    editor.commitText();
    stage.setPointerCapture(event.pointerId);
    const at = camera.toPage(event);
    gesture = begin(event, at);
    gesture.pointer = event.pointerId;
  }

  /** @param {PointerEvent} event @param {any} at */
  function begin(event, at) {
    const tool = editor.tool;
    if (event.button === 1 || tool === "hand" || editor.spaceHeld) return pan(event);
    const handle = /** @type {Element} */ (event.target).getAttribute?.("data-handle");
    if (handle && editor.mayEdit) return handle === "rotate" ? rotate(at) : resize(handle, at);
    if (tool !== "select" && editor.mayEdit) return tool === "connector" ? connect(event, at) : create(tool, at);
    const id = hit(event);
    return id ? drag(event, id, at) : marquee(event, at);
  }

  /** @param {PointerEvent} event */
  function move(event) {
    const at = camera.toPage(event);
    editor.showCursor(at);
    if (touches.has(event.pointerId)) touches.set(event.pointerId, event);
    if (touches.size === 2) return movePinch();
    if (!gesture) return editor.hover(editor.tool === "select" ? hit(event) : null);
    if (gesture.pointer === event.pointerId) gesture.move(event, at);
  }

  /** @param {PointerEvent} event */
  function release(event) {
    touches.delete(event.pointerId);
    if (!gesture || gesture.pointer !== event.pointerId) return;
    const ended = gesture;
    gesture = null;
    ended.end(event, camera.toPage(event));
    editor.preview(null);
  }

  /** @param {PointerEvent} [event] */
  function cancel(event) {
    if (event) touches.delete(event.pointerId);
    gesture?.cancel?.();
    gesture = null;
    editor.preview(null);
    editor.overlay.marquee(null);
  }

  function beginPinch() {
    cancel();
    pinch = spread();
  }

  function spread() {
    const [a, b] = [...touches.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  }

  function movePinch() {
    const [a, b] = [...touches.values()];
    const now = spread();
    camera.zoomBy(now / (pinch || now), { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 });
    pinch = now;
  }

  /** @param {WheelEvent} event */
  function wheel(event) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) camera.zoomBy(Math.exp(-event.deltaY / 300), event);
    else if (event.shiftKey) camera.pan(-event.deltaY, -event.deltaX);
    else camera.pan(-event.deltaX, -event.deltaY);
  }

  /** @param {PointerEvent} start */
  function pan(start) {
    let [x, y] = [start.clientX, start.clientY];
    stage.classList.add("is-panning");
    const stop = () => stage.classList.remove("is-panning");
    return {
      move(/** @type {PointerEvent} */ event) {
        camera.pan(event.clientX - x, event.clientY - y);
        [x, y] = [event.clientX, event.clientY];
      },
      end: stop,
      cancel: stop,
    };
  }

  /** @param {PointerEvent} start @param {any} from */
  function marquee(start, from) {
    const before = start.shiftKey ? selection.list : [];
    if (!start.shiftKey) selection.clear();
    return {
      move(/** @type {PointerEvent} */ _event, /** @type {any} */ to) {
        const box = boxAround([from, to]);
        editor.overlay.marquee(box);
        const inside = [...view.all()].filter((widget) => !widget.hidden && widget.kind !== "frame" && overlap(boxOf(widget), box));
        selection.set([...before, ...inside.map(({ id }) => id)]);
      },
      end: () => editor.overlay.marquee(null),
      cancel: () => editor.overlay.marquee(null),
    };
  }

  /** @param {any} widget */
  function boxOf(widget) {
    return editor.boxOf(widget.id);
  }

  /** @param {PointerEvent} start @param {string} id @param {any} from */
  function drag(start, id, from) {
    const wasSelected = selection.has(id);
    if (start.shiftKey) selection.toggle(id);
    else if (!wasSelected) selection.set([id]);
    let moved = false;
    const moving = topmost(selection.list).filter((widget) => !widget.locked);
    const matrices = new Map(moving.map((widget) => [widget.id, inverse(pageOf({ ...widget, place: { ...widget.place, x: 0, y: 0 }, rotation: 0 }, view.get))]));

    /** @param {any} to @param {boolean} straight */
    function places(to, straight) {
      const [wx, wy] = [to.x - from.x, to.y - from.y];
      const wide = Math.abs(wx) > Math.abs(wy);
      const [dx, dy] = straight ? [wide ? wx : 0, wide ? 0 : wy] : [wx, wy];
      return moving.map((widget) => {
        const [a, b, c, d] = matrices.get(widget.id) ?? [1, 0, 0, 1];
        const [px, py] = [a * dx + c * dy, b * dx + d * dy];
        return { widget, place: { ...widget.place, x: round(widget.place.x + px), y: round(widget.place.y + py) } };
      });
    }
    return {
      move(/** @type {PointerEvent} */ event, /** @type {any} */ to) {
        if (!editor.mayEdit) return;
        moved ||= Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > SLOP;
        if (!moved) return;
        const found = places(to, event.shiftKey);
        editor.preview(new Map(found.map(({ widget, place }) => [widget.id, { place }])));
      },
      end(/** @type {PointerEvent} */ event, /** @type {any} */ to) {
        if (!moved) {
          if (wasSelected && !start.shiftKey) selection.set([id]);
          return;
        }
        const widgets = places(to, event.shiftKey).map(({ widget, place }) => ({ id: widget.id, place: intoFrame(widget, place, to) }));
        if (widgets.length) editor.perform([{ type: "move", widgets }], `Moved ${editor.nameOf(widgets[0].id, widgets.length)}`);
      },
    };
  }

  /** Selected widgets that do not lie in another selected one. @param {string[]} ids */
  function topmost(ids) {
    const chosen = new Set(ids);
    const inside = (/** @type {any} */ widget) => {
      for (let parent = view.get(widget.place.parent); parent; parent = view.get(parent.place.parent)) if (chosen.has(parent.id)) return true;
      return false;
    };
    return ids.map(view.get).filter((widget) => widget && !inside(widget));
  }

  /** A widget dropped on a frame lies in it; dragged off, it does not. @param {any} widget @param {any} place @param {any} at */
  function intoFrame(widget, place, at) {
    if (widget.kind === "frame" || widget.kind === "connector") return place;
    const frames = [...view.all()].filter((frame) => frame.kind === "frame" && !frame.locked && frame.id !== widget.id);
    const over = frames.filter((frame) => contains(frame, at)).sort((a, b) => (a.order < b.order ? -1 : 1)).at(-1);
    const parent = over?.id ?? null;
    if (parent === (widget.place.parent ?? null)) return place;
    const half = { x: widget.size.width / 2, y: widget.size.height / 2 };
    const outer = view.get(widget.place.parent);
    const old = outer ? pageOf(outer, view.get) : null;
    const center = { x: place.x + half.x, y: place.y + half.y };
    const onPage = old ? through(old, center) : center;
    const local = over ? through(inverse(pageOf(over, view.get)), onPage) : onPage;
    return { parent, x: round(local.x - half.x), y: round(local.y - half.y) };
  }

  /** @param {any} widget @param {any} point on the page */
  function contains(widget, point) {
    const { x, y } = through(inverse(pageOf(widget, view.get)), point);
    return x >= 0 && y >= 0 && x <= widget.size.width && y <= widget.size.height;
  }

  /** @param {string} handle such as "nw" or "e" @param {any} from */
  function resize(handle, from) {
    const widgets = selection.list.map(view.get).filter((widget) => widget?.size && !widget.locked);
    const [widget] = widgets;
    if (widgets.length !== 1) return { move() {}, end() {} };
    const page = pageOf(widget, view.get);
    const start = through(inverse(page), from);
    /** @type {any} */ let last = null;

    /** @param {any} to @param {PointerEvent} event */
    function sized(to, event) {
      const now = through(inverse(page), to);
      const [dx, dy] = [now.x - start.x, now.y - start.y];
      const { width, height } = widget.size;
      const sides = event.altKey ? 2 : 1;
      const [sx, sy] = [handle.includes("e") ? 1 : handle.includes("w") ? -1 : 0, handle.includes("s") ? 1 : handle.includes("n") ? -1 : 0];
      let [w, h] = [Math.max(4, width + sx * dx * sides), Math.max(4, height + sy * dy * sides)];
      if (event.shiftKey && width && height) {
        const factor = sx && sy ? Math.max(w / width, h / height) : sx ? w / width : h / height;
        [w, h] = [width * factor, height * factor];
      }
      // The side opposite the handle (or the centre) stays where it is on the page.
      const fixed = { x: event.altKey ? 0.5 : sx < 0 ? 1 : sx ? 0 : 0.5, y: event.altKey ? 0.5 : sy < 0 ? 1 : sy ? 0 : 0.5 };
      const next = { ...widget, size: { width: round(w), height: round(h) } };
      const before = pageOfOwn(widget, fixed);
      const after = pageOfOwn(next, fixed);
      const place = { ...widget.place, x: round(widget.place.x + before.x - after.x), y: round(widget.place.y + before.y - after.y) };
      return { size: next.size, place };
    }
    /** A point of a widget, as fractions of its size, in its parent's coordinates. @param {any} w @param {any} at */
    const pageOfOwn = (w, at) => through(pageOf({ ...w, place: { ...w.place, parent: null } }, () => undefined), { x: w.size.width * at.x, y: w.size.height * at.y });
    return {
      move(/** @type {PointerEvent} */ event, /** @type {any} */ to) {
        last = sized(to, event);
        editor.preview(new Map([[widget.id, last]]));
      },
      end() {
        if (last) editor.perform([{ type: "resize", widgets: [{ id: widget.id, ...last }] }], `Resized ${editor.nameOf(widget.id)}: ${Math.round(last.size.width)} × ${Math.round(last.size.height)}`);
      },
    };
  }

  /** @param {any} from */
  function rotate(from) {
    const widget = view.get(selection.list[0]);
    if (!widget || widget.locked || widget.rotation === undefined) return { move() {}, end() {} };
    const center = through(pageOf(widget, view.get), { x: widget.size.width / 2, y: widget.size.height / 2 });
    const angle = (/** @type {any} */ point) => (Math.atan2(point.y - center.y, point.x - center.x) * 180) / Math.PI;
    const begun = angle(from);
    /** @type {number | null} */ let rotation = null;
    return {
      move(/** @type {PointerEvent} */ event, /** @type {any} */ to) {
        const turned = widget.rotation + angle(to) - begun;
        rotation = (round(event.shiftKey ? Math.round(turned / 15) * 15 : Math.round(turned)) + 720) % 360;
        editor.preview(new Map([[widget.id, { rotation }]]));
      },
      end() {
        if (rotation !== null) editor.perform([{ type: "rotate", widgets: [{ id: widget.id, rotation }] }], `Turned ${editor.nameOf(widget.id)} to ${rotation}°`);
      },
    };
  }

  /** @param {string} tool @param {any} from */
  function create(tool, from) {
    const form = FORMS[tool];
    const kind = form ? "shape" : tool;
    const { width, height } = editor.kinds[kind].fields.size.default;
    /** @type {any} */ let box = null;
    return {
      move(/** @type {PointerEvent} */ event, /** @type {any} */ to) {
        const square = event.shiftKey ? Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y)) : 0;
        const end = square ? { x: from.x + Math.sign(to.x - from.x) * square, y: from.y + Math.sign(to.y - from.y) * square } : to;
        box = boxAround([from, end]);
        editor.overlay.marquee(box);
      },
      end() {
        editor.overlay.marquee(null);
        const drawn = box && box.right - box.left > 8 && box.bottom - box.top > 8;
        const size = drawn ? { width: round(box.right - box.left), height: round(box.bottom - box.top) } : { width, height };
        const [x, y] = drawn ? [box.left, box.top] : [from.x - width / 2, from.y - height / 2];
        editor.add(kind, { x: round(x), y: round(y) }, { size, ...(form ? { form } : {}) });
      },
      cancel: () => editor.overlay.marquee(null),
    };
  }

  /** @param {PointerEvent} start @param {any} from */
  function connect(start, from) {
    const source = hit(start);
    const end = (/** @type {string | null} */ id, /** @type {any} */ point) => {
      const target = id && view.get(id);
      const held = target?.size && target.kind !== "frame" ? id : null;
      return { widget: held, anchor: "auto", x: round(point.x), y: round(point.y) };
    };
    /** @type {any} */ let to = from;
    return {
      move(/** @type {PointerEvent} */ _event, /** @type {any} */ point) {
        to = point;
        editor.overlay.rubber(from, to);
      },
      end(/** @type {PointerEvent} */ event, /** @type {any} */ point) {
        editor.overlay.rubber(null, null);
        const target = under(event);
        if (Math.hypot(point.x - from.x, point.y - from.y) < 8) return;
        const id = newId();
        const widget = { id, kind: "connector", place: { parent: null, x: 0, y: 0 }, start: end(source, from), end: end(target === source ? null : target, point) };
        editor.perform([{ type: "add", widgets: [widget] }], "Added a connector");
        editor.setTool("select");
        selection.set([id]);
      },
      cancel: () => editor.overlay.rubber(null, null),
    };
  }

  return { cancel: () => cancel() };
}
