"""E3 against a real server: WebSocket is blocked and passes again, and a log does not notice."""

import asyncio
import json
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from widgetapp_stream.http import Client

from tests.gate import Gate
from tests.servers import ROOT, Server
from tests.waiting import patience

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("fallback"), workers=1, redis=None)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def ana(server: Server) -> Client:
    return Client(server.url, token=server.token("ana"))


@pytest.fixture
async def gate(server: Server) -> AsyncIterator[Gate]:
    async with Gate(server.port) as gate:
        yield gate


class Followed:
    """`follow.js` behind the gate, and somebody who changes the Thing all the while."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[Json] = []

    async def until(self, found: Callable[[Json], bool]) -> None:
        assert self.process.stdout is not None
        async with patience():
            while True:
                line = await self.process.stdout.readline()
                assert line, self.lines
                self.lines.append(json.loads(line))
                if found(self.lines[-1]):
                    return

    async def until_on(self, transport: str) -> None:
        await self.until(lambda line: line.get("transport") == transport and line["status"] == "connected")

    async def until_offset(self, offset: int) -> None:
        await self.until(lambda line: line.get("offset") == offset)

    def come_online(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"online\n")

    @property
    def offsets(self) -> list[int]:
        return [line["offset"] for line in self.lines if "offset" in line]


@pytest.fixture
async def thing(ana: Client) -> Json:
    return await ana.create("Followed")


@pytest.fixture
async def followed(server: Server, gate: Gate, thing: Json) -> AsyncIterator[Followed]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    command = [node, "--experimental-websocket", "--no-warnings", str(ROOT / "tests/contract/follow.js")]
    arguments = [gate.url, server.token("ana"), thing["id"], thing["epoch"], str(thing["revision"])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(*command, *arguments, **pipes)
    yield Followed(process)
    # Closed streams leave nothing running: the program ends by itself.
    assert process.stdin is not None
    process.stdin.close()
    async with patience():
        await process.communicate()
    assert process.returncode == 0


@pytest.fixture
async def busy(ana: Client, thing: Json) -> AsyncIterator[list[int]]:
    """The Thing changes all the time; these are the revisions."""
    revisions: list[int] = []

    async def work() -> None:
        while True:
            answer = await ana.perform(thing["id"], [{"type": "rename", "title": str(uuid.uuid4())}])
            revisions.append(answer.body["revision"])
            await asyncio.sleep(0.02)  # all the time, and yet no more than one person may

    task = asyncio.create_task(work())
    yield revisions
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_e3_to_push_and_back(gate: Gate, followed: Followed, busy: list[int], thing: Json) -> None:
    """Nothing is lost or doubled, whichever way it changes, while events come all the time."""
    await followed.until_on("websocket")
    gate.shut()
    await followed.until_on("push")
    assert gate.refused >= 2
    await followed.until_offset(busy[-1] + 5)
    # What is said on push is told later: there is no way up.
    assert not any(1 in line.get("inside", ()) for line in followed.lines)
    gate.open()
    followed.come_online()
    await followed.until_on("websocket")
    await followed.until(lambda line: 1 in line.get("inside", ()))
    await followed.until_offset(busy[-1] + 5)
    assert followed.offsets == list(range(thing["revision"] + 1, followed.offsets[-1] + 1))
    assert not any("reset" in line for line in followed.lines)


async def test_e3_push_that_is_cut_goes_on(gate: Gate, followed: Followed, busy: list[int], thing: Json) -> None:
    """An answer that breaks off is asked for again, by push, from the position."""
    gate.shut()
    await followed.until_on("push")
    for _ in range(2):
        await followed.until_offset(busy[-1] + 3)
        gate.cut(upgraded=False)
        await followed.until(lambda line: line.get("status") == "reconnecting")
        await followed.until_on("push")
    await followed.until_offset(busy[-1] + 3)
    assert followed.offsets == list(range(thing["revision"] + 1, followed.offsets[-1] + 1))
