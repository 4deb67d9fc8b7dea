"""Somebody who holds a Thing by nothing but the stream and snapshots."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from widgetapp_stream import LogEvent, Position, Replica, Stream
from widgetapp_stream.http import Client, Problem

T = TypeVar("T")


class Follower:
    """Holds a replica and compares digests on the way."""

    def __init__(self, client: Client, thing: str) -> None:
        self.client, self.thing = client, thing
        self.applied: list[int] = []
        self.wrong: list[int] = []
        # Of those that were connected when it was committed: seconds until they had it.
        self.seen_after: dict[str, float] = {}
        self.resets = 0
        self._connected_at = 0.0

    async def start(self, stream: Stream) -> None:
        self.replica, position = await self.snapshot()
        self._connected_at = time.time()
        self.stream = stream
        stream.on("welcome", lambda _: setattr(self, "_connected_at", time.time()))
        log = stream.log(
            "things", self.thing, position=position, on_event=self._event, on_reset=self._reset, on_large=None
        )
        assert log

    def __str__(self) -> str:
        return f"{self.replica.revision} {self.stream.status} {self.stream.reason}, {self.resets} resets"

    def is_behind(self, revision: int) -> bool:
        """Of those without a connection nothing is expected."""
        return self.stream.status == "connected" and self.replica.revision < revision

    async def snapshot(self) -> tuple[Replica, Position]:
        snapshot, position = await insisting(lambda: self.client.thing(self.thing))
        return Replica.from_snapshot(snapshot), position

    def _event(self, event: LogEvent) -> None:
        self.replica.apply(event.data)
        self.applied.append(event.offset)
        committed = datetime.fromisoformat(event.data["created_at"]).timestamp()
        if committed > self._connected_at:
            self.seen_after[event.data["id"]] = time.time() - committed
        # Of every one it would take more time than the server has for the work itself.
        if event.offset % 25 == 0 and self.replica.digest() != event.data["digest"]:
            self.wrong.append(event.offset)

    async def _reset(self, reason: str, _: str | None) -> Position:
        self.resets += 1
        self.replica, position = await self.snapshot()
        return position


async def insisting(call: Callable[[], Awaitable[T]]) -> T:
    """Of what may be asked twice: the answer, whoever dies meanwhile."""
    while True:
        try:
            return await call()
        except (OSError, Problem) as error:
            if isinstance(error, Problem) and error.status != 503:
                raise
            await asyncio.sleep(0.2)
