"""A client that follows the rules of log mode (R1 to R5) on a real connection of a real hub, without a socket."""

import asyncio
import json
from typing import Any
from uuid import UUID

from streaming.connection import Connection
from streaming.context import RequestContext
from streaming.fanout.hub import Hub
from streaming.protocol import Position, SubscriptionRequest
from things.document import Document, widget_from_json
from things.document.effects import apply_change
from things.models import Thing
from things.reading.thing import thing_as_json
from things.transactions import snapshot


class Follower:
    """Holds a replica from a snapshot and keeps it up to date; knows nothing but frames and snapshots."""

    def __init__(self, hub: Hub, user: Any, thing: UUID) -> None:
        self.hub, self.user, self.thing = hub, user, str(thing)
        self.frames: list[dict[str, Any]] = []
        self.applied: list[int] = []
        self.epoch, self.replica = "", Document({}, {})
        self.connection: Connection | None = None
        self.reads = True
        self.fetch()

    def fetch(self) -> None:
        with snapshot():
            state = thing_as_json(Thing.objects.select_related("owner").get(pk=self.thing), self.user)
        meta = {name: state[name] for name in ("title", "canvas", "tags", "visibility", "trashed", "template")}
        self.replica = Document(meta, {}, revision=state["revision"])
        self.replica.widgets = {shown["id"]: widget_from_json(shown, 0) for shown in state["widgets"]}
        self.epoch = state["epoch"]

    async def connect(self) -> None:
        async def send(message: Any) -> None:
            received = json.loads(message["text"])
            self.frames += received if isinstance(received, list) else [received]

        self.connection = Connection(RequestContext(user=self.user), send, self.hub)
        self.hub.connections.add(self.connection)
        await self.subscribe()

    async def subscribe(self) -> None:
        assert self.connection is not None
        position = Position(epoch=self.epoch, offset=self.replica.revision)
        subscribing, context = self.connection.subscribing, self.connection.context
        wanted = [SubscriptionRequest(service="things", topic=self.thing, position=position)]
        decided = await subscribing.decide(context, wanted)
        if decided[0][0].status == "reset":
            await asyncio.to_thread(self.fetch)
            await self.subscribe()
        else:
            subscribing.start(context, decided)

    def disconnect(self) -> None:
        if self.connection is not None:
            self.hub.connections.discard(self.connection)
            self.connection.close(clean=False)
        self.connection = None
        self.frames.clear()

    async def read(self) -> None:
        """Take what arrived; a gap asks again (R1), a head ahead of us asks again (R5)."""
        while self.reads and self.frames and self.connection is not None:
            frame = self.frames.pop(0)
            if frame["type"] == "ping":
                self.connection.acknowledge(frame["n"])
            elif frame["type"] == "event":
                await self._event(frame)
            elif frame["type"] == "reset":
                await asyncio.to_thread(self.fetch)
                await self.subscribe()

    async def _event(self, frame: dict[str, Any]) -> None:
        offset = frame["offset"]
        if offset <= self.replica.revision:
            return
        if offset > self.replica.revision + 1:
            await self.subscribe()
            return
        apply_change(self.replica, frame["data"]["effects"], offset)
        self.applied.append(offset)
        assert self.replica.digest() == frame["data"]["digest"]
