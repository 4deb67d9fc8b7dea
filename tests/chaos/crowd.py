"""People who edit one Thing and follow it by nothing but the stream and snapshots, whatever happens to the server."""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import rfc8785
from widgetapp_stream import LogEvent, Position, Replica, Stream
from widgetapp_stream.http import Client, Problem

from tests.servers import Server

Json = dict[str, Any]
T = TypeVar("T")

NAMES = ("ana", "jonas", "mina", "tomas")
TRY_SECONDS = 120.0
SETTLE_SECONDS = 10.0
WORDS = ("tide", "lane", "harbour", "pool ", "🏊", "\n")


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


class Writer:
    """Asks for actions of many kinds, each with one id until it is answered."""

    def __init__(self, follower: Follower, notes: Sequence[str], told: "Told") -> None:
        self._follower, self._notes, self._told = follower, notes, told
        self._client, self._thing = follower.client, follower.thing
        self.after_cut: Callable[[], Awaitable[object]] | None = None

    async def act(self) -> None:
        request, began, tries = str(uuid.uuid4()), time.monotonic(), []
        actions = [self._action()]
        while True:
            asked = time.monotonic()
            try:
                answer = await self._client.perform(self._thing, actions, id=request)
                self._told.answered(request, answer.body)
                return
            except Problem as problem:
                self._told.problems[problem.status] += 1
                if problem.code == "base_too_old":
                    self._told.refused.add(request)
                    return
                # What may be asked again is said so; anything else would be a fault of ours.
                if problem.status != 503 or "retry-after" not in problem.headers:
                    raise
                tries.append(str(problem))
            except OSError as error:
                self._told.cut += 1
                tries.append(f"{asked - began:.1f}+{time.monotonic() - asked:.1f} s {error!r}"[:120])
                if self.after_cut is not None:
                    await self.after_cut()
            assert time.monotonic() - began < TRY_SECONDS, tries
            await asyncio.sleep(random.uniform(0.1, 0.6))

    def _action(self) -> Json:
        note = random.choice(self._notes)
        kinds = {self._move: 35, self._edit: 30, self._style: 8, self._words: 4, self._come_and_go: 5}
        if random.random() < 0.18:
            return {"type": random.choice(("undo", "undo", "redo"))}
        return random.choices(list(kinds), list(kinds.values()))[0](note)

    def _move(self, note: str) -> Json:
        place = {"x": random.randint(0, 900), "y": random.randint(0, 900)}
        return {"type": "move", "widgets": [{"id": note, "place": place}]}

    def _edit(self, note: str) -> Json:
        """Made on the text as this client has it."""
        found = next((one for one in self._follower.replica.widgets() if one["id"] == note), {"text": []})
        # Code points are no place to cut by; whole insertions are.
        lengths = [len(part["insert"].encode("utf-16-le")) // 2 for part in found.get("text") or []]
        whole = sum(lengths)
        delta: list[Json] = [{"retain": whole}] if whole else []
        if whole > 60:
            delta = [{"delete": whole}]
        delta.append({"insert": random.choice(WORDS)})
        if random.random() < 0.5 and whole <= 60:
            delta.reverse()  # at the beginning
            delta = delta[:1]
        base = self._follower.replica.revision
        return {"type": "edit_text", "widget": note, "base_revision": base, "delta": delta}

    def _words(self, note: str) -> Json:
        return {"type": "set_text", "widget": note, "text": random.choice(WORDS) * random.randint(1, 4)}

    def _style(self, note: str) -> Json:
        return {"type": "style", "widgets": [note], "set": {"fill": f"#{random.randrange(16**6):06x}"}}

    def _come_and_go(self, note: str) -> Json:
        return {"type": random.choice(("delete", "restore")), "widgets": [note]}


class Told:
    """What the server said to the writers."""

    def __init__(self) -> None:
        self.revisions: dict[str, int] = {}
        self.without_effect: set[str] = set()
        self.refused: set[str] = set()
        self.problems: Counter[int] = Counter()
        self.cut = 0
        self.moments: list[float] = []

    def answered(self, request: str, body: Json) -> None:
        self.revisions[request] = body["revision"]
        self.moments.append(time.monotonic())
        if not body["effects"]:
            self.without_effect.add(request)

    def require_each_once(self, changes: dict[int, str], first: int) -> None:
        """Lost 0, doubled 0: every answer's revision holds its request, no request has two, nobody else wrote."""
        log = {revision: request for revision, request in changes.items() if revision >= first}
        assert len(set(log.values())) == len(log)
        assert set(log.values()) <= set(self.revisions)
        assert set(self.revisions) - set(log.values()) <= self.without_effect
        assert {revision: request for request, revision in self.revisions.items() if request in log.values()} == log


class Crowd:
    """Everybody, on one Thing with a note for each."""

    def __init__(self, clients: Sequence[Client], thing: str, notes: Sequence[str]) -> None:
        self.owner, self.thing = clients[0], thing
        self.told = Told()
        self.followers = [Follower(client, thing) for client in clients]
        self.writers = [Writer(follower, notes, self.told) for follower in self.followers]

    def behind(self, revision: int) -> list[str]:
        return [str(follower) for follower in self.followers if follower.replica.revision != revision]

    async def seen_by_connected(self) -> None:
        """Until whoever has a connection is where the server is now; how long that took, each follower measures."""
        final, _ = await self.followers[0].snapshot()
        behind = [one for one in self.followers if one.stream.status == "connected"]
        async with asyncio.timeout(SETTLE_SECONDS):
            while behind := [one for one in behind if one.is_behind(final.revision)]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def settled(self, seconds: float, since: float) -> float:
        """Seconds from `since` (monotonic) until all are where the server is."""
        final, _ = await self.followers[0].snapshot()
        while behind := self.behind(final.revision):
            assert time.monotonic() - since < seconds, f"{final.revision}: {behind}"
            await asyncio.sleep(0.05)
        return time.monotonic() - since

    async def require_equal(self) -> None:
        """Every event once, every digest and every byte as the server has it; what was answered is in the log once."""
        snapshot = (await insisting(lambda: self.owner.thing(self.thing)))[0]
        digest = (await insisting(lambda: self.owner.request("GET", f"api/things/{self.thing}/digest/"))).body["digest"]
        for follower in self.followers:
            assert follower.wrong == []
            assert len(set(follower.applied)) == len(follower.applied)
            held = follower.replica.as_json()
            assert rfc8785.dumps(held) == rfc8785.dumps({name: snapshot[name] for name in held})
            assert follower.replica.digest() == digest
        self.told.require_each_once(await log_of(self.owner, self.thing), first=3)


async def insisting(call: Callable[[], Awaitable[T]]) -> T:
    """Of what may be asked twice: the answer, whoever dies meanwhile."""
    while True:
        try:
            return await call()
        except (OSError, Problem) as error:
            if isinstance(error, Problem) and error.status != 503:
                raise
            await asyncio.sleep(0.2)


@asynccontextmanager
async def crowd(server: Server, size: int) -> AsyncIterator[Crowd]:
    """On the stream, the last of them when it begins; all may edit."""
    tokens = [server.token(NAMES[number % len(NAMES)]) for number in range(size)]
    clients = [Client(server.url, token=token) for token in tokens]
    thing = str((await insisting(lambda: clients[0].create("Chaos", visibility="public")))["id"])
    notes = [str(uuid.uuid4()) for _ in range(min(size, 20))]
    widgets = [{"id": note, "kind": "note", "place": {"x": 0, "y": 0}} for note in notes]
    first = [{"type": "add", "widgets": widgets}]
    await insisting(lambda: clients[0].perform(thing, first, id="first"))
    for name in NAMES[1:]:
        member = {"email": f"{name}@harbourpool.example", "role": "editor"}
        await insisting(lambda body=member: clients[0].request("POST", f"api/things/{thing}/members/", body))
    url = server.url.replace("http", "ws") + "/_stream"
    async with AsyncExitStack() as stack:
        made = Crowd(clients, thing, notes)
        for token, follower in zip(tokens, made.followers, strict=True):
            await follower.start(await stack.enter_async_context(Stream(url, token=token)))
        yield made


async def log_of(client: Client, thing: str) -> dict[int, str]:
    """Revision → request id, of the whole log."""
    found: dict[int, str] = {}
    while True:
        since = max(found, default=0)
        path = f"api/things/{thing}/changes/?since={since}&limit=1000"
        page = await insisting(lambda path=path: client.request("GET", path))
        found |= {entry["revision"]: entry["id"] for entry in page.body["results"]}
        if page.body["next"] is None:
            assert sorted(found) == list(range(1, len(found) + 1))
            return found
