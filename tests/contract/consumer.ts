/** A program in TypeScript that uses all that is public, as strictly as the compiler can be. */

import { backoff, Stream, ticketFrom, verdict } from "widgetapp-stream";
import type { LogEvent, Position, StateChange, Status, StreamEvents, StreamOptions, TopicStatus, TransportName, User } from "widgetapp-stream";

const options: StreamOptions = {
  url: "wss://widgets.example/_stream",
  ticket: ticketFrom("https://widgets.example/api/stream/tickets/", { headers: () => ({ Authorization: "Bearer wap_x" }) }),
  onCredential: async ({ code, reason }) => code === 4101 && reason.length > 0,
  fallback: false,
};
const stream = new Stream(options);

let position: Position | null = { epoch: "k3x9", offset: 7 };
const log = stream.log("things", "id", {
  position,
  onEvent: ({ offset, event, data }: LogEvent) => console.log(offset.toFixed(), event.toUpperCase(), data),
  onReset: async ({ reason, snapshot }) => {
    console.log(reason.length, snapshot?.length);
    return { epoch: "k3x9", offset: 8 };
  },
  onLive: ({ offset }) => void offset.toFixed(),
  onLarge: async ({ offset }) => ({ offset }),
  onRefused: ({ code }) => void code.length,
  onEnded: ({ code, purge }) => void (purge ? code.length : 0),
});
position = log.position;
log.expect(9);
log.refetch("digest");
const status: TopicStatus = log.status;

const presence = stream.state("presence", "id", {
  onChange: ({ values, set, remove, full }: StateChange) => void [values.get("s1"), set["s1"], remove.length, full],
});
presence.send({ cursor: { x: 1, y: 2 }, selection: null });
presence.unsubscribe();

const off: () => void = stream.on("status", ({ status: now, reason, transport }) => {
  const known: Status = now;
  const way: TransportName = transport;
  console.log(known, reason.length, way);
});
const listen = (welcome: StreamEvents["welcome"]): number => welcome.ping_interval;
stream.on("welcome", listen);
stream.on("error", ({ code, retry_after }) => void [code.length, retry_after?.toFixed()]);
const user: User | null = stream.user;
const name: string | null = stream.connection;
const most: number | undefined = stream.limits?.subscriptions;
const wait: number = backoff(3, Math.random);
const answer: "stop" | "credential" | "retry" | "move" = verdict(4101);
stream.connect();
stream.close();
off();
console.log(status, user?.color, name, most, wait, answer);

// @ts-expect-error an address is needed
new Stream({});
// @ts-expect-error there is no such event
stream.on("closed", () => {});
// @ts-expect-error an offset alone is no position
stream.log("things", "other", { position: { offset: 1 } });
// @ts-expect-error a log says nothing
log.send({});
