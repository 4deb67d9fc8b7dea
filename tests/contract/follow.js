/**
 * Follows a Thing for a test and prints a line of JSON for whatever happens. A line on its standard input is the page
 * that comes back online.
 *
 *   node --experimental-websocket tests/contract/follow.js <site> <token> <thing id> <epoch> <offset>
 */

import { createInterface } from "node:readline";

import { Stream, ticketFrom } from "widgetapp-stream";

const [, , site, token, thing, epoch, offset] = process.argv;
const print = (line) => console.log(JSON.stringify(line));
const lines = createInterface({ input: process.stdin });

const stream = new Stream({
  url: `${site}/_stream`,
  ticket: ticketFrom(`${site}/api/stream/tickets/`, { headers: () => ({ Authorization: `Bearer ${token}` }) }),
  page: {
    hidden: () => false,
    listen(wake) {
      lines.on("line", wake);
      return () => lines.off("line", wake);
    },
  },
});
stream.on("status", (status) => {
  print(status);
  if (status.transport === "push") presence.send({ cursor: { x: 1, y: 0 } });
});
stream.log("things", thing, {
  position: { epoch, offset: Number(offset) },
  onEvent: ({ offset, data }) => print({ offset, digest: data.digest }),
  onReset: ({ reason }) => print({ reset: reason }),
});
const presence = stream.state("presence", thing, {
  onChange: ({ values }) => print({ inside: [...values.values()].map(({ cursor }) => cursor?.x ?? null) }),
});
lines.on("close", () => stream.close());
stream.connect();
