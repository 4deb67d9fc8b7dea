"""What the HTTP side answers: a body with its positions (P1), or a problem."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from widgetapp_stream.frames import Position

Json = dict[str, Any]

_POSITION = re.compile(r"([^/,\s]+)/([^;,\s]+);\s*epoch=([^;,\s]+);\s*offset=(\d+)")


class Problem(Exception):
    """An answer of 400 and above; `body` is its problem+json, empty when it was none.

    `retry_after`: seconds after which the server wants to be asked again, where it said so.
    """

    def __init__(self, status: int, body: Json, headers: Mapping[str, str]) -> None:
        self.status, self.body, self.headers = status, body, headers
        self.code: str = body.get("code", "")
        self.errors: list[Json] = body.get("errors", [])
        self.retry_after = _seconds(headers.get("retry-after", ""))
        super().__init__(f"{status} {self.code or body.get('title', '')}: {body.get('detail', '')}")


class RateLimited(Problem):
    """Too many requests, for longer than the client was willing to wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by their names in small letters."""

    status: int
    body: Any
    headers: Mapping[str, str]

    def position(self, service: str, topic: str) -> Position | None:
        """Where the answer stands in that log (P1)."""
        return positions(self.headers.get("stream-position", "")).get((service, topic))


def positions(header: str) -> dict[tuple[str, str], Position]:
    """All positions of a `Stream-Position` header."""
    return {
        (service, topic): Position(epoch, int(offset)) for service, topic, epoch, offset in _POSITION.findall(header)
    }


def problem_from(status: int, body: bytes, headers: Message) -> Problem:
    found = json_from(body)
    kind = RateLimited if status == 429 else Problem
    return kind(status, found if isinstance(found, dict) else {}, small(headers))


def json_from(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def small(headers: Message) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _seconds(header: str) -> float | None:
    return float(header) if header.isdecimal() else None
