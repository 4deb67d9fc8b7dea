/**
 * Follows one Thing and prints a line of JSON for whatever happens; ends with the process.
 *
 *   node --experimental-websocket clients/javascript/examples/follow.js http://127.0.0.1:8000 <token> <thing id>
 *
 * From Node 22 on the flag is not needed; without a WebSocket the events come by HTTP push.
 */

import { Stream, ticketFrom } from "../index.js";

const [, , site, token, thing] = process.argv;
if (!site || !token || !thing) {
  console.error("usage: node follow.js <site> <token> <thing id>");
  process.exit(2);
}
const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
const print = (/** @type {object} */ line) => console.log(JSON.stringify(line));

const fetchThing = async () => {
  const answer = await fetch(`${site}/api/things/${thing}/`, { headers });
  const { epoch, revision, title, detail } = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${title}: ${detail}`);
  print({ snapshot: revision });
  return { epoch, offset: revision };
};

const begin = await fetchThing().catch((/** @type {Error} */ error) => {
  console.error(error.message);
  process.exit(1);
});
const stream = new Stream({
  url: `${site}/_stream`,
  ticket: ticketFrom(`${site}/api/stream/tickets/`, { headers: () => headers }),
});
stream.on("status", print);
stream.log("things", thing, {
  position: begin,
  onEvent: ({ offset, data }) => print({ offset, digest: data.digest }),
  onReset: fetchThing,
  onLive: ({ offset }) => print({ live: offset }),
  onRefused: print,
  onEnded: print,
});
const presence = stream.state("presence", thing, { onChange: ({ values }) => print({ inside: values.size }) });
presence.send({ cursor: { x: 1, y: 2 } });
stream.connect();
