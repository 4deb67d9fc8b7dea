"""People who may see a Thing and then may not, and what they are shown (A4)."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.sockets import TEXT, Wire, connected, parts_of
from tests.waiting import PATIENCE_SECONDS

SERVICES = ("things", "presence", "gallery")


@dataclass
class Person:
    """Made for one trial."""

    id: str
    token: str
    token_id: str
    session: str

    @property
    def bearer(self) -> tuple[str, str]:
        return "Authorization", f"Bearer {self.token}"


@dataclass
class Viewer:
    """A socket of somebody who may still see a Thing; `last` and `ended` are moments."""

    name: str
    thing: str
    services: tuple[str, ...] = SERVICES
    headers: list[tuple[str, str]] = field(default_factory=list)
    ticket: str | None = None
    frames: int = 0
    frames_after: int = 0  # it had ended
    last: float = 0.0
    ended: float = 0.0
    how: str = ""
    purged: set[str] = field(default_factory=set)

    async def start(self, url: str) -> None:
        self.welcomed = asyncio.Event()
        self.wire: Wire = await connected(url, self.headers, self._read)
        topics = [{"service": service, "topic": self.thing} for service in self.services]
        ticket = {"ticket": self.ticket} if self.ticket else {}
        self.wire.send({"type": "hello", "id": 1, "version": 1, "subscriptions": topics, **ticket})
        await asyncio.wait_for(self.welcomed.wait(), PATIENCE_SECONDS)

    def _read(self, opcode: int, payload: bytes) -> None:
        for part in parts_of(payload) if opcode == TEXT else ():
            self._take(json.loads(part))

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "welcome":
            assert {outcome["status"] for outcome in frame["subscriptions"]} == {"subscribed"}, self.name
            self.welcomed.set()
        elif kind == "ping":
            self.wire.send({"type": "pong", "n": frame["n"]})
        elif kind in ("event", "state"):
            self.frames, self.last = self.frames + 1, time.monotonic()
            self.frames_after += bool(self.ended)
        elif kind == "bye":
            self._end(str(frame["code"]))
        elif kind == "unsubscribed" and frame["purge"]:
            self.purged.add(frame["service"])
            if self.purged == set(self.services):
                self._end("purge")

    def _end(self, how: str) -> None:
        if not self.ended:
            self.ended, self.how = time.monotonic(), how


@dataclass
class Trial:
    """`end` takes the right away; the clock starts when it is answered."""

    viewer: Viewer
    end: Callable[[], Awaitable[None]]
    expected: str
    answered: float = 0.0

    async def run(self) -> None:
        await self.end()
        self.answered = time.monotonic()

    @property
    def late(self) -> float:
        """How long after the answer the last private frame came."""
        return max(0.0, self.viewer.last - self.answered)

    @property
    def took(self) -> float:
        return max(0.0, self.viewer.ended - self.answered) if self.viewer.ended else float("inf")
