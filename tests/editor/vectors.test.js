/** The editor breaks lines and ends connectors exactly where the server does: shared vectors. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { endsOf } from "../../things/static/things/editor/render/draw.js";
import { createLetters } from "../../things/static/things/editor/render/lines.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const vectors = read("../drawing/vectors.json");
const letters = createLetters(read("../../things/static/things/font-metrics.json"));
const close = (found, wanted) => assert.ok(Math.abs(found - wanted) < 0.01, `${found} is not ${wanted}`);

for (const { text, width, font_size: size, font_weight: weight, lines, starts, widths } of vectors.layout) {
  test(`lines of ${JSON.stringify(text.slice(0, 40))} in ${width}`, () => {
    const found = letters.layout(text, width, size, weight);
    assert.deepEqual(found.map((line) => line.text), lines);
    assert.deepEqual(found.map((line) => line.start), starts);
    for (const [index, line] of found.entries()) close(line.width, widths[index]);
  });
}

for (const { font_size: size, baseline } of vectors.baseline) {
  test(`baseline at ${size}`, () => close(letters.baseline(size), baseline));
}

for (const { name, widgets, start, end } of vectors.ends) {
  test(`ends: ${name}`, () => {
    const byId = new Map(widgets.map((widget) => [widget.id, widget]));
    const connector = widgets.find((widget) => widget.kind === "connector");
    const ends = endsOf(connector, (id) => byId.get(id));
    [start, end].forEach(([x, y], index) => {
      close(ends[index].x, x);
      close(ends[index].y, y);
    });
  });
}
