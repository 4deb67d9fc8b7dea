"""This process's single channel on the Redis channel layer: joins, receives, and knows whether it is alive.

Everything here happens in the background: no request, hello or subscription waits for Redis. A beat sent through
Redis to ourselves tells whether messages arrive; when they come back after a silence, everything is suspect.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer

from streaming import metrics
from streaming.fanout.publications import Publication

logger = logging.getLogger(__name__)

CALL_SECONDS = 1.5
BEAT_SECONDS = 1.0
SILENT_SECONDS = 3.5
REBUILD_SECONDS = 8.0


class LayerLink:
    """`wanted` groups are joined one after the other; `received` gets every publication on the hub's loop."""

    def __init__(self, received: Callable[[Publication], None], suspect: Callable[[], None]) -> None:
        self._received, self._suspect = received, suspect
        self._layer: Any = get_channel_layer()
        self._sender: Any = get_channel_layer("publish")
        self._channel = ""
        self._wanted: set[str] = set()
        self._joined: set[str] = set()
        self._changed = asyncio.Event()
        self._heard_at = 0.0
        self.is_up = False
        self._tasks = [asyncio.ensure_future(self._keep(step)) for step in (self._link, self._beat)]

    def want(self, group: str) -> None:
        self._wanted.add(group)
        self._changed.set()

    def unwant(self, group: str) -> None:
        self._wanted.discard(group)
        self._changed.set()

    def rejoin(self, group: str) -> None:
        """A message of this group did not arrive: join it again, unless it was left meanwhile."""
        if group in self._wanted:
            self._joined.discard(group)
        self._changed.set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(CALL_SECONDS):
                await self._layer.flush()

    async def _keep(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except Exception as error:
                logger.warning("channel layer: %r", error)
                await asyncio.sleep(1)

    async def _link(self) -> None:
        """Open the channel, join, receive, until something breaks or the line has been silent for long."""
        receiver: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                self._channel = await self._layer.new_channel()
            self._joined, self._heard_at = set(), time.monotonic()
            receiver = asyncio.ensure_future(self._receive())
            self._changed.set()
            while time.monotonic() - self._heard_at < REBUILD_SECONDS:
                await self._join()
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_SECONDS):
                        await self._changed.wait()
                        self._changed.clear()
        finally:
            if receiver is not None:
                receiver.cancel()
            with suppress(Exception):
                async with asyncio.timeout(CALL_SECONDS):
                    await self._layer.flush()

    async def _join(self) -> None:
        for group in self._wanted - self._joined:
            async with asyncio.timeout(CALL_SECONDS):
                await self._layer.group_discard(group, self._channel)
                await self._layer.group_add(group, self._channel)
            self._joined.add(group)
            self._suspect()
        for group in self._joined - self._wanted:
            async with asyncio.timeout(CALL_SECONDS):
                await self._layer.group_discard(group, self._channel)
            self._joined.discard(group)

    async def _receive(self) -> None:
        while True:
            message = await self._layer.receive(self._channel)
            if message["type"] == "beat":
                self._hear()
            else:
                for publication in message["messages"]:
                    self._hand_on(publication)

    def _hand_on(self, publication: Publication) -> None:
        try:
            self._received(publication)
        except Exception:  # of another version, perhaps: a line that broke here would be silent for seconds
            logger.exception("a publication could not be read")

    def _hear(self) -> None:
        self._heard_at = time.monotonic()
        if not self.is_up:
            self.is_up = True
            metrics.layer_up.set(1)
            logger.info("channel layer is up")
            self._suspect()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if self.is_up and time.monotonic() - self._heard_at > SILENT_SECONDS:
                self.is_up = False
                metrics.layer_up.set(0)
                logger.warning("channel layer is silent: changes travel by the sweep")
            with suppress(Exception):
                async with asyncio.timeout(CALL_SECONDS):
                    await self._sender.send(self._channel, {"type": "beat"})
