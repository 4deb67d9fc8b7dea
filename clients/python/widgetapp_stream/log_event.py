"""What a log hands over, and what it asks of the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from widgetapp_stream.frames import Key, Position


@dataclass(frozen=True, slots=True)
class LogEvent:
    """`position` is where the log stands after this event: save it with what you did, and go on from there later."""

    position: Position
    event: str
    data: Any

    @property
    def offset(self) -> int:
        return self.position.offset


class TopicReset(Exception):
    """The log cannot tell what was missed; start from a new snapshot. For `reason` see the rules of recovery (R3)."""

    def __init__(self, key: Key, reason: str, snapshot: str | None) -> None:
        self.key, self.reason, self.snapshot = key, reason, snapshot
        super().__init__(f"{key[0]}/{key[1]}: {reason}")


OnReset = Callable[[str, str | None], Awaitable[Position | None]]
"""Given the reason and the snapshot's path, fetches the snapshot and returns where it stands (R4, P1)."""

OnLarge = Callable[[LogEvent], Awaitable[Any]]
"""Fetches the data of an event that was too large for a frame (F5)."""
