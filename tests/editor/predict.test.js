/** What the editor shows before the answer is what the server will answer: shared cases. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { predict } from "../../things/static/things/editor/predict.js";

const cases = JSON.parse(readFileSync(new URL("../things/predictions.json", import.meta.url), "utf8"));

for (const { name, widgets, action, effects } of cases) {
  test(name, () => {
    const byId = new Map(widgets.map((widget) => [widget.id, widget]));
    const view = { get: (id) => byId.get(id), childrenOf: () => [], meta: {} };
    assert.deepEqual(predict(action, view, {}), effects);
  });
}
