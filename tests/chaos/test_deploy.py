"""D1: a rolling deploy under load. Nobody misses, doubles or waits for anything, and no request fails.

Short here; the long form: `DEPLOY_SOCKETS=300 .venv/bin/python -m pytest -s tests/chaos/test_deploy.py`.
"""

import http.client
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from widgetapp_stream import Stream
from widgetapp_stream.http import Client

from tests.chaos.load import loaded
from tests.servers import PATIENT, Redis, Server
from tests.waiting import PATIENCE_SECONDS, until

SOCKETS = int(os.environ.get("DEPLOY_SOCKETS", 60))
WORKERS = 3
WITHIN_SECONDS = 10.0 if SOCKETS > 100 else 4.0
BUCKET_SECONDS = 0.5


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    many = str(SOCKETS * 2)
    settings = {"STREAM_CONNECTIONS_PER_USER": many, "STREAM_CONNECTIONS_PER_ADDRESS": many}
    directory = tmp_path_factory.mktemp("deploy")
    # Whoever chose the last moment to move has the time for it that a busy machine needs.
    altered = {**PATIENT, "streaming.fanout.hub.MOVING_SECONDS": PATIENCE_SECONDS}
    settings["DRAIN_SECONDS"] = str(WITHIN_SECONDS)
    running = Server(directory, workers=WORKERS, redis=redis, altered=altered, **settings)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


def spread(moments: Sequence[float]) -> list[tuple[int, int]]:
    """How many moved in each half second, for a report."""
    return sorted(Counter(int(moment // BUCKET_SECONDS) for moment in moments).items())


class Kept:
    """A kept connection to one worker process: the only way to ask one that no longer listens."""

    def __init__(self, server: Server, pid: int) -> None:
        for _ in range(200):
            self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
            self.get("/healthz")
            port = self._connection.sock.getsockname()[1]
            if any(entry.raddr and entry.raddr.port == port for entry in psutil.Process(pid).net_connections()):
                return
            self._connection.close()
        raise AssertionError(f"no connection came to {pid}")

    def get(self, path: str) -> http.client.HTTPResponse:
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        return answer

    def begin(self, path: str, body: bytes, token: str) -> None:
        """Half a request."""
        self._connection.putrequest("POST", path)
        for name, value in {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }.items():
            self._connection.putheader(name, value)
        self._connection.endheaders(body[: len(body) // 2])

    def finish(self, body: bytes) -> http.client.HTTPResponse:
        self._connection.send(body[len(body) // 2 :])
        return self._connection.getresponse()


async def test_d1_each_worker_in_turn(server: Server) -> None:
    async with loaded(server, SOCKETS) as site:
        moments: list[float] = []
        for name in map(str, range(1, WORKERS + 1)):
            old, began = server.worker_pid(name), time.monotonic()
            os.kill(old, signal.SIGTERM)
            await until(lambda name=name, old=old: server.worker_pid(name) != old)
            moments += site.moments(began)
        await site.require_nobody_noticed()
        print({"answered": site.editors.answered, "moved": spread(moments)}, file=sys.stderr)
        assert len(moments) >= SOCKETS


async def test_d1_a_reload(server: Server) -> None:
    async with loaded(server, SOCKETS) as site:
        old = [server.worker_pid(str(name)) for name in range(1, WORKERS + 1)]
        moved = sum(len(watcher.moved) for watcher in site.watchers)
        server.process.send_signal(signal.SIGHUP)
        began = time.monotonic()
        await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in old))
        await site.require_nobody_noticed()
        moments = site.moments(began)
        assert len(moments) == sum(len(watcher.moved) for watcher in site.watchers) - moved
        print({"answered": site.editors.answered, "moved": spread(moments)}, file=sys.stderr)
        assert len(moments) >= SOCKETS


async def test_d1_a_worker_that_drains_says_so_and_ends_what_it_began(server: Server) -> None:
    client = Client(server.url, token=server.token("ana"))
    created = await client.create("Drain")
    path, body = f"/api/things/{created['id']}/actions/rename/", json.dumps({"title": "half before"}).encode()
    async with Stream(server.url.replace("http", "ws") + "/_stream", token=server.token("ana")) as stream:
        name = str(stream.connection)[1]  # connection ids begin with it; somebody has to be there to be waited for
        pid = server.worker_pid(name)
        asked, begun = Kept(server, pid), Kept(server, pid)
        begun.begin(path, body, server.token("ana"))
        os.kill(pid, signal.SIGTERM)
        answer = asked.get("/readyz")
        assert (answer.status, answer.headers["Connection"]) == (503, "close")
        assert json.loads(answer.body)["draining"] is True  # type: ignore[attr-defined]
        # Whoever asks anew is served by the others: the machine is ready.
        assert [server.get("/readyz") for _ in range(5)] == [200] * 5
        ended = begun.finish(body)
        assert (ended.status, ended.headers["Connection"]) == (200, "close")
        await until(lambda: server.worker_pid(name) != pid)
