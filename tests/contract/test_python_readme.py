"""Every example of the Python client's README, run against a real server: what a new user copies works."""

import asyncio
import os
import re
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from widgetapp_stream import Client, Position, Stream

from tests.servers import ROOT, Server
from tests.waiting import patience, until

README = (ROOT / "clients/python/README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
CALL = 'asyncio.run(watch("http://127.0.0.1:8000", "wap_…", "<id of a Thing>"))'

Json = dict[str, Any]
Printed = Callable[[], list[str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("readme"), workers=1, redis=None)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def token(server: Server) -> str:
    return server.token("ana")


@pytest.fixture
def ana(server: Server, token: str) -> Client:
    return Client(server.url, token=token)


@pytest.fixture
async def thing(ana: Client) -> str:
    return str((await ana.create("Followed"))["id"])


def example(name: str) -> Any:
    """The function of that name, as its block defines it."""
    code = next(block for block in BLOCKS if f"async def {name}(" in block)
    namespace: Json = {"asyncio": asyncio}
    exec(compile(code, f"README:{name}", "exec"), namespace)
    return namespace[name]


class Lines:
    """What was printed so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self.all = capsys, list[str]()

    def which(self, found: Callable[[str], object]) -> str | None:
        """The first such line so far."""
        self.all += self._capsys.readouterr().out.splitlines()
        return next(filter(found, self.all), None)

    async def until(self, found: Callable[[str], object]) -> str:
        await until(lambda: self.which(found), f"such a line: {self.all}")
        return next(filter(found, self.all))


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    return Lines(capsys)


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    """Cancelled in the end, as by Ctrl-C; nothing of it stays."""
    before = asyncio.all_tasks()
    task = asyncio.create_task(work)
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == set()


async def rename(client: Client, thing: str, title: str) -> int:
    return int((await client.perform(thing, [{"type": "rename", "title": title}])).body["revision"])


def test_every_block_is_run_here() -> None:
    source = Path(__file__).read_text()
    names = [re.findall(r"^async def (\w+)", block, re.MULTILINE)[0] for block in BLOCKS]
    assert len(names) == 8
    assert [name for name in names[1:] if f'example("{name}")' not in source] == []


async def test_follow_as_a_program(server: Server, ana: Client, token: str, thing: str) -> None:
    assert CALL in BLOCKS[0]
    code = BLOCKS[0].replace(CALL, f"asyncio.run(watch({server.url!r}, {token!r}, {thing!r}))")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "clients/python"), "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    try:
        async with patience():
            assert (await process.stdout.readline()).split() == [b"1", b"Followed", b"True"]
            await rename(ana, thing, "Seen")
            assert (await process.stdout.readline()).split() == [b"2", b"Seen", b"True"]
    finally:
        process.terminate()
        await process.wait()


async def test_several(server: Server, ana: Client, token: str, thing: str, lines: Lines) -> None:
    other = str((await ana.create("Other"))["id"])
    async with running(example("watch_all")(server.url, token, [thing, other])):
        for each in (thing, other):
            await lines.until(lambda line, each=each: line.startswith(f"{each} 1"))  # type: ignore[misc]
            await rename(ana, each, "Seen")
            await lines.until(lambda line, each=each: line == f"{each} 2 Seen")  # type: ignore[misc]


async def test_resume(server: Server, ana: Client, token: str, thing: str, lines: Lines, tmp_path: Path) -> None:
    """What was done while the program was not running comes first; a position of another history is told (R3)."""
    path = tmp_path / "position.json"
    path.write_text(f'["{(await ana.thing(thing))[1].epoch}", 1]')
    for round in (2, 4):
        await rename(ana, thing, f"While away {round}")
        async with running(example("resume")(server.url, token, thing, path)):
            await lines.until(lambda line, round=round: line == f"{round} rename")  # type: ignore[misc]
            await rename(ana, thing, f"While there {round}")
            await lines.until(lambda line, round=round: line == f"{round + 1} rename")  # type: ignore[misc]
    assert lines.all == ["2 rename", "3 rename", "4 rename", "5 rename"]
    path.write_text('["zzzz", 3]')
    await example("resume")(server.url, token, thing, path)
    await lines.until(lambda line: line.endswith("what was missed: epoch"))
    assert not path.exists()


async def test_presence(server: Server, token: str, thing: str, lines: Lines) -> None:
    async with running(example("meet")(server.url, token, thing)):
        await lines.until(lambda line: line == "inside: Ana Ruiz")
        async with Stream(server.url, token=token) as stream:
            stream.state("presence", thing).send({"cursor": {"x": 1, "y": 1}})
            await lines.until(lambda line: line == "inside: Ana Ruiz Ana Ruiz")
        lines.all.clear()
        await lines.until(lambda line: line == "inside: Ana Ruiz")


async def test_changing(server: Server, ana: Client, token: str, lines: Lines) -> None:
    thing = await example("add_a_note")(server.url, token, "towels")
    body, position = await ana.thing(thing)
    assert [widget["text"] for widget in body["widgets"]] == [[{"insert": "towels"}]]
    await lines.until(lambda line: line == f"revision 2 at {position}")
    await lines.until(lambda line: line == "422 invalid /actions/0/widgets")
    await lines.until(lambda line: line == "2 add")


async def test_replica(server: Server, token: str, thing: str, lines: Lines) -> None:
    await example("replay")(server.url, token, thing)
    assert await lines.until(bool) == "Renamed True 0"


async def test_a5_tickets(server: Server, ana: Client, thing: str, lines: Lines) -> None:
    """The first token ends: the connection outlives it, by a ticket of the second."""
    ends = datetime.now(UTC) + timedelta(seconds=12)
    wanted = {"name": "Short", "scopes": ["read", "write"], "expires_at": ends.isoformat()}
    short = (await ana.request("POST", "api/tokens/", wanted)).body["token"]
    tokens = [short, server.token("ana")]

    async def sign_in() -> str:
        return tokens.pop(0)

    async with running(example("with_tickets")(server.url, sign_in, thing)):

        async def is_live() -> object:
            await rename(ana, thing, f"Before {uuid.uuid4()}")
            return lines.which(bool)

        await until(is_live)
        await until(lambda: not tokens, "the second token is asked for")
        await until(lambda: datetime.now(UTC) > ends + timedelta(seconds=2), "the server has looked")
        revision = await rename(ana, thing, "After the end of the first")
        await lines.until(lambda line: line.startswith(f"{revision} "))
        assert len({line.split()[-1] for line in lines.all}) == 1


async def test_errors(server: Server, thing: str, lines: Lines) -> None:
    careful = example("careful")
    assert await careful(server.url, server.token("jonas"), thing) == "may not be followed: forbidden"
    assert (await careful(server.url, "wap_no_such_token", thing)).startswith("ended for good: ")
    await lines.until(lambda line: line.startswith("reconnecting"))


async def test_following_starts_anew_after_a_reset(server: Server, ana: Client, token: str, thing: str) -> None:
    """R4: `updates` fetches the Thing again and goes on."""
    from widgetapp_stream import updates

    async with patience(), Stream(server.url, token=token) as stream:
        found = updates(ana, stream, thing)
        first = await anext(found)
        assert (first.change, first.position.offset, first.verified) == (None, 1, True)
        waiting = asyncio.ensure_future(anext(found))
        await asyncio.sleep(0)
        log: Any = stream._subscriptions._topics["things", thing]
        assert log.position == Position(*first.position)
        log.refetch()
        again = await waiting
        assert again.change is None
        assert again.replica is not first.replica
        await rename(ana, thing, "After")
        assert (await anext(found)).replica.meta["title"] == "After"
        await found.aclose()
        assert stream._subscriptions._topics == {}
