"""The Python client towards the network: pauses asked for, where the credential goes, what is left behind."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from widgetapp_stream import Client, Problem, RateLimited, Stream

from tests.servers import Server, free_port

LEAVES_AFTER_SECONDS = 0.3
RENAME: list[dict[str, Any]] = [{"type": "rename", "title": "Again"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two actions at once, and one a second."""
    few = {"ACTIONS_BURST": "2", "ACTIONS_PER_MINUTE": "60"}
    running = Server(tmp_path_factory.mktemp("http"), workers=1, redis=None, **few)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


async def test_a_pause_that_the_server_asks_for_is_made(server: Server) -> None:
    client = Client(server.url, token=server.token("ana"))
    thing = (await client.create("Busy"))["id"]
    revisions = []
    for number in range(4):
        answer = await client.perform(thing, [{"type": "rename", "title": f"Title {number}"}])
        revisions.append(answer.body["revision"])
    assert revisions == [2, 3, 4, 5]
    hasty = Client(server.url, token=server.token("ana"), patience=0)
    with pytest.raises(RateLimited) as raised:
        await asyncio.gather(*(hasty.perform(thing, RENAME) for _ in range(4)))
    assert raised.value.retry_after == 1


class Elsewhere(BaseHTTPRequestHandler):
    """Redirects within its site and to another, and keeps the credentials it was shown."""

    shown: list[tuple[str, str | None]]
    other: str

    def do_GET(self) -> None:
        self.shown.append((self.path, self.headers["Authorization"]))
        moved = {"/api/away": f"{self.other}/stolen", "/api/old": "/api/new"}.get(self.path)
        self.send_response(302 if moved else 200)
        if moved:
            self.send_header("Location", moved)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
async def elsewhere() -> AsyncIterator[tuple[str, list[tuple[str, str | None]]]]:
    shown: list[tuple[str, str | None]] = []
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), type("Site", (Elsewhere,), {"shown": shown})) for _ in range(2)]
    urls = [f"http://127.0.0.1:{server.server_port}" for server in servers]
    for site, other in zip(servers, reversed(urls), strict=True):
        site.RequestHandlerClass.other = other  # type: ignore[attr-defined]
        threading.Thread(target=site.serve_forever, args=(0.05,)).start()
    yield urls[0], shown
    for site in servers:
        await asyncio.to_thread(site.shutdown)
        site.server_close()


@pytest.mark.process
async def test_the_credential_goes_to_its_own_site_alone(elsewhere: tuple[str, list[tuple[str, str | None]]]) -> None:
    url, shown = elsewhere
    client = Client(url, token="secret")
    assert (await client.request("GET", "api/old")).status == 200
    assert (await client.request("GET", f"{url}/api/whole")).status == 200
    with pytest.raises(Problem, match="302"):
        await client.request("GET", "api/away")
    for address in ("http://127.0.0.1:1/api/", "file:///etc/hostname"):
        with pytest.raises(ValueError, match="expected a path"):
            await client.request("GET", address)
    assert [path for path, _ in shown] == ["/api/old", "/api/new", "/api/whole", "/api/away"]
    assert {credential for _, credential in shown} == {"Bearer secret"}


@pytest.mark.process
async def test_leaving_while_connecting_leaves_nothing_behind() -> None:
    """Nobody answers there; another lets the connection in and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        before = asyncio.all_tasks()
        for port in (silent.getsockname()[1], free_port()):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(LEAVES_AFTER_SECONDS), Stream(f"ws://127.0.0.1:{port}/_stream"):
                    pass
            assert asyncio.all_tasks() == before
