/**
 * Follows one Thing and prints a line of JSON for whatever happens; ends with the process.
 *
 *   node --experimental-websocket clients/javascript/examples/follow.js http://127.0.0.1:8000 <token> <thing id>
 *
 * From Node 22 on the flag is not needed; without a WebSocket the events come by HTTP push.
 */

import { Stream, ticketFrom } from "../index.js";

const [, , site = "", token = "", thing = ""] = process.argv;
const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
const print = (/** @type {object} */ line) => console.log(JSON.stringify(line));

const fetchThing = async () => {
  const answer = await fetch(`${site}/api/things/${thing}/`, { headers });
  const { epoch, revision } = await answer.json();
  print({ snapshot: revision });
  return { epoch, offset: revision };
};

const stream = new Stream({
  url: `${site}/_stream`,
  ticket: ticketFrom(`${site}/api/stream/tickets/`, { headers: () => headers }),
});
stream.on("status", print);
stream.log("things", thing, {
  position: await fetchThing(),
  onEvent: ({ offset, data }) => print({ offset, digest: data.digest }),
  onReset: fetchThing,
  onLive: ({ offset }) => print({ live: offset }),
  onRefused: print,
  onEnded: print,
});
const presence = stream.state("presence", thing, { onChange: ({ values }) => print({ inside: values.size }) });
presence.send({ cursor: { x: 1, y: 2 } });
stream.connect();
