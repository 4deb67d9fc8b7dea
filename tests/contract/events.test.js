/** The reader of server-sent events, against the grammar of the HTML standard (E1). */

import assert from "node:assert/strict";
import { test } from "node:test";

import { EventParser } from "../../clients/javascript/events.js";
import { addressOf } from "../../clients/javascript/push.js";

const read = (...parts) => {
  const parser = new EventParser();
  return parts.flatMap((part) => parser.push(part));
};
const message = (data, id = "") => ({ event: "message", id, data });

const CASES = [
  ["one event", 'data: {"type":"ping"}\n\n', [message('{"type":"ping"}')]],
  ["an id stays until the next", "id: 6ad2f0c1b7e94d38/k3x9:7\ndata: 1\n\ndata: 2\n\n", [
    message("1", "6ad2f0c1b7e94d38/k3x9:7"),
    message("2", "6ad2f0c1b7e94d38/k3x9:7"),
  ]],
  ["another kind of event", "event: other\ndata: {}\n\ndata: 1\n\n", [{ event: "other", id: "", data: "{}" }, message("1")]],
  ["data of several lines", "data: one\ndata:two\ndata:  three\ndata\n\n", [message("one\ntwo\n three\n")]],
  ["every end of a line", "data: a\r\n\r\ndata: b\r\rdata: c\n\n", [message("a"), message("b"), message("c")]],
  ["comments keep a line open", ": nothing\n\n:\ndata: a\n: in between\n\n", [message("a")]],
  ["nothing without data", "event: other\nid: 1\n\ndata: a\n\n", [message("a", "1")]],
  ["what is not complete is not told", "data: a\n\ndata: b\n", [message("a")]],
  ["unknown fields", "retry: 100\nwhatever: x\nDATA: y\ndata: a\n\n", [message("a")]],
  ["a mark at the beginning, and only there", "\uFEFFdata: a\uFEFF\n\n\uFEFFdata: b\n\n", [message("a\uFEFF")]],
  ["an id with a zero", "id: a\0b\ndata: a\n\n", [message("a")]],
];

for (const [name, text, expected] of CASES) {
  test(`events: ${name}`, () => {
    assert.deepEqual(read(text), expected);
    assert.deepEqual(read(...text), expected, "letter by letter");
    for (let cut = 0; cut <= text.length; cut++) assert.deepEqual(read(text.slice(0, cut), text.slice(cut)), expected, `cut at ${cut}`);
  });
}

test("events: an event without an end is refused, whether in one line or many", () => {
  assert.throws(() => read("data: " + "x".repeat(5 * 1024 * 1024)), /at most/);
  assert.throws(() => read(...Array(5 * 1024).fill(`data: ${"x".repeat(1023)}\n`)), /at most/);
});

test("events: much in many events is no matter", () => {
  assert.equal(read(...Array(50).fill(`data: ${"x".repeat(200_000)}\n\n`)).length, 50);
});

test("the address of an answer", () => {
  const position = { epoch: "k3x9", offset: 7 };
  assert.equal(addressOf("wss://host/_stream", []), "https://host/_stream");
  assert.equal(
    addressOf("http://host/_stream?edge=1", [{ service: "things", topic: "a&b", position }, { service: "inbox", topic: "me" }]),
    "http://host/_stream?edge=1&subscribe=things/a%26b;epoch=k3x9;offset=7&subscribe=inbox/me",
  );
});
