// Both documents as judges from outside see them: the recommended rules of Redocly and spectral, and AsyncAPI's own parser.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Parser } from "@asyncapi/parser";
import { lint, loadConfig } from "@redocly/openapi-core";
import spectral from "@stoplight/spectral-core";

import rules from "../../.spectral.js";

const REDOCLY = new URL("../../redocly.yaml", import.meta.url).pathname;
const OPENAPI = new URL("../../docs/openapi.json", import.meta.url).pathname;
const ASYNCAPI = new URL("../../docs/asyncapi.json", import.meta.url).pathname;

const WARNING = 1;

/** @param {{code: string | number, severity: number, message: string, path: (string | number)[]}} found */
const inWords = ({ code, severity, message, path }) => `${severity} ${code} ${path.join("/")}: ${message}`;

test("Redocly finds nothing in the OpenAPI document", async () => {
  const found = await lint({ ref: OPENAPI, config: await loadConfig({ configPath: REDOCLY }) });
  assert.deepEqual(found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`), []);
});

for (const [name, path] of [["OpenAPI", OPENAPI], ["AsyncAPI", ASYNCAPI]]) {
  test(`spectral finds nothing in the ${name} document`, async () => {
    const judge = new spectral.Spectral();
    judge.setRuleset(rules);
    assert.deepEqual((await judge.run(JSON.parse(await readFile(path, "utf8")))).map(inWords), []);
  });
}

test("AsyncAPI's parser takes the AsyncAPI document", async () => {
  const { document, diagnostics } = await new Parser().parse(await readFile(ASYNCAPI, "utf8"));
  assert.deepEqual(diagnostics.filter(({ severity }) => severity <= WARNING).map(inWords), []);
  assert.ok(document);
});
