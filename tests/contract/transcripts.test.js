/** The golden transcripts against the JavaScript client; the same files are run against the Python one. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { Stream } from "widgetapp-stream";

import { makeWorld } from "./world.js";

const FOLDER = new URL("./transcripts/", import.meta.url);

/** What the application does and is told, with the answers the transcript gives to its callbacks. */
function makeApplication(world, transcript) {
  const told = [];
  const topics = new Map();
  const failing = new Set();
  const rejecting = new Set();
  const closing = new Set();
  const answers = {
    tickets: [...(transcript.tickets ?? [])],
    snapshots: [...(transcript.snapshots ?? [])],
    credential: [...(transcript.credential ?? [])],
  };
  const answer = (kind) => {
    assert.ok(answers[kind].length > 0, `no more ${kind}`);
    const value = answers[kind].shift();
    if (value === "fail") throw new Error(`${kind} fail`);
    return value === "never" ? new Promise(() => {}) : value;
  };
  const stream = new Stream({
    url: "ws://test/_stream",
    ...world.environment,
    fallback: transcript.fallback ?? false,
    secure: transcript.secure ?? true,
    ...(transcript.tickets && { ticket: async () => answer("tickets") }),
    ...(transcript.credential && {
      onCredential: async ({ code }) => {
        told.push({ credential: code });
        return answer("credential");
      },
    }),
  });
  let status = { status: "stopped", reason: "", transport: "websocket" };
  stream.on("status", (value) => {
    status = value;
    if (closing.has(value.status)) stream.close();
  });
  stream.on("error", ({ code }) => told.push({ error: code }));

  const ends = (topic) => ({
    onRefused: ({ code }) => told.push({ refused: topic, code }),
    onEnded: ({ code, purge }) => told.push({ ended: topic, code, purge }),
  });
  const logOptions = (topic, position) => ({
    ...ends(topic),
    position,
    onEvent({ offset }) {
      told.push({ event: topic, offset });
      if (failing.has(topic)) throw new Error("handler fails");
      return rejecting.has(topic) ? Promise.reject(new Error("handler fails later")) : undefined;
    },
    onLive({ offset }) {
      told.push({ live: topic, offset });
      if (closing.has(topic)) stream.close();
    },
    async onReset({ reason, snapshot }) {
      told.push({ reset: topic, reason, snapshot });
      return answer("snapshots");
    },
    ...(transcript.large && {
      async onLarge({ offset }) {
        told.push({ large: topic, offset });
        return { revision: offset };
      },
    }),
  });
  const named = (topic) => topic.split("/");
  const calls = {
    connect: () => stream.connect(),
    close: () => stream.close(),
    log: ({ topic, position }) => topics.set(topic, stream.log(...named(topic), logOptions(topic, position))),
    state: ({ topic }) =>
      topics.set(
        topic,
        stream.state(...named(topic), {
          ...ends(topic),
          onChange: ({ set, remove, full }) => told.push({ change: topic, full, set, remove }),
        }),
      ),
    unsubscribe: ({ topic }) => topics.get(topic).unsubscribe(),
    refetch: ({ topic }) => topics.get(topic).refetch(),
    expect: ({ topic, offset }) => topics.get(topic).expect(offset),
    send: ({ topic, data, filling = {} }) => topics.get(topic).send(data ?? filled(filling)),
  };
  return { told, topics, failing, rejecting, closing, stream, status: () => status, call: (step) => calls[step.call](step) };
}

/** Values of so many letters, of two bytes each. */
const filled = (filling) => Object.fromEntries(Object.entries(filling).map(([key, letters]) => [key, "é".repeat(letters)]));

const subscribed = (url) => [...new URL(url).searchParams.getAll("subscribe")];

function checkRequest(world, { get, headers = {}, on }) {
  const request = world.request(on);
  assert.ok(request && !request.seen, "expected a new request");
  request.seen = true;
  assert.ok(request.url.startsWith("http://test/_stream"), request.url);
  assert.deepEqual(subscribed(request.url), get);
  assert.deepEqual(request.headers, { Accept: "text/event-stream", ...headers });
}

const events = (frame, id) => `${id ? `id: ${id}\n` : ""}data: ${JSON.stringify(frame)}\n\n`;

/** A step is named by its first field that is one of these. */
const STEPS = {
  call: (world, app, step) => app.call(step),
  together: (world, app, step) => step.together.forEach(app.call),
  refused: (world, app, step) => assert.throws(() => app.call(step.refused)),
  accept: (world, app, step) => world.accept(world.socket(step.on)),
  server: (world, app, step) => world.say(world.socket(step.on), JSON.stringify(step.server)),
  text: (world, app, step) => world.say(world.socket(step.on), step.text),
  client: (world, app, step) => assert.deepEqual(world.socket(step.on).sent.shift(), step.client),
  drop: (world, app, step) => world.drop(world.socket(step.on), step.drop),
  fail: (world, app, step) => world.fail(world.socket(step.on)),
  closed: (world, app, step) => assert.equal(world.socket(step.closed).closed, 1000),
  sockets: (world, app, step) => assert.equal(world.sockets.length, step.sockets),
  get: (world, app, step) => checkRequest(world, step),
  gets: (world, app, step) => assert.equal(world.http.requests.length, step.gets),
  answer: (world, app, step) => world.http.answer(world.request(step.on), step),
  push: (world, app, step) => world.http.write(world.request(step.on), events(step.push, step.id)),
  written: (world, app, step) => world.http.write(world.request(step.on), step.written),
  oversized: (world, app, step) => world.http.write(world.request(step.on), `data: ${"x".repeat(5 * 1024 * 1024)}`),
  end: (world, app, step) => world.http.end(world.request(step.on)),
  unreachable: (world, app, step) => world.http.unreachable(world.request(step.on)),
  aborted: (world, app, step) => assert.ok(world.request(step.aborted).aborted),
  advance: (world, app, step) => world.advance(step.advance),
  online: (world) => world.online(),
  hidden: (world, app, step) => world.hide(step.hidden),
  told: (world, app, step) => assert.deepEqual(app.told.splice(0), step.told),
  failing: (world, app, step) => app.failing.add(step.failing),
  rejecting: (world, app, step) => app.rejecting.add(step.rejecting),
  closing: (world, app, step) => app.closing.add(step.closing),
  reported: (world, app, step) => assert.equal(world.reports.splice(0, step.reported).length, step.reported),
  position: (world, app, step) => assert.equal(app.topics.get(step.position).position.offset, step.offset),
  values: (world, app, step) => assert.deepEqual(Object.fromEntries(app.topics.get(step.values).values), step.are),
  status(world, app, step) {
    assert.equal(app.stream.status, step.status);
    if (step.reason !== undefined) assert.equal(app.status().reason, step.reason);
    if (step.transport === undefined) return;
    assert.equal(app.stream.transport, step.transport);
    assert.equal(app.status().transport, step.transport);
  },
};

async function run(transcript) {
  const world = makeWorld(transcript);
  const app = makeApplication(world, transcript);
  for (const [index, step] of transcript.steps.entries()) {
    const kind = Object.keys(step).find((name) => name in STEPS);
    assert.ok(kind, `step ${index} is of no known kind`);
    try {
      await STEPS[kind](world, app, step);
    } catch (error) {
      error.message = `step ${index} ${JSON.stringify(step)}: ${error.message}`;
      throw error;
    }
    await world.settle();
  }
  assert.deepEqual(world.sockets.flatMap(({ sent }) => sent), [], "frames nobody expected");
  assert.deepEqual(world.http.requests.filter(({ seen }) => !seen).map(({ url }) => url), [], "requests nobody expected");
  assert.deepEqual(app.told, [], "told without being expected");
  assert.deepEqual(world.reports, [], "errors nobody expected");
  app.stream.close();
  assert.ok(world.http.requests.every(({ aborted }) => aborted), "an answer is left open");
  assert.equal(world.pending(), 0, "timers left running");
}

for (const file of readdirSync(FOLDER).sort()) {
  const transcript = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
  if (!(transcript.clients ?? ["javascript"]).includes("javascript")) continue;
  test(`${transcript.name} (${transcript.rules.join(", ")})`, () => run(transcript));
}
