/** What lies over the paper and never zooms: your frame and handles, others' selections, cursors and ways. */

import { svg } from "../dom.js";
import { cornersOf, pageOf, through } from "./geometry.js";

const HANDLES = [["nw", 0, 0], ["n", 0.5, 0], ["ne", 1, 0], ["e", 1, 0.5], ["se", 1, 1], ["s", 0.5, 1], ["sw", 0, 1], ["w", 0, 0.5]];

/** @param {Element} layer @param {{camera: any, view: any, get: (id: string) => any, selection: any, mayEdit: boolean}} options */
export function createOverlay(layer, { camera, view, get, selection, mayEdit }) {
  const [people, mine, extra] = [svg("g"), svg("g"), svg("g")];
  layer.append(people, mine, extra);
  /** @type {Map<string, any>} */ let others = new Map();
  /** @type {Map<string, {element: Element, name: string}>} */ const cursors = new Map();
  const cursorLayer = svg("g");
  layer.append(cursorLayer);
  /** @type {string | null} */ let hovered = null;
  /** @type {any} */ let box = null;
  /** @type {any} */ let line = null;
  let asked = 0;

  const ask = () => (asked ||= requestAnimationFrame(paint));

  /** The corners of a widget on the stage. @param {any} widget */
  function corners(widget) {
    const matrix = pageOf(widget, get);
    return cornersOf(widget).map((corner) => camera.toStage(through(matrix, corner)));
  }
  const points = (/** @type {any[]} */ list) => list.map(({ x, y }) => `${x},${y}`).join(" ");
  const outline = (/** @type {any} */ widget, /** @type {string} */ name) => svg("polygon", { class: name, points: points(corners(widget)) });

  function paint() {
    asked = 0;
    mine.replaceChildren(...frame());
    people.replaceChildren(...[...others].flatMap(([, value]) => person(value)));
    paintCursors();
    extra.replaceChildren(...[
      ...(box ? [svg("rect", { class: "marquee", ...rect(box) })] : []),
      ...(line ? [svg("line", { class: "ysel", x1: line[0].x, y1: line[0].y, x2: line[1].x, y2: line[1].y })] : []),
    ]);
  }

  function frame() {
    const chosen = selection.list.map(get).filter(Boolean);
    const hover = hovered && !selection.has(hovered) && get(hovered);
    const parts = hover ? [outlineOf(hover, "hover-line")] : [];
    parts.push(...chosen.map((/** @type {any} */ widget) => outlineOf(widget, "ysel")));
    const [only] = chosen;
    if (chosen.length === 1 && only.size) parts.push(...handles(only));
    return parts;
  }

  /** @param {any} widget @param {string} name */
  function outlineOf(widget, name) {
    if (widget.size) return outline(widget, name);
    const drawn = document.querySelector(`[data-id="${CSS.escape(widget.id)}"] path:nth-of-type(2)`);
    const path = svg("path", { class: name, d: drawn?.getAttribute("d") ?? "", fill: "none" });
    const { x, y } = camera.toStage(through(pageOf(widget, get), { x: 0, y: 0 }));
    path.setAttribute("transform", `translate(${x} ${y}) scale(${camera.zoom})`);
    path.setAttribute("vector-effect", "non-scaling-stroke");
    return path;
  }

  /** @param {any} widget */
  function handles(widget) {
    const matrix = pageOf(widget, get);
    const { width, height } = widget.size;
    const at = (/** @type {number} */ x, /** @type {number} */ y) => camera.toStage(through(matrix, { x: width * x, y: height * y }));
    const [top, bottom] = [at(0.5, 0), at(0.5, 1)];
    const tag = svg("g", { class: "size-tag" });
    const words = `${Math.round(width)} × ${Math.round(height)}`;
    const [w, y] = [words.length * 6.4 + 14, Math.max(...corners(widget).map((corner) => corner.y)) + 10];
    const cx = (top.x + bottom.x) / 2;
    tag.append(svg("rect", { x: cx - w / 2, y, width: w, height: 19, rx: 4 }), svg("text", { x: cx, y: y + 13.5, "text-anchor": "middle" }, words));
    if (!mayEdit || widget.locked) return [tag];
    const length = Math.hypot(top.x - bottom.x, top.y - bottom.y) || 1;
    const knob = { x: top.x + ((top.x - bottom.x) / length) * 26, y: top.y + ((top.y - bottom.y) / length) * 26 };
    const squares = HANDLES.map(([name, x, y]) => {
      const point = at(Number(x), Number(y));
      return svg("rect", { class: "hnd", "data-handle": name, x: point.x - 4, y: point.y - 4, width: 8, height: 8 });
    });
    return [
      svg("line", { class: "ysel", x1: top.x, y1: top.y, x2: knob.x, y2: knob.y }),
      svg("circle", { class: "hnd", "data-handle": "rotate", cx: knob.x, cy: knob.y, r: 5 }),
      ...squares,
      tag,
    ];
  }

  /** Somebody's selection, and a drag in motion: where it came from and the way. @param {any} value */
  function person({ user, selection: chosen = [], preview = {} }) {
    const parts = chosen.map((/** @type {string} */ id) => get(id)).filter((/** @type {any} */ widget) => widget?.size).map((/** @type {any} */ widget) => outline(widget, "rsel"));
    for (const id of Object.keys(preview)) {
      const [before, now] = [view.get(id), get(id)];
      if (!before?.size || !now) continue;
      const [a, b] = [center(before), center(now)];
      parts.unshift(outline(before, "ghost"), svg("path", { class: "way", d: `M${a.x} ${a.y}L${b.x} ${b.y}` }));
    }
    return parts.length ? [svg("g", { class: `p${user.color}` }, ...parts)] : [];
  }

  /** @param {any} widget */
  function center(widget) {
    return camera.toStage(through(pageOf(widget, get), { x: widget.size.width / 2, y: widget.size.height / 2 }));
  }

  function paintCursors() {
    for (const [key, { element }] of cursors) {
      if (others.get(key)?.cursor) continue;
      element.remove();
      cursors.delete(key);
    }
    for (const [key, { user, cursor }] of others) {
      if (!cursor) continue;
      const known = cursors.get(key) ?? newCursor(key, user);
      const { x, y } = camera.toStage(cursor);
      /** @type {any} */ (known.element).style.transform = `translate(${x}px, ${y}px)`;
    }
  }

  /** @param {string} key @param {any} user */
  function newCursor(key, user) {
    const name = user.name.split(" ")[0];
    const width = name.length * 6.6 + 14;
    const element = svg("g", { class: `cursor p${user.color}`, "data-cursor": user.name },
      svg("path", { d: "M0 0l5 17.5 4.4-7.3L17 6.8z", "stroke-width": 1.4, "stroke-linejoin": "round" }),
      svg("rect", { class: "tagbox", x: 12, y: 16, width, height: 20, rx: 4 }),
      svg("text", { x: 12 + width / 2, y: 30, "text-anchor": "middle" }, name));
    cursorLayer.append(element);
    const entry = { element, name };
    cursors.set(key, entry);
    return entry;
  }

  /** @param {any} area */
  function rect({ left, top, right, bottom }) {
    const [a, b] = [camera.toStage({ x: left, y: top }), camera.toStage({ x: right, y: bottom })];
    return { x: a.x, y: a.y, width: b.x - a.x, height: b.y - a.y };
  }

  return {
    ask,
    /** @param {Map<string, any>} values of presence, without oneself */
    people(values) {
      others = values;
      ask();
    },
    /** @param {string | null} id */
    hover(id) {
      if (id === hovered) return;
      hovered = id;
      ask();
    },
    /** @param {any} area on the page */
    marquee(area) {
      box = area;
      ask();
    },
    /** @param {any} from @param {any} to */
    rubber(from, to) {
      line = from && to ? [camera.toStage(from), camera.toStage(to)] : null;
      ask();
    },
  };
}
