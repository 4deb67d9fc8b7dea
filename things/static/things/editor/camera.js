/** Where one looks: pan and zoom touch one transform. */

const [LEAST, MOST] = [0.05, 16];

/** @param {SVGSVGElement} stage @param {SVGGElement} world @param {() => void} onChange */
export function createCamera(stage, world, onChange) {
  let [x, y, zoom] = [0, 0, 1];

  function show() {
    world.setAttribute("transform", `translate(${x} ${y}) scale(${zoom})`);
    onChange();
  }

  const camera = {
    get zoom() {
      return zoom;
    },
    /** From the pointer to the page. @param {{clientX: number, clientY: number}} event */
    toPage({ clientX, clientY }) {
      const { left, top } = stage.getBoundingClientRect();
      return { x: (clientX - left - x) / zoom, y: (clientY - top - y) / zoom };
    },
    /** From the page to the stage. @param {{x: number, y: number}} point */
    toStage: (point) => ({ x: point.x * zoom + x, y: point.y * zoom + y }),
    /** @param {number} dx @param {number} dy */
    pan(dx, dy) {
      [x, y] = [x + dx, y + dy];
      show();
    },
    /** @param {number} factor @param {{clientX: number, clientY: number}} [around] */
    zoomBy(factor, around) {
      const box = stage.getBoundingClientRect();
      const [px, py] = around ? [around.clientX - box.left, around.clientY - box.top] : [box.width / 2, box.height / 2];
      const next = Math.min(MOST, Math.max(LEAST, zoom * factor));
      [x, y] = [px - ((px - x) * next) / zoom, py - ((py - y) * next) / zoom];
      zoom = next;
      show();
    },
    /** @param {number} value */
    zoomTo: (value) => camera.zoomBy(value / zoom),
    /** @param {import("./render/geometry.js").Box} box @param {number} most */
    fit(box, most = 1) {
      const { width, height } = stage.getBoundingClientRect();
      const [w, h] = [box.right - box.left || 1, box.bottom - box.top || 1];
      zoom = Math.min(most, Math.max(LEAST, Math.min((width - 96) / w, (height - 96) / h)));
      [x, y] = [(width - w * zoom) / 2 - box.left * zoom, (height - h * zoom) / 2 - box.top * zoom];
      show();
    },
    viewport() {
      const { width, height } = stage.getBoundingClientRect();
      return { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
    },
  };
  return camera;
}
