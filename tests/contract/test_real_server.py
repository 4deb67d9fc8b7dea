"""Both clients against a real server: what the transcripts say, seen."""

import asyncio
import json
import random
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from widgetapp_stream import Log, LogEvent, Position, Replica, Stopped, Stream, TopicRefused
from widgetapp_stream.http import Answer, Client, Problem

from tests.servers import ROOT, Server
from tests.waiting import patience, until

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("clients"), workers=1, redis=None)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def url(server: Server) -> str:
    return server.url.replace("http", "ws") + "/_stream"


@pytest.fixture
def ana(server: Server) -> Client:
    return Client(server.url, token=server.token("ana"))


@pytest.fixture
async def thing(ana: Client) -> Json:
    return await ana.create("Followed")


class Follower:
    """A replica on a real stream; `caught_up` waits for a revision."""

    def __init__(self, client: Client, stream: Stream, replica: Replica) -> None:
        self.client, self.stream, self.replica = client, stream, replica
        self.digests: dict[int, bool] = {}
        self.resets: list[str] = []
        self._changed = asyncio.Event()
        self.log: Log = stream.log(
            "things",
            replica.id,
            position=replica.position,
            on_event=self._event,
            on_reset=self._reset,
            on_large=self._large,
        )

    async def caught_up(self, revision: int) -> None:
        async with patience():
            while self.replica.revision < revision:
                self._changed.clear()
                await self._changed.wait()

    def _event(self, event: LogEvent) -> None:
        self.replica.apply(event.data)
        self.digests[event.offset] = self.replica.digest() == event.data["digest"]
        self._changed.set()

    async def _large(self, event: LogEvent) -> Json:
        return await self.client.change(self.replica.id, event.offset)

    async def _reset(self, reason: str, snapshot: str | None) -> Position:
        self.resets.append(reason)
        thing, position = await self.client.thing(self.replica.id)
        self.replica = Replica.from_snapshot(thing)
        self._changed.set()
        return position


@pytest.fixture
async def follower(server: Server, url: str, ana: Client, thing: Json) -> AsyncIterator[Follower]:
    async with Stream(url, token=server.token("ana")) as stream:
        snapshot, _ = await ana.thing(thing["id"])
        yield Follower(ana, stream, Replica.from_snapshot(snapshot))


def some_actions(chance: random.Random, ids: list[str]) -> list[Json]:
    """One or two actions that a person might do; those on what is gone are skipped by the server (W5)."""
    made = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    one = [chance.choice(ids)] if ids else []
    place = {"parent": None, "x": chance.randint(0, 900), "y": chance.random() * 600}
    choices: list[Json] = [{"type": "add", "widgets": [{"id": made, "kind": "note", "place": place, "text": "Kai 🐙"}]}]
    if one:
        choices += [
            {"type": "move", "widgets": [{"id": one[0], "place": place}]},
            {"type": "style", "widgets": one, "set": {"fill": chance.choice(["#ff0000", "#00ff00"])}},
            {"type": "delete", "widgets": one},
            {"type": "restore", "widgets": one},
            {"type": "set_text", "widget": one[0], "text": chance.choice(["", "boats", "boats 🛶 and tea"])},
            {"type": "reorder", "widgets": one, "to": chance.choice(["front", "back"])},
            {"type": "rename", "title": f"Pool {chance.randint(1, 9)}"},
            {"type": "undo"},
            {"type": "redo"},
        ]
    chosen = chance.choice(choices)
    if chosen["type"] == "add":
        ids.append(made)
    return [chosen]


async def attempt(client: Client, thing: Json, actions: list[Json]) -> Answer | None:
    """None when the Thing does not allow it at present: nothing to undo, a widget that was never there."""
    try:
        return await client.perform(thing["id"], actions)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return None


@pytest.mark.parametrize("seed", range(3))
async def test_replica_equals_the_server_at_every_revision(
    follower: Follower, ana: Client, thing: Json, seed: int
) -> None:
    """Every effect there is, applied as it comes: each digest equals the server's (editing 9)."""
    chance, ids, revision = random.Random(seed), list[str](), follower.replica.revision
    for _ in range(120):
        answer = await attempt(ana, thing, some_actions(chance, ids))
        if answer is None:
            continue
        position = answer.position("things", thing["id"])
        assert position is not None
        revision = position.offset
        follower.log.expect(revision)
    await follower.caught_up(revision)
    assert revision > 40
    assert all(follower.digests.values())
    assert follower.resets == []
    final, _ = await ana.thing(thing["id"])
    assert follower.replica.digest() == final["digest"]
    assert follower.replica.widgets() == final["widgets"]
    assert follower.replica.meta["title"] == final["title"]


async def test_nothing_is_lost_when_the_connection_is(follower: Follower, ana: Client, thing: Json) -> None:
    """R3: what came meanwhile is replayed from the position."""
    for round in range(3):
        connection = follower.stream._lifecycle.current
        assert connection is not None
        connection.lost("pulled")
        revision = (await ana.perform(thing["id"], [{"type": "rename", "title": f"Round {round}"}])).body["revision"]
        await follower.caught_up(revision)
    assert all(follower.digests.values())
    assert follower.replica.meta["title"] == "Round 2"
    assert follower.resets == []


async def test_a_position_of_another_history_is_reset(server: Server, url: str, ana: Client, thing: Json) -> None:
    """R3, R4: ahead of the log. The client fetches the snapshot and goes on."""
    async with Stream(url, token=server.token("ana")) as stream:
        replica = Replica.from_snapshot({**thing, "revision": 900})
        follower = Follower(ana, stream, replica)
        answer = await ana.perform(thing["id"], [{"type": "rename", "title": "Present"}])
        async with patience():
            while follower.replica.meta["title"] != "Present":
                follower._changed.clear()
                await follower._changed.wait()
        assert follower.resets == ["ahead"]
        assert follower.replica.revision == answer.body["revision"]


async def test_a_large_change_is_fetched(follower: Follower, ana: Client, thing: Json) -> None:
    """F5: an event above 256 KiB comes as its number, and the client gets the rest from the changes page."""
    place = {"parent": None, "x": 0, "y": 0}
    widgets = [{"id": str(uuid.uuid4()), "kind": "note", "place": place, "text": "w" * 900} for _ in range(400)]
    large = (await ana.perform(thing["id"], [{"type": "add", "widgets": widgets}])).body["revision"]
    await ana.perform(thing["id"], [{"type": "rename", "title": "After"}])
    await follower.caught_up(large + 1)
    assert all(follower.digests.values())
    assert len(follower.replica.widgets()) == 400


async def test_iterating(server: Server, url: str, ana: Client, thing: Json) -> None:
    """Without `on_event` a log is an asynchronous iterator."""
    async with Stream(url, token=server.token("ana")) as stream:
        log = stream.log("things", thing["id"], position=Position(thing["epoch"], 0))
        assert [(await anext(log.__aiter__())).offset] == [1]
        await ana.perform(thing["id"], [{"type": "rename", "title": "Two"}])
        async for event in log:
            assert event.offset == 2
            log.unsubscribe()


async def test_b1_a_slow_iterator_loses_nothing_and_keeps_its_connection(
    server: Server, url: str, ana: Client, thing: Json
) -> None:
    """Nobody takes anything until the log is held back; then everything comes, in order, on the same connection."""
    async with patience(), Stream(url, token=server.token("ana")) as stream:
        log, connection = stream.log("things", thing["id"], position=Position(thing["epoch"], 0)), stream.connection
        for number in range(12):
            place = {"parent": None, "x": number, "y": 0}
            notes = [{"id": str(uuid.uuid4()), "kind": "note", "place": place, "name": "n" * 180} for _ in range(100)]
            await ana.perform(thing["id"], [{"type": "add", "widgets": notes}])
        await until(lambda: log.status == "held", "the log is held back")
        assert log.offset < 13
        offsets = list[int]()
        async for event in log:
            offsets.append(event.offset)
            if event.offset == 13:
                log.unsubscribe()
        assert offsets == list(range(1, 14))
        assert stream.connection == connection


async def test_what_one_may_not_see_is_refused(server: Server, url: str, thing: Json) -> None:
    """S3."""
    async with Stream(url, token=server.token("jonas")) as stream:
        with pytest.raises(TopicRefused, match="forbidden"):
            await anext(stream.log("things", thing["id"]).__aiter__())


async def test_presence_of_two(server: Server, url: str, ana: Client, thing: Json) -> None:
    """T1, T2: each sees the other; a clean close leaves at once."""
    seen = asyncio.Event()
    async with Stream(url, token=server.token("ana")) as first:
        inside = first.state("presence", thing["id"], on_change=lambda change: seen.set())
        async with Stream(url, ticket=ana.ticket) as second:
            second.state("presence", thing["id"]).send({"cursor": {"x": 3, "y": 4}})
            async with patience():
                while not any(value.get("cursor") == {"x": 3, "y": 4} for value in inside.values.values()):
                    seen.clear()
                    await seen.wait()
        async with patience():
            while second.connection in inside.values:
                seen.clear()
                await seen.wait()


async def test_a_bad_ticket_stops_after_three(url: str) -> None:
    """A3, C: 4101 asks for a new ticket; those that never work are given up."""

    async def bad() -> str:
        return "nonsense"

    with pytest.raises(Stopped):
        async with Stream(url, ticket=bad):
            pass


async def test_javascript_follows(server: Server, ana: Client, thing: Json) -> None:
    """The JavaScript client in node: ticket, welcome, events in order with the server's digests, presence."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    command = [node, "--experimental-websocket", "--no-warnings", str(ROOT / "clients/javascript/examples/follow.js")]
    arguments = [server.url, server.token("ana"), thing["id"]]
    process = await asyncio.create_subprocess_exec(*command, *arguments, stdout=subprocess.PIPE)
    assert process.stdout is not None
    lines: list[Json] = []

    async def said(found: Any) -> None:
        while not any(map(found, lines)):
            assert process.stdout is not None
            line = await process.stdout.readline()
            assert line, lines
            lines.append(json.loads(line))

    try:
        async with patience():
            await said(lambda line: "live" in line)
            digests = []
            for title in ("One", "Two", "Three"):
                answer = await ana.perform(thing["id"], [{"type": "rename", "title": title}])
                digests.append(answer.body["revision"])
            await said(lambda line: line.get("offset") == digests[-1])
            await said(lambda line: line.get("inside") == 1)
    finally:
        process.terminate()
        await process.wait()
    assert [line["offset"] for line in lines if "offset" in line] == digests
