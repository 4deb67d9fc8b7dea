"""Clients by the thousand in one process: each keeps its position, answers pings, and comes back when it is cut."""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from tests.servers import Postgres
from tests.sockets import TEXT, Wire, connected, parts_of

WELCOME_SECONDS = 15.0
FIRST_SECONDS, LONGEST_SECONDS = 0.5, 20.0


class Position(msgspec.Struct):
    epoch: str
    offset: int


class Outcome(msgspec.Struct):
    service: str
    status: str
    position: Position | None = None


class Told(msgspec.Struct):
    """What these clients read of a frame."""

    type: str
    service: str = ""
    offset: int = 0
    n: int = 0
    code: int | str = 0
    connection: str = ""
    retry: list[float] | None = None
    subscriptions: list[Outcome] = []


told_by = msgspec.json.Decoder(Told).decode


class Client:
    """Follows one Thing by R1: the next offset is applied, an old one ignored, a gap asked for."""

    def __init__(self, thing: str, token: str, more: Sequence[dict[str, str]] = ()) -> None:
        self.thing, self.token, self.more = thing, token, more
        self.position: Position | None = None
        self.applied: list[int] = []
        self.doubled = self.gaps = self.resets = self.refused = self.lost = 0
        self.connection = ""
        self.live_at = 0.0
        self.wire: Wire | None = None
        self._retry: list[float] | None = None
        self._target = 0

    async def open(self, url: str) -> bool:
        """True when it was welcomed."""
        self._retry = None
        self.live_at = 0.0
        self._welcomed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(WELCOME_SECONDS):
                self.wire = await connected(url, [("Authorization", f"Bearer {self.token}")], self._read)
                self.wire.ended.add_done_callback(lambda _: self._answered(False))
                topic: dict[str, Any] = {"service": "things", "topic": self.thing}
                if self.position:
                    topic["position"] = msgspec.to_builtins(self.position)
                self.wire.send({"type": "hello", "id": 1, "version": 1, "subscriptions": [topic, *self.more]})
                return await self._welcomed
        return False

    async def keep(self, url: str) -> None:
        """Comes back for ever: full jitter, half a second doubling to twenty; the server's word wins."""
        attempt = 0
        while True:
            if self.wire is not None:
                await self.wire.ended
                self.lost += 1
            while True:
                wait = random.random() * min(LONGEST_SECONDS, FIRST_SECONDS * 2**attempt)
                await asyncio.sleep(random.uniform(*self._retry) if self._retry else wait)
                if await self.open(url):
                    break
                attempt += 1
            attempt //= 2

    def _answered(self, welcomed: bool) -> None:
        if not self._welcomed.done():
            self._welcomed.set_result(welcomed)

    def _read(self, opcode: int, payload: bytes) -> None:
        for part in parts_of(payload) if opcode == TEXT else ():
            self._take(told_by(part))

    def _take(self, told: Told) -> None:
        if told.type == "event" and told.service == "things":
            self._event(told.offset)
        elif told.type == "ping":
            assert self.wire
            self.wire.send({"type": "pong", "n": told.n})
        elif told.type == "welcome":
            self.connection = told.connection
            self._subscribed(told.subscriptions[0])
            self._answered(True)
        elif told.type == "bye":
            self._retry, self.refused = told.retry, self.refused + 1
            assert self.wire
            self.wire.transport.close()

    def _subscribed(self, outcome: Outcome) -> None:
        assert outcome.position, outcome
        self._target = outcome.position.offset
        if outcome.status == "reset":
            self.resets += 1
        if self.position is None or outcome.status == "reset":
            self.position = outcome.position
        self._look()

    def _event(self, offset: int) -> None:
        assert self.position
        if offset <= self.position.offset:
            self.doubled += 1
        elif offset > self.position.offset + 1:
            self.gaps += 1
            assert self.wire
            topic = {"service": "things", "topic": self.thing, "position": msgspec.to_builtins(self.position)}
            self.wire.send({"type": "subscribe", "id": 2, "subscriptions": [topic]})
        else:
            self.position = Position(self.position.epoch, offset)
            self.applied.append(offset)
            self._look()

    def _look(self) -> None:
        """Up to date with the moment of its welcome."""
        assert self.position
        if not self.live_at and self.position.offset >= self._target:
            self.live_at = time.monotonic()

    @property
    def is_open(self) -> bool:
        return self.wire is not None and not self.wire.ended.done()


async def open_all(clients: Sequence[Client], url: str, at_once: int) -> None:
    """In waves, and everybody has to be let in."""
    for start in range(0, len(clients), at_once):
        opened = await asyncio.gather(*(client.open(url) for client in clients[start : start + at_once]))
        assert all(opened), "not everybody was welcomed"


class Statements:
    """Every statement that PostgreSQL is asked, counted in its own log."""

    def __init__(self, postgres: Postgres) -> None:
        self._log = Path(postgres.directory / "log")
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET log_statement = 'all'")
            connection.execute("SELECT pg_reload_conf()")

    def lines(self) -> list[str]:
        return re.findall(r"LOG:  (?:statement|execute [^:]*): (.*)", self._log.read_text(errors="replace"))
