/** The package as it would be published: what is in it, that it can be imported, and that its types hold. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCE = join(ROOT, "clients/javascript");
const STRICT = ["--strict", "--noEmit", "--noUncheckedIndexedAccess", "--noImplicitReturns", "--exactOptionalPropertyTypes", "--noUnusedLocals"];
const MODULE = ["--target", "ES2022", "--module", "NodeNext", "--lib", "ES2022,DOM"];

let folder = "";
let installed = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "widgetapp-stream."));
  execFileSync("npm", ["pack", "--silent", "--offline", "--pack-destination", folder], { cwd: SOURCE });
  const packed = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  installed = join(folder, "node_modules/widgetapp-stream");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, packed), "-C", installed, "--strip-components", "1"]);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
});

after(() => rmSync(folder, { recursive: true }));

test("package: only what belongs there", () => {
  const modules = readdirSync(SOURCE).filter((name) => name.endsWith(".js"));
  assert.deepEqual(readdirSync(installed).sort(), [...modules, "LICENSE", "README.md", "package.json", "types"].sort());
  assert.deepEqual(readdirSync(join(installed, "types")).sort(), modules.map((name) => name.replace(/js$/, "d.ts")).sort());
  assert.equal(readFileSync(join(installed, "LICENSE"), "utf8"), readFileSync(join(ROOT, "LICENSE"), "utf8"));
});

test("package: it depends on nothing and names no place it comes from", () => {
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const unwanted = ["dependencies", "peerDependencies", "repository", "publishConfig", "private"];
  assert.deepEqual(unwanted.filter((name) => name in manifest), []);
  for (const name of readdirSync(installed).filter((name) => /\.(js|md|json)$/.test(name))) {
    const hosts = [...readFileSync(join(installed, name), "utf8").matchAll(/(?:https?|wss?):\/\/([\w.-]+)/g)].map(([, host]) => host);
    assert.deepEqual(hosts.filter((host) => !["widgets.example", "127.0.0.1"].includes(host)), [], name);
  }
});

test("package: it is imported by its name", () => {
  const code = 'import * as sdk from "widgetapp-stream"; console.log(Object.keys(sdk).sort().join());';
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: folder, encoding: "utf8" });
  assert.equal(told.trim(), "Stream,backoff,ticketFrom,verdict");
});

test("package: a strict program in TypeScript compiles", () => {
  copyFileSync(new URL("consumer.ts", import.meta.url), join(folder, "consumer.ts"));
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, ...STRICT, ...MODULE, "consumer.ts"], { cwd: folder, stdio: "inherit" });
});
