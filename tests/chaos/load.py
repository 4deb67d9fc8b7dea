"""A server under load: sockets that follow one Thing, and programs with kept connections that edit it."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from widgetapp_stream import Position, Stream
from widgetapp_stream.http import Client

from tests.chaos.crowd import NAMES
from tests.servers import Server
from tests.waiting import PATIENCE_SECONDS, until

EDITORS, EDITS_PER_SECOND = 5, 10
logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request


class Watcher:
    """A socket that follows, and when it moved."""

    def __init__(self, stream: Stream, thing: str, position: Position) -> None:
        self.stream, self.offsets, self.moved = stream, list[int](), list[float]()
        self.lost = 0
        stream.on("welcome", lambda _: self.moved.append(time.monotonic()))
        stream.on("status", self._status)
        stream.log("things", thing, position=position, on_event=lambda event: self.offsets.append(event.offset))

    def _status(self, _: object) -> None:
        if self.stream.status != "connected":
            self.lost += 1


class Editors:
    """Programs that keep their connections, as a browser does, and count what does not succeed."""

    def __init__(self, server: Server, thing: str) -> None:
        self._server, self._thing = server, thing
        self.failed: list[str] = []
        self.answered = self.revision = 0

    async def edit(self, name: str) -> None:
        headers = {"Authorization": f"Bearer {self._server.token(name)}"}
        async with httpx.AsyncClient(base_url=self._server.url, headers=headers, timeout=PATIENCE_SECONDS) as client:
            while True:
                await asyncio.sleep(random.random() * 2 * EDITORS / EDITS_PER_SECOND)
                try:
                    body = {"title": f"by {name} {self.answered}"}
                    answer = await client.post(f"/api/things/{self._thing}/actions/rename/", json=body)
                    answer.raise_for_status()
                except httpx.HTTPError as error:
                    self.failed.append(repr(error))
                else:
                    self.answered += 1
                    self.revision = max(self.revision, answer.json()["revision"])


class Site:
    """The server under load: sockets that follow, programs that edit."""

    def __init__(self, server: Server, watchers: Sequence[Watcher], editors: Editors) -> None:
        self.server, self.watchers, self.editors = server, watchers, editors

    def moments(self, since: float) -> list[float]:
        return [moment - since for watcher in self.watchers for moment in watcher.moved if moment > since]

    async def require_nobody_noticed(self) -> None:
        last = self.editors.revision
        await until(lambda: all(watcher.offsets[-1] >= last for watcher in self.watchers))
        for watcher in self.watchers:
            assert watcher.offsets == list(range(2, watcher.offsets[-1] + 1)), "a gap, or one doubled"
        assert sum(watcher.lost for watcher in self.watchers) == 0, "the new socket is there before the old one goes"
        assert self.editors.failed == []
        # The server closed none: all had gone within the time.
        assert "stream closed: 4300" not in self.server.log.read_text()


@asynccontextmanager
async def loaded(server: Server, sockets: int) -> AsyncIterator[Site]:
    client = Client(server.url, token=server.token("ana"))
    created = await client.create("Deploy", visibility="public")
    thing, position = str(created["id"]), Position(created["epoch"], created["revision"])
    for name in NAMES[1:]:
        member = {"email": f"{name}@harbourpool.example", "role": "editor"}
        await client.request("POST", f"api/things/{thing}/members/", member)
    editors, url = Editors(server, thing), server.url.replace("http", "ws") + "/_stream"
    async with AsyncExitStack() as stack:
        streams = [Stream(url, token=server.token(NAMES[number % 4])) for number in range(sockets)]
        for stream in streams:
            await stack.enter_async_context(stream)
        watchers = [Watcher(stream, thing, position) for stream in streams]
        editing = [asyncio.ensure_future(editors.edit(NAMES[number % 4])) for number in range(EDITORS)]
        try:
            site = Site(server, watchers, editors)
            await until(lambda: all(watcher.offsets for watcher in watchers))
            yield site
        finally:
            for task in editing:
                task.cancel()
            await asyncio.gather(*editing, return_exceptions=True)
