/**
 * E3, R1, R5: whatever the network does, every event of a log comes once and in order, on whichever way. A server that
 * loses and doubles what it sends, WebSockets that are let through or not, answers that end, connections that die.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Stream } from "widgetapp-stream";

import { makeWorld } from "./world.js";

const SEEDS = Number(process.env.SIMULATIONS ?? 60);
const STEPS = 120;
const EPOCH = "k3x9";
const MOST = 40;
const PING = { interval: 5, chance: 0.3 };

/** Mulberry32: small, and the same everywhere. */
function chanceOf(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const parsed = (text) => {
  const [name, , offset] = text.split(";");
  const [service, topic] = name.split("/");
  return { service, topic, ...(offset && { position: { epoch: EPOCH, offset: Number(offset.slice(7)) } }) };
};

/** The server: heads of its logs, and the two kinds of connections with what they are subscribed to. */
function makeServer(world, chance) {
  const heads = new Map();
  const connections = new Set();
  const net = { sockets: true, http: true, faithful: false };
  let [socketsSeen, requestsSeen, serial] = [0, 0, 0];
  const headOf = (topic) => heads.get(topic) ?? 0;
  const event = (topic, offset) => ({ type: "event", service: "things", topic, offset, event: "change", data: {} });

  function outcome(connection, { service, topic, position }) {
    const told = { service, topic, mode: "log", position: { epoch: EPOCH, offset: headOf(topic) } };
    connection.topics.delete(topic);
    if (position && headOf(topic) - position.offset > MOST) return { ...told, status: "reset", reason: "behind", snapshot: "/x" };
    connection.topics.add(topic);
    const recovery = position === undefined ? "fresh" : position.offset === headOf(topic) ? "exact" : "replay";
    return { ...told, status: "subscribed", recovery };
  }

  function answer(connection, type, id, wanted) {
    const subscriptions = wanted.map((one) => outcome(connection, one));
    const welcome = { version: 1, connection: `s1c${++serial}`, user: null, ping_interval: PING.interval, limits: {}, services: {} };
    connection.say({ type, id, ...(type === "welcome" && welcome), subscriptions });
    wanted.forEach(({ topic, position }, index) => {
      if (subscriptions[index].recovery !== "replay") return;
      for (let offset = position.offset + 1; offset <= headOf(topic); offset++) connection.say(event(topic, offset));
      connection.say({ type: "live", service: "things", topic, offset: headOf(topic) });
    });
  }

  function takeSocket(socket) {
    if (!net.sockets) return world.drop(socket, 1006);
    world.accept(socket);
    const say = (frame) => world.say(socket, JSON.stringify(frame));
    const move = () => say({ type: "move", within: 2 });
    connections.add({ topics: new Set(), say, socket, gone: () => socket.readyState !== 1, cut: () => world.drop(socket, 1006), move });
  }

  function takeRequest(request) {
    if (!net.http) return world.http.unreachable(request);
    world.http.answer(request, { answer: 200 });
    let over = false;
    const gone = () => over || request.aborted;
    const say = (frame) => gone() || world.http.write(request, `data: ${JSON.stringify(frame)}\n\n`);
    const end = (how) => {
      over = true;
      how(request);
    };
    const connection = { topics: new Set(), say, gone, cut: () => end(world.http.unreachable), move: () => end(world.http.end) };
    connections.add(connection);
    answer(connection, "welcome", 0, new URL(request.url).searchParams.getAll("subscribe").map(parsed));
  }

  function read(connection) {
    for (const { type, id, subscriptions = [], topic } of connection.socket?.sent.splice(0) ?? []) {
      if (type === "hello") answer(connection, "welcome", id, subscriptions);
      else if (type === "subscribe") answer(connection, "subscribed", id, subscriptions);
      else if (type === "unsubscribe") connection.topics.delete(topic);
    }
  }

  const each = (work) => [...connections].filter((one) => !one.gone()).forEach(work);
  return {
    net,
    headOf,
    publish(topic) {
      heads.set(topic, headOf(topic) + 1);
      each((connection) => {
        const fate = net.faithful ? 0.5 : chance();
        if (!connection.topics.has(topic) || fate < 0.1) return;
        connection.say(event(topic, headOf(topic)));
        if (fate > 0.9) connection.say(event(topic, headOf(topic)));
      });
    },
    ping: () =>
      each(({ topics, say }) => say({ type: "ping", n: 1, heads: [...topics].map((topic) => ({ service: "things", topic, offset: headOf(topic) })) })),
    cut: () => each((connection) => chance() < 0.7 && connection.cut()),
    /** As after 10 minutes, for push; as in a deploy, for sockets. */
    move: () => each(({ move }) => move()),
    work() {
      while (socketsSeen < world.sockets.length) takeSocket(world.sockets[socketsSeen++]);
      while (requestsSeen < world.http.requests.length) takeRequest(world.http.requests[requestsSeen++]);
      each(read);
      for (const connection of connections) if (connection.gone()) connections.delete(connection);
    },
  };
}

/** Follows one log and holds it to its promise. */
function follow(stream, server, topic) {
  const seen = { last: 0, resets: 0 };
  seen.log = stream.log("things", topic, {
    position: { epoch: EPOCH, offset: 0 },
    onEvent({ offset }) {
      assert.equal(offset, seen.last + 1, topic);
      seen.last = offset;
    },
    async onReset() {
      seen.resets += 1;
      seen.last = server.headOf(topic);
      return { epoch: EPOCH, offset: seen.last };
    },
  });
  return seen;
}

async function simulate(seed, ways) {
  const chance = chanceOf(seed);
  const world = makeWorld();
  const server = makeServer(world, chance);
  const stream = new Stream({ url: "ws://test/_stream", ...world.environment, random: chance });
  stream.on("status", ({ status, transport }) => status === "connected" && ways.add(transport));
  const followed = new Map(["a", "b"].map((topic) => [topic, follow(stream, server, topic)]));
  const coin = (name) => () => (server.net[name] = !server.net[name]);
  const page = () => world.online();
  const acts = [coin("sockets"), coin("sockets"), coin("http"), server.cut, server.move, page];
  stream.connect();
  for (let step = 0; step < STEPS; step++) {
    if (chance() < 0.15) acts[Math.floor(chance() * acts.length)]();
    if (chance() < 0.1) {
      followed.get("b").log.unsubscribe();
      followed.set("b", follow(stream, server, "b"));
    }
    while (chance() < 0.6) server.publish(chance() < 0.5 ? "a" : "b");
    if (chance() < PING.chance) server.ping();
    server.work();
    await world.advance(chance() * 3);
  }
  Object.assign(server.net, { sockets: true, http: true, faithful: true });
  for (let second = 0; second < 150; second++) {
    server.work();
    if (second % PING.interval === 0) server.ping();
    await world.advance(1);
  }
  assert.deepEqual(world.reports, []);
  for (const [topic, { last }] of followed) assert.equal(last, server.headOf(topic), `all of ${topic}`);
  assert.equal(stream.transport, "websocket");
  stream.close();
  assert.equal(world.pending(), 0);
}

test("whatever the network does, every event comes once and in order", async () => {
  const ways = new Set();
  for (let seed = 1; seed <= SEEDS; seed++) {
    await simulate(seed, ways).catch((error) => {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    });
  }
  assert.deepEqual([...ways].sort(), ["push", "websocket"]);
});
