/** Confirmed, pending, view; one request in flight; nothing lost, nothing doubled. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { canonical, createDigest } from "../../things/static/things/editor/digest.js";
import { compose } from "../../things/static/things/editor/effects.js";
import { newId } from "../../things/static/things/editor/ids.js";
import { createStore } from "../../things/static/things/editor/store.js";
import { createSync } from "../../things/static/things/editor/sync.js";

const field = (value) => ({ default: value });
const kinds = { note: { text: true, fields: { place: field({ parent: null, x: 0, y: 0 }), order: field(""), fill: field("#fbe6a2"), locked: field(false) } } };
const note = (id, x = 0) => ({ id, kind: "note", place: { parent: null, x, y: 0 }, order: "a0", fill: "#fbe6a2", locked: false, text: [] });
const thing = { id: "t", revision: 1, title: "T", canvas: {}, tags: [], widgets: [note("a"), note("b")] };
const move = (id, x) => ({ type: "move", widgets: [{ id, place: { parent: null, x, y: 0 } }] });
const moved = (id, x) => ({ op: "set", widget: id, field: "place", value: { parent: null, x, y: 0 } });

/** A server that answers when told to. */
function world() {
  const store = createStore(structuredClone(thing), kinds);
  const [requests, states, saved, told] = [[], [], [], []];
  const fetch = (_url, { body }) => new Promise((resolve, reject) => requests.push({ body: JSON.parse(body), resolve, reject }));
  const sync = createSync({
    store, fetch, boot: { api: "/api/", thing, csrf: "x" }, keep: { save: (entries) => saved.push(entries) },
    wait: () => new Promise((resolve) => setImmediate(resolve)), onState: ({ state }) => states.push(state),
    onSkipped: (answer) => told.push(answer), onRefused: (problem) => told.push(problem), expect: (offset) => told.push(offset),
  });
  const answer = async (request, status, body) => {
    request.resolve({ ok: status < 400, status, json: async () => body, headers: new Headers() });
    await tick();
  };
  return { store, sync, requests, states, saved, told, answer };
}
/** Until everything that can settle has: a request that fails is made again within two turns. */
const tick = async () => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const at = (store, id) => store.view.get(id)?.place.x;

test("a wish is shown at once, and one request is in flight", async () => {
  const { store, sync, requests, answer } = world();
  sync.perform([move("a", 10)]);
  sync.perform([move("b", 20)]);
  await tick();
  assert.deepEqual([at(store, "a"), at(store, "b"), requests.length], [10, 20, 1]);
  await answer(requests[0], 200, { revision: 2, id: requests[0].body.id, effects: [moved("a", 10)], skipped: [] });
  assert.equal(requests.length, 2);
  assert.notEqual(requests[0].body.id, requests[1].body.id);
});

test("somebody else's change stays under a pending wish, and shows when that is gone", async () => {
  const { store, sync, requests, answer } = world();
  sync.perform([move("a", 10)]);
  await tick();
  sync.receive({ revision: 2, id: "other", actor: { name: "Mina" }, effects: [moved("a", 99)] });
  assert.equal(at(store, "a"), 10);
  await answer(requests[0], 422, { status: 422, detail: "no" });
  assert.equal(at(store, "a"), 99);
});

test("stream or answer, whichever is first; the second does nothing", async () => {
  const { store, sync, requests, answer } = world();
  sync.perform([move("a", 10)]);
  await tick();
  const { id } = requests[0].body;
  assert.equal(sync.receive({ revision: 2, id, actor: { name: "me" }, effects: [moved("a", 11)] }), true);
  assert.deepEqual([at(store, "a"), store.pending.length], [11, 0]);
  await answer(requests[0], 200, { revision: 2, id, effects: [moved("a", 11)], skipped: [] });
  assert.deepEqual([store.revision, at(store, "a")], [2, 11]);
});

test("an answer from the future waits for the stream", async () => {
  const { store, sync, requests, told, answer } = world();
  sync.perform([move("a", 10)]);
  await tick();
  const { id } = requests[0].body;
  await answer(requests[0], 200, { revision: 3, id, effects: [moved("a", 10)], skipped: [] });
  assert.deepEqual([store.revision, at(store, "a"), told], [1, 10, [3]]);
  sync.receive({ revision: 2, id: "other", effects: [moved("b", 5)] });
  sync.receive({ revision: 3, id, effects: [moved("a", 10)] });
  assert.deepEqual([store.revision, store.pending.length, at(store, "b")], [3, 0, 5]);
});

test("without a network the same request is sent again, and everything is kept", async () => {
  const { store, sync, requests, states, saved } = world();
  sync.perform([move("a", 10)]);
  await tick();
  requests[0].reject(new TypeError("offline"));
  await tick();
  await tick();
  assert.equal(requests[1].body.id, requests[0].body.id);
  assert.ok(states.includes("offline"));
  assert.equal(saved.at(-1).length, 1);
  assert.equal(at(store, "a"), 10);
});

test("when the right is gone the wishes are kept, and nothing more is sent", async () => {
  const { store, sync, requests, states, told, answer } = world();
  sync.perform([move("a", 10)]);
  await tick();
  await answer(requests[0], 403, { status: 403, detail: "viewer" });
  sync.perform([move("b", 1)]);
  await tick();
  assert.deepEqual([requests.length, states.at(-1), store.pending.length], [1, "refused", 2]);
  assert.equal(told[0].status, 403);
});

test("a gesture of one group becomes one request while another is in flight", async () => {
  const { sync, requests, answer } = world();
  sync.perform([move("b", 1)]);
  await tick();
  for (const x of [1, 2, 3]) sync.perform([move("a", x)], "g");
  await answer(requests[0], 200, { revision: 2, id: requests[0].body.id, effects: [moved("b", 1)], skipped: [] });
  assert.deepEqual(requests[1].body.actions, [move("a", 3)]);
  assert.equal(requests[1].body.group, "g");
});

test("text deltas count UTF-16 code units", () => {
  const text = [{ insert: "a😀b" }];
  assert.deepEqual(compose(text, [{ retain: 3 }, { insert: "é" }, { delete: 1 }]), [{ insert: "a😀é" }]);
});

test("the digest is the server's", async () => {
  assert.equal(canonical({ b: 1, a: [1.5, "é", null, true] }), '{"a":[1.5,"é",null,true],"b":1}');
  const digest = createDigest();
  assert.equal(await digest([]), "0000000000000000");
  const [one, two] = [await digest([note("a")]), await digest([note("a"), note("b")])];
  assert.match(one, /^[0-9a-f]{16}$/);
  assert.notEqual(one, two);
  assert.equal(two, await digest([note("b"), note("a")]));
});

test("ids are UUIDv7 in the order of time", () => {
  assert.match(newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(newId(1) < newId(2));
});
