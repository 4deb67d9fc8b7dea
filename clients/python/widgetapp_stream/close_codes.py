"""What a close code asks of the client; an unknown code is read by its range (C)."""

from enum import StrEnum

LOST = 1006
MESSAGE_TOO_BIG = 1009


class Verdict(StrEnum):
    STOP = "stop"
    CREDENTIAL = "credential"
    RETRY = "retry"
    MOVE = "move"


_RANGES = {40: Verdict.STOP, 41: Verdict.CREDENTIAL, 42: Verdict.RETRY, 43: Verdict.MOVE}

_REASONS = {
    1009: "frame too big",
    4000: "protocol error",
    4001: "this version is not served, reload the page",
    4002: "frame too big",
    4003: "origin not allowed",
    4004: "too many errors",
    4100: "no hello in time",
    4101: "not signed in, or signed out",
    4102: "credential expired or password changed",
    4103: "identity changed",
    4200: "internal error",
    4201: "overloaded",
    4202: "too many connections",
    4203: "too slow",
    4204: "no pong",
    4300: "drain",
}


def verdict(code: int) -> Verdict:
    return Verdict.STOP if code == MESSAGE_TOO_BIG else _RANGES.get(code // 100, Verdict.RETRY)


def reason_of(code: int) -> str:
    """What to tell a person."""
    return _REASONS.get(code, "connection lost")
