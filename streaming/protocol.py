"""Frames as typed structs, and how they are encoded and decoded; no I/O (F).

A frame that is fanned out holds nothing that belongs to one connection, so each process encodes it once (F4).
"""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from streaming.decoding import Malformed, decode

VERSION = 1
SUBPROTOCOL = "widgetapp.stream.v1"

FRAME_BYTES = 64 * 1024
EVENT_BYTES = 256 * 1024
MAX_SUBSCRIPTIONS = 200

ServiceName = str
Topic = str
Recovery = Literal["fresh", "exact", "replay"]
ResetReason = Literal["epoch", "ahead", "behind", "trimmed"]


class Position(msgspec.Struct, frozen=True):
    """Where in a log: the epoch names the history, the offset the newest event applied."""

    epoch: str
    offset: int


class _Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Absent fields are left out, so a struct says what is on the wire."""


# What a client sends. Unknown fields are ignored (F2).


class SubscriptionRequest(msgspec.Struct, frozen=True, kw_only=True):
    service: ServiceName
    topic: Topic
    position: Position | None = None


class Hello(_Frame, frozen=True, kw_only=True, tag="hello"):
    id: int
    version: int
    ticket: str | None = None
    replaces: str | None = None
    subscriptions: list[SubscriptionRequest] = []


class Subscribe(_Frame, frozen=True, kw_only=True, tag="subscribe"):
    id: int
    subscriptions: list[SubscriptionRequest]


class Unsubscribe(_Frame, frozen=True, kw_only=True, tag="unsubscribe"):
    id: int
    service: ServiceName
    topic: Topic


class Message(_Frame, frozen=True, kw_only=True, tag="message"):
    service: ServiceName
    topic: Topic
    data: dict[str, Any]
    id: int | None = None


class Pong(_Frame, frozen=True, kw_only=True, tag="pong"):
    n: int
    lag_ms: float | None = None


class Authenticate(_Frame, frozen=True, kw_only=True, tag="authenticate"):
    """A new ticket, before the credential of this connection ends (A5)."""

    id: int
    ticket: str


ClientFrame = Hello | Subscribe | Unsubscribe | Message | Pong | Authenticate
CLIENT_TYPES: dict[str, type[ClientFrame]] = {
    "hello": Hello,
    "subscribe": Subscribe,
    "unsubscribe": Unsubscribe,
    "message": Message,
    "pong": Pong,
    "authenticate": Authenticate,
}


# What the server sends.


class StreamUser(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    color: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Told in `welcome`."""

    frame_bytes: int = FRAME_BYTES
    event_bytes: int = EVENT_BYTES
    subscriptions: int = MAX_SUBSCRIPTIONS
    requests_per_second: int = 20
    request_burst: int = 100
    messages_per_second: int = 40
    replay_events: int = 1000
    replay_bytes: int = 1024 * 1024


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one subscription (H4, R3)."""

    service: ServiceName
    topic: Topic
    status: Literal["subscribed", "reset", "refused"]
    mode: Literal["log", "state"] | None = None
    position: Position | None = None
    recovery: Recovery | None = None
    reason: ResetReason | None = None
    snapshot: str | None = None
    code: str | None = None


class Welcome(_Frame, frozen=True, kw_only=True, tag="welcome", omit_defaults=False):
    id: int
    version: int = VERSION
    connection: str
    user: StreamUser | None
    server_time: str
    ping_interval: float
    limits: Limits
    services: dict[ServiceName, str]
    subscriptions: list[Outcome]


class Subscribed(_Frame, frozen=True, kw_only=True, tag="subscribed"):
    id: int
    subscriptions: list[Outcome]


class Unsubscribed(_Frame, frozen=True, kw_only=True, tag="unsubscribed"):
    service: ServiceName
    topic: Topic
    id: int | None = None
    code: str | None = None
    purge: bool | None = None


class Event(_Frame, frozen=True, kw_only=True, tag="event"):
    """One event of a log topic (R1)."""

    service: ServiceName
    topic: Topic
    offset: int
    event: str
    data: Any


class Live(_Frame, frozen=True, kw_only=True, tag="live"):
    service: ServiceName
    topic: Topic
    offset: int


class Reset(_Frame, frozen=True, kw_only=True, tag="reset"):
    """A topic that cannot go on from where it is: fetch the snapshot, subscribe from there (R4)."""

    service: ServiceName
    topic: Topic
    reason: ResetReason
    position: Position
    snapshot: str


class Lag(_Frame, frozen=True, kw_only=True, tag="lag"):
    service: ServiceName
    topic: Topic
    offset: int


class State(_Frame, frozen=True, kw_only=True, tag="state"):
    """Keys of a state topic: all of them when `full`, else what changed (T1)."""

    service: ServiceName
    topic: Topic
    full: bool = False
    set: dict[str, Any]
    remove: list[str] | msgspec.UnsetType = msgspec.UNSET


class Head(msgspec.Struct, frozen=True, kw_only=True):
    service: ServiceName
    topic: Topic
    offset: int


class Ping(_Frame, frozen=True, kw_only=True, tag="ping", omit_defaults=False):
    n: int
    heads: list[Head] = []


class Error(_Frame, frozen=True, kw_only=True, tag="error"):
    code: str
    message: str
    id: int | None = None
    service: ServiceName | None = None
    retry_after: float | None = None


class AskAuthenticate(_Frame, frozen=True, kw_only=True, tag="authenticate"):
    """The credential ends in so many seconds: send a new ticket (A5)."""

    within: float


class Authenticated(_Frame, frozen=True, kw_only=True, tag="authenticated"):
    id: int


class Move(_Frame, frozen=True, kw_only=True, tag="move"):
    """Open another socket at a random moment within so many seconds, then close this one (D1)."""

    within: float


class Bye(_Frame, frozen=True, kw_only=True, tag="bye"):
    code: int
    reason: str
    retry: tuple[float, float] | None = None


ServerFrame = (
    Welcome
    | Subscribed
    | Unsubscribed
    | Event
    | Live
    | Reset
    | Lag
    | State
    | Ping
    | Error
    | AskAuthenticate
    | Authenticated
    | Move
    | Bye
)

_encoder = msgspec.json.Encoder()
encode = _encoder.encode


def now_text(timespec: str = "seconds") -> str:
    """ISO 8601, UTC, as every moment of the stream is told."""
    return datetime.now(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


class FrameError(Exception):
    """A client frame that is answered by an `error`: `malformed` or `unknown_type`; `id` if it could be read (F2)."""

    def __init__(self, code: str, message: str, id: int | None = None) -> None:
        self.code, self.message, self.id = code, message, id
        super().__init__(message)


def decode_client(text: str | bytes) -> ClientFrame:
    """One client frame, or `FrameError`. The caller has bounded the size (F5)."""
    try:
        value = decode(text)
    except Malformed as error:
        raise FrameError("malformed", str(error)) from None
    if not isinstance(value, dict):
        raise FrameError("malformed", "expected one object")
    given = value.get("id")
    frame_id = given if isinstance(given, int) and not isinstance(given, bool) else None
    kind = value.get("type")
    if not isinstance(kind, str):
        raise FrameError("malformed", "expected a string as type", frame_id)
    if kind not in CLIENT_TYPES:
        raise FrameError("unknown_type", "no frame has this type", frame_id)
    try:
        return msgspec.convert(value, CLIENT_TYPES[kind])
    except msgspec.ValidationError as error:
        raise FrameError("malformed", str(error), frame_id) from None
