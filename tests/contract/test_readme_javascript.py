"""Every example in the README of the JavaScript client, run by node against a real server."""

import asyncio
import json
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from widgetapp_stream.http import Client

from tests.servers import ROOT, Server
from tests.waiting import patience

README = ROOT / "clients/javascript/README.md"
EXAMPLES = {
    match[1]: match[2] for match in re.finditer(r"```js\n// ([^\n]+)\n(.*?)```", README.read_text(), flags=re.DOTALL)
}
SAYS = {
    "Follow a Thing": r"\d+ change",
    "Start from a snapshot": r"change \d+",
    "Keep it over a reload": r'\{"journal":\["Ana Ruiz: rename".*"position":\{"epoch":"\w+","offset":\d+\}\}',
    "Expect what was answered": r"came \d+",
    "See each other": r"inside [1-9]",
    "Sign in with a ticket": "hello Ana Ruiz",
    "Show how it stands": "connected  websocket",
    "Only by WebSocket": "connected websocket",
    "Hear what goes wrong": "refused forbidden",
}
# What a page has and node has not, and what the text around an example takes for granted.
AROUND = """
const stored = new Map();
globalThis.sessionStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (...pair) => stored.set(...pair) };
const { site, token, id } = JSON.parse(process.argv.at(-1));
const headers = { Authorization: `Bearer ${token}`, Accept: "application/json", "Content-Type": "application/json" };
const ticket = ticketFrom(`${site}/api/stream/tickets/`, { headers: () => headers });
"""
STREAM = "const stream = new Stream({ url: `${site}/_stream`, ticket });\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("readme"), workers=1, redis=None)
    yield running
    running.stop()


def program(example: str) -> str:
    """The example as a module: with a stream if it makes none, with a ticket where a page has its cookie."""
    code = re.sub(r"^import .*\n", "", example, flags=re.MULTILINE)
    code = code.replace('url: "/_stream"', "url: `${site}/_stream`, ticket")
    made = "" if "new Stream(" in code else STREAM
    return f'import {{ Stream, ticketFrom }} from "widgetapp-stream";\n{AROUND}{made}{code}'


def test_every_example_is_run() -> None:
    assert list(EXAMPLES) == list(SAYS)
    assert README.read_text().count("```js") == len(EXAMPLES)


@pytest.mark.parametrize("name", SAYS)
async def test_the_example_does_what_it_says(server: Server, name: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    ana = Client(server.url, token=server.token("ana"))
    thing = await ana.create("Example")
    given = json.dumps({"site": server.url, "token": server.token("ana"), "id": thing["id"]})
    flags = ["--experimental-websocket", "--no-warnings", "--input-type=module"]
    command = [node, *flags, "-e", program(EXAMPLES[name]), given]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=ROOT)
    changing = asyncio.create_task(change(ana, thing))
    try:
        async with patience():
            await said(process, SAYS[name])
    finally:
        changing.cancel()
        process.terminate()
        await asyncio.gather(process.wait(), changing, return_exceptions=True)


async def change(client: Client, thing: dict[str, Any]) -> None:
    while True:
        await client.perform(thing["id"], [{"type": "rename", "title": str(uuid.uuid4())}])


async def said(process: asyncio.subprocess.Process, pattern: str) -> None:
    assert process.stdout is not None
    lines = []
    while line := (await process.stdout.readline()).decode():
        lines.append(line)
        if re.fullmatch(pattern, line.strip()):
            return
    raise AssertionError(f"expected {pattern}, got {lines}")
