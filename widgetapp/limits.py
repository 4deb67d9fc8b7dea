"""Every bound and its number, in one table. Settings take their values from it, `docs/limits.md` is made of it.

A `Limit` is a setting, so an operator can move it. A `Fixed` one belongs to a contract (the wire, an editing rule): its
number stands in the module that keeps it and is only read here, for the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from widgetapp.env import env

Value = int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bound that is a setting. `over`: what happens to whoever goes over it."""

    setting: str
    default: Value
    unit: str
    bounds: str
    over: str

    @property
    def name(self) -> str:
        return f"`{self.setting}`"

    def value(self) -> Value:
        return self.default


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A bound of a contract. `where`: dotted path of the constant."""

    where: str
    unit: str
    bounds: str
    over: str

    name = "-"

    def value(self) -> Value:
        module, _, constant = self.where.rpartition(".")
        value: Value = getattr(import_module(module), constant)
        return value


KIB, MIB = 1024, 1024 * 1024

HTTP = (
    Limit(setting="HTTP_HEADER_BYTES", default=32 * KIB, unit="bytes", bounds="request line and headers", over="431"),
    Limit(setting="HTTP_HEADER_COUNT", default=100, unit="headers", bounds="headers of a request", over="431"),
    Limit(
        setting="HTTP_HEADER_SECONDS",
        default=10,
        unit="seconds",
        bounds="until a request's headers are whole, from the connect and from each further request on",
        over="closed",
    ),
    Limit(
        setting="HTTP_BODY_BYTES",
        default=MIB,
        unit="bytes",
        bounds="a request's body",
        over="413 `too_large`, before any `100 Continue`",
    ),
    Limit(
        setting="HTTP_BODY_SECONDS", default=30, unit="seconds", bounds="until a body is whole", over="408 `timeout`"
    ),
    Limit(
        setting="HTTP_UPLOAD_BYTES",
        default=20 * MIB,
        unit="bytes",
        bounds="a file that is imported, or an asset; above 1 MiB it waits on disk",
        over="413 `too_large`, before any `100 Continue`",
    ),
    Limit(
        setting="HTTP_UPLOAD_SECONDS",
        default=120,
        unit="seconds",
        bounds="until such a file is whole",
        over="408 `timeout`",
    ),
    Limit(
        setting="HTTP_BODIES_BYTES",
        default=64 * MIB,
        unit="bytes",
        bounds="bodies that one worker holds at a time; an eighth of it, or one upload, is for one address",
        over="503 `busy`",
    ),
    Limit(
        setting="HTTP_CONNECTIONS_PER_ADDRESS",
        default=500,
        unit="connections",
        bounds="HTTP connections of one address (an IPv6 /64) to one worker, but of trusted proxies",
        over="closed",
    ),
    Fixed(
        where="widgetapp.edge.uvicorn_http.PIPELINED",
        unit="requests",
        bounds="requests of a connection that wait for the answer to the one before them (uvicorn)",
        over="400 `malformed` in their turn, and closed",
    ),
    Limit(
        setting="WRITE_QUEUE",
        default=64,
        unit="requests",
        bounds="requests that wait for their turn to write one Thing, and those of one address that wait at all",
        over="503 `busy`",
    ),
    Limit(
        setting="WRITE_QUEUE_SECONDS", default=10, unit="seconds", bounds="the wait for that turn", over="503 `busy`"
    ),
    Limit(
        setting="READ_QUEUE",
        default=1000,
        unit="requests",
        bounds="requests that wait for their turn to read one Thing, and those of one address that wait to read any",
        over="503 `busy`",
    ),
    Limit(setting="READ_QUEUE_SECONDS", default=30, unit="seconds", bounds="the wait for that turn", over="503 `busy`"),
    Limit(
        setting="REQUESTS_PER_MINUTE",
        default=60_000,
        unit="requests",
        bounds="requests of every kind of one address (an IPv6 /64), a minute or at once, shared out among the workers",
        over="429 `rate_limited`",
    ),
    Limit(setting="ANSWER_ROWS", default=1000, unit="rows", bounds="a page of an answer", over="the next page"),
    Limit(setting="ANSWER_BYTES", default=MIB, unit="bytes", bounds="a page of an answer", over="the next page"),
)

EDITING = (
    Limit(
        setting="ACTIONS_PER_MINUTE",
        default=6000,
        unit="requests",
        bounds="writes of one person, a minute",
        over="429 `rate_limited`",
    ),
    Limit(
        setting="ACTIONS_BURST",
        default=2000,
        unit="requests",
        bounds="writes of one person at once",
        over="429 `rate_limited`",
    ),
    Fixed(where="things.editing.request.MAX_ACTIONS", unit="actions", bounds="a request", over="413 `too_large`"),
    Fixed(where="things.editing.write.MAX_EFFECTS", unit="effects", bounds="a change", over="413 `too_large`"),
    Limit(
        setting="THING_WIDGETS",
        default=20_000,
        unit="widgets",
        bounds="living widgets of a Thing",
        over="409 `quota`; reading, deleting, undo, trash and export go on",
    ),
    Limit(
        setting="THING_ROWS",
        default=100_000,
        unit="widgets",
        bounds="widgets of a Thing, deleted ones included",
        over="409 `quota`; reading, deleting, undo, trash and export go on",
    ),
    Limit(
        setting="THING_BYTES",
        default=16 * MIB,
        unit="bytes",
        bounds="living widgets of a Thing, as the API shows them",
        over="409 `quota`; reading, deleting, undo, trash and export go on",
    ),
    Limit(
        setting="WORK_STEPS",
        default=1_000_000,
        unit="steps",
        bounds="work of a request: widgets named and touched, their ancestors and neighbours, characters of text",
        over="413 `too_large`",
    ),
    Fixed(where="things.document.lineage.MAX_DEPTH", unit="parents", bounds="above a widget", over="422 `depth`"),
    Limit(
        setting="LOG_BYTES_PER_DAY",
        default=512 * MIB,
        unit="bytes",
        bounds="what one person's changes add to the logs, a day",
        over="429 `quota`",
    ),
    Fixed(where="things.kinds.words.LIMIT", unit="characters", bounds="a text", over="422 `length`"),
    Fixed(
        where="things.kinds.words.MAX_WEIGHT",
        unit="characters",
        bounds="a text with its operations and attributes, about as its JSON is long",
        over="413 `too_large`",
    ),
    Fixed(where="things.kinds.words.MAX_OPERATIONS", unit="operations", bounds="a delta", over="422 `type`"),
    Fixed(
        where="things.editing.log.MAX_TEXT_CHANGES_BACK",
        unit="changes",
        bounds="of a text since the base of an `edit_text`, fewer where they are long",
        over="409 `base_too_old`",
    ),
    Fixed(
        where="things.drawing.allowance.CHARACTERS",
        unit="characters",
        bounds="laid out for a card or an editor's first paint",
        over="the editor draws the rest",
    ),
    Fixed(
        where="things.drawing.allowance.DETAILED_WIDGETS",
        unit="widgets",
        bounds="drawn in full on a card or an editor's first paint",
        over="the others are boxes and lines there",
    ),
    Limit(
        setting="PICTURE_CACHE_BYTES",
        default=64 * MIB,
        unit="bytes",
        bounds="drawn pictures that one worker keeps",
        over="the oldest goes",
    ),
)

PEOPLE = (
    Limit(setting="THINGS_PER_DAY", default=500, unit="Things", bounds="made by one person, a day", over="429 `quota`"),
    Limit(setting="TOKENS_PER_DAY", default=50, unit="tokens", bounds="made by one person, a day", over="429 `quota`"),
    Limit(
        setting="TICKETS_PER_DAY",
        default=20_000,
        unit="tickets",
        bounds="made by one person, a day",
        over="429 `quota`",
    ),
    Limit(
        setting="INVITATIONS_PER_DAY",
        default=200,
        unit="invitations",
        bounds="made by one person, a day",
        over="429 `quota`",
    ),
    Limit(
        setting="NOTIFICATIONS_PER_DAY",
        default=1000,
        unit="notifications",
        bounds="that one person causes in the inboxes of others, a day",
        over="left out of the inbox",
    ),
    Limit(
        setting="DEMO_SIGN_INS_PER_HOUR",
        default=20,
        unit="visitors",
        bounds="one-click sign-ins of one address, an hour",
        over="429 `quota`",
    ),
    Limit(
        setting="DEMO_VISITOR_DAYS",
        default=7,
        unit="days",
        bounds="how long a visitor of the demo and what they made are kept",
        over="purged",
    ),
    Limit(
        setting="SIGN_IN_TRIES_PER_PERSON",
        default=10,
        unit="tries",
        bounds="wrong passwords for one person within `SIGN_IN_SECONDS`",
        over="429 `throttled`",
    ),
    Limit(
        setting="SIGN_IN_TRIES_PER_ADDRESS",
        default=50,
        unit="tries",
        bounds="wrong passwords of one address within `SIGN_IN_SECONDS`",
        over="429 `throttled`",
    ),
    Limit(
        setting="SIGN_IN_SECONDS",
        default=300,
        unit="seconds",
        bounds="how long a wrong password counts",
        over="forgotten",
    ),
)

STREAM = (
    Limit(
        setting="STREAM_WORKER_BYTES",
        default=256 * MIB,
        unit="bytes",
        bounds="what all streams of one worker together may have sent, or waiting, and not acknowledged",
        over="the slowest end with 4203, newcomers with 4201",
    ),
    Limit(
        setting="STREAM_CONNECTIONS_PER_ADDRESS",
        default=100,
        unit="streams",
        bounds="open streams of one address, IPv6 by /64, over all workers that Redis joins",
        over="4202",
    ),
    Limit(
        setting="STREAM_CONNECTIONS_PER_USER",
        default=20,
        unit="streams",
        bounds="open streams of one person, over all workers that Redis joins",
        over="4202",
    ),
    Limit(
        setting="STREAM_WAITING_PER_ADDRESS",
        default=20,
        unit="sockets",
        bounds="sockets of one address on one worker that have not said hello",
        over="the oldest of them 4202",
    ),
    Fixed(
        where="streaming.uvicorn_protocol.PIECES_PER_SECOND",
        unit="frames",
        bounds="pings, pongs and further fragments of a connection, a second, before the hello too (uvicorn)",
        over="4004",
    ),
    Fixed(where="streaming.protocol.FRAME_BYTES", unit="bytes", bounds="a frame of a client", over="4002"),
    Fixed(where="streaming.protocol.EVENT_BYTES", unit="bytes", bounds="an event", over="told as `large`"),
    Fixed(
        where="streaming.protocol.MAX_SUBSCRIPTIONS",
        unit="topics",
        bounds="subscriptions of a connection",
        over="`refused`, code `limit`",
    ),
    Fixed(
        where="streaming.push.ANSWER_BYTES", unit="bytes", bounds="an answer of HTTP push", over="asked again by its id"
    ),
    Fixed(where="streaming.push.ANSWER_SECONDS", unit="seconds", bounds="an answer of HTTP push", over="the same"),
    Fixed(where="streaming.push.QUERY_BYTES", unit="bytes", bounds="the query of HTTP push", over="4000"),
    Fixed(where="streaming.places.ID_BYTES", unit="bytes", bounds="an id of HTTP push", over="4000"),
    Fixed(where="streaming.decoding.MAX_DEPTH", unit="levels", bounds="nesting of a frame or body", over="`malformed`"),
    Fixed(where="streaming.decoding.MAX_NODES", unit="values", bounds="values in a frame or body", over="`malformed`"),
)

Row = Limit | Fixed
TABLE: dict[str, Sequence[Row]] = {
    "HTTP": HTTP,
    "Editing": EDITING,
    "People and addresses": PEOPLE,
    "The stream": STREAM,
}
LIMITS = {row.setting: row for rows in TABLE.values() for row in rows if isinstance(row, Limit)}


def limit(setting: str) -> int:
    """The value of a whole-numbered limit: of the environment, else of the table."""
    value: int = env.int(setting, default=LIMITS[setting].default)
    return value


def page() -> str:
    """`docs/limits.md`."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from ("# Limits", "", "Made by `python manage.py limits`. A limit with a name is a setting.")
    for title, rows in TABLE.items():
        yield from ("", f"## {title}", "", "| limit | setting | default | over it |", "|---|---|---|---|")
        yield from (f"| {row.bounds} | {row.name} | {row.value():,} {row.unit} | {row.over} |" for row in rows)
