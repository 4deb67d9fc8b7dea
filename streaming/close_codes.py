"""Close codes, in one table: the range tells a program what to do, the code tells a person why (C).

Both SDKs, the pages of errors and docs/asyncapi.json say what stands here.
"""

from enum import IntEnum


class CloseCode(IntEnum):
    """40xx: stop. 41xx: get a new credential. 42xx: reconnect with backoff. 43xx: move to another connection.

    A row is the code, the reason that `bye` says, a title, when the code is issued, and what helps.
    """

    reason: str
    title: str
    issued_when: str
    remedy: str

    def __new__(cls, code: int, reason: str, title: str, issued_when: str, remedy: str) -> "CloseCode":
        member = int.__new__(cls, code)
        member._value_ = code
        member.reason, member.title, member.issued_when, member.remedy = reason, title, issued_when, remedy
        return member

    PROTOCOL_ERROR = (
        4000,
        "protocol error",
        "Protocol error",
        "What came is not this protocol.",
        "Stop; this is a fault of the program.",
    )
    VERSION_NOT_SERVED = (
        4001,
        "this version is not served, reload the page",
        "Version not served",
        "This version of the protocol is no longer spoken.",
        "Reload the page or update the program.",
    )
    FRAME_TOO_BIG = (
        4002,
        "frame too big",
        "Frame too big",
        "A frame was larger than 64 KiB.",
        "Stop; send smaller frames.",
    )
    ORIGIN_NOT_ALLOWED = (
        4003,
        "origin not allowed",
        "Origin not allowed",
        "A page of another site asked with a cookie.",
        "Use a ticket or a personal token.",
    )
    TOO_MANY_ERRORS = (
        4004,
        "too many errors",
        "Too many errors",
        "Too many malformed or refused frames in a minute.",
        "Stop; correct the program.",
    )
    HELLO_TIMEOUT = (
        4100,
        "no hello in time",
        "No hello",
        "No hello came within 10 seconds.",
        "Connect again and say hello at once.",
    )
    NOT_SIGNED_IN = (
        4101,
        "not signed in, or signed out",
        "Not signed in",
        "The session, token or ticket is unknown, used or revoked.",
        "Get a new credential, then connect again.",
    )
    CREDENTIAL_EXPIRED = (
        4102,
        "credential expired or password changed",
        "Credential expired",
        "The credential ran out or the password was changed.",
        "Get a new credential, then connect again.",
    )
    IDENTITY_CHANGED = (
        4103,
        "identity changed",
        "Identity changed",
        "Somebody else is signed in now.",
        "Start afresh as the new person.",
    )
    INTERNAL_ERROR = (
        4200,
        "internal error",
        "Internal error",
        "The server failed.",
        "Connect again with backoff.",
    )
    OVERLOADED = (
        4201,
        "overloaded",
        "Overloaded",
        "The server takes no more for the moment, or its database is away.",
        "Connect again with backoff.",
    )
    TOO_MANY_CONNECTIONS = (
        4202,
        "too many connections",
        "Too many connections",
        "Over 20 connections of one person or 100 of one address.",
        "Close some, then connect again.",
    )
    TOO_SLOW = (
        4203,
        "too slow",
        "Too slow",
        "Too much was sent and not acknowledged.",
        "Connect again; nothing is lost.",
    )
    NO_PONG = (
        4204,
        "no pong",
        "No pong",
        "A ping was not answered in 10 seconds.",
        "Connect again; nothing is lost.",
    )
    DRAIN = (
        4300,
        "drain",
        "Drain",
        "This server is being replaced.",
        "Connect again within the time told in retry.",
    )
