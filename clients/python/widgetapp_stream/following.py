"""Following a Thing with everything taken care of: snapshot, log, replica, large events, resets."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from widgetapp_stream.backoff import backoff
from widgetapp_stream.frames import Position
from widgetapp_stream.http import Client, Problem
from widgetapp_stream.log_event import LogEvent, TopicReset
from widgetapp_stream.replica import Replica
from widgetapp_stream.restoring import SPREAD_SECONDS
from widgetapp_stream.stream import Stream

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """`replica` is the Thing right after `change`; it is one object that goes on changing with the next update.

    `change` is None when the Thing was fetched whole: at the start, and after a reset with a new `replica`.
    """

    replica: Replica
    change: Json | None
    digest: str

    @property
    def position(self) -> Position:
        return self.replica.position

    @property
    def verified(self) -> bool:
        """Is the replica equal to the server's Thing, byte for byte? Needs the extra `replica`."""
        return self.replica.digest() == self.digest


async def follow(site: str, thing: str, *, token: str | None = None) -> AsyncGenerator[Update]:
    """A Thing and then each of its changes, through every reconnect, on a stream of its own.

    Raises `OSError` when the site cannot be reached at first, `Problem` when the Thing cannot be read, `TopicRefused`
    when it no longer may be, `Stopped` when the stream ended for good. Wrap it in `contextlib.aclosing` when you leave
    the loop early and go on with something else.
    """
    stream = Stream(site, token=token)
    stream.connect()  # not waited for: a site that cannot be reached is told by the snapshot
    try:
        async with aclosing(updates(Client(site, token=token), stream, thing)) as found:
            async for update in found:
                yield update
    finally:
        await stream.close()


async def updates(client: Client, stream: Stream, thing: str) -> AsyncGenerator[Update]:
    """The same on a stream that serves others too."""
    body, _ = await client.thing(thing)
    while True:
        replica = Replica.from_snapshot(body)
        yield Update(replica=replica, change=None, digest=body["digest"])
        log = stream.log("things", thing, position=replica.position, on_large=_Large(client, thing))
        try:
            async for event in log:
                replica.apply(event.data)
                yield Update(replica=replica, change=event.data, digest=event.data["digest"])
            return
        except TopicReset as reset:
            body = await _again(client, thing, reset)
        finally:
            log.unsubscribe()


@dataclass(frozen=True, slots=True)
class _Large:
    client: Client
    thing: str

    async def __call__(self, event: LogEvent) -> Json:
        return await self.client.change(self.thing, event.offset)


async def _again(client: Client, thing: str, reset: TopicReset) -> Json:
    """The snapshot after a reset; everybody's at once where the epoch is another (R4)."""
    await asyncio.sleep(random.random() * SPREAD_SECONDS if reset.reason == "epoch" else 0)
    attempt = 0
    while True:
        try:
            return (await client.thing(thing))[0]
        except (OSError, Problem) as error:
            if isinstance(error, Problem) and error.status < 500:
                raise
        await asyncio.sleep(backoff(attempt, random.random))
        attempt += 1
