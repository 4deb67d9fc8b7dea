"""Close codes: the range tells a client what to do, the code tells a person why (C)."""

from enum import IntEnum


class CloseCode(IntEnum):
    """40xx: stop. 41xx: new credential. 42xx: reconnect with backoff. 43xx: move."""

    PROTOCOL_ERROR = 4000
    VERSION_NOT_SERVED = 4001
    FRAME_TOO_BIG = 4002
    ORIGIN_NOT_ALLOWED = 4003
    TOO_MANY_ERRORS = 4004
    HELLO_TIMEOUT = 4100
    NOT_SIGNED_IN = 4101
    CREDENTIAL_EXPIRED = 4102
    IDENTITY_CHANGED = 4103
    INTERNAL_ERROR = 4200
    OVERLOADED = 4201
    TOO_MANY_CONNECTIONS = 4202
    TOO_SLOW = 4203
    NO_PONG = 4204
    DRAIN = 4300


REASONS: dict[CloseCode, str] = {
    CloseCode.PROTOCOL_ERROR: "protocol error",
    CloseCode.VERSION_NOT_SERVED: "this version is not served, reload the page",
    CloseCode.FRAME_TOO_BIG: "frame too big",
    CloseCode.ORIGIN_NOT_ALLOWED: "origin not allowed",
    CloseCode.TOO_MANY_ERRORS: "too many errors",
    CloseCode.HELLO_TIMEOUT: "no hello in time",
    CloseCode.NOT_SIGNED_IN: "not signed in, or signed out",
    CloseCode.CREDENTIAL_EXPIRED: "credential expired or password changed",
    CloseCode.IDENTITY_CHANGED: "identity changed",
    CloseCode.INTERNAL_ERROR: "internal error",
    CloseCode.OVERLOADED: "overloaded",
    CloseCode.TOO_MANY_CONNECTIONS: "too many connections",
    CloseCode.TOO_SLOW: "too slow",
    CloseCode.NO_PONG: "no pong",
    CloseCode.DRAIN: "drain",
}
