"""What those who send half a request, or an endless header, cost the others: `/healthz` and a stream's round trip.

    .venv/bin/python -m bench.edge [--samples 500] [--connections 8 64 500]

One worker as `manage.py serve` runs it, on core 0, the load on core 1. For each number of connections a control without
any is interleaved, block by block. A round trip is a subscription to an unknown topic and its outcome, on one stream.
Half requests are held open and sent anew when the server ends them; an endless header is sent on, slowly enough to be
held as long as can be, until it is cut, and then again. Prints one JSON line for each number and kind; `within`: p50
and p99 are within twice the control, or 10 ms.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.asyncio.client import ClientConnection, connect

from tests.servers import Server

BLOCKS = 10
FLOOR_MS = 10.0
AGAIN_SECONDS = 1.0
HEAD = "POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HALF = f"{HEAD}Content-Length: 100\r\n\r\nusername=".encode()
ENDLESS = f"{HEAD}X-Endless: ".encode()
PIECE, PIECE_SECONDS = b"x" * 1024, 0.4  # up to the deadline of a head, and just within its limit


class Crowd:
    """Connections that come from many addresses and do the same wrong thing, again whenever they are ended. In a
    process of its own, so that the probe waits for the server only.
    """

    def __init__(self, port: int, kind: str, count: int) -> None:
        self._port, self._kind, self._count = port, kind, count
        self.open = 0

    async def run(self) -> None:
        """Until its input ends; it says when all are there."""
        tasks = [asyncio.ensure_future(self._again(number)) for number in range(self._count)]
        while self.open < self._count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _again(self, number: int) -> None:
        first = True
        while True:
            source = f"127.0.{number // 250 + 1}.{number % 250 + 1}"
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))
            self.open += first
            first = False
            try:
                await (self._half(reader, writer) if self._kind == "half" else self._endless(writer))
            except OSError:
                pass
            finally:
                writer.close()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _half(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HALF)
        await reader.read()

    async def _endless(self, writer: asyncio.StreamWriter) -> None:
        writer.write(ENDLESS)
        while True:
            writer.write(PIECE)
            await writer.drain()
            await asyncio.sleep(PIECE_SECONDS)


@contextmanager
def misbehaving(port: int, kind: str, count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.edge", "--crowd", kind, "--port", str(port), "--connections", str(count)]
    crowd = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert crowd.stdin
    assert crowd.stdout
    try:
        crowd.stdout.readline()
        yield
    finally:
        crowd.stdin.close()
        crowd.wait(60)
        crowd.stdout.close()


class Probe:
    """Somebody who behaves."""

    def __init__(self, server: Server, socket: ClientConnection, http: httpx.AsyncClient) -> None:
        self._server, self._socket, self._http, self._number = server, socket, http, 1
        self.health: list[float] = []
        self.stream: list[float] = []

    async def settle(self) -> None:
        for _ in range(2):
            (await self._http.get("/healthz")).raise_for_status()
            await self._round_trip()

    async def sample(self, count: int) -> None:
        for _ in range(count):
            began = time.perf_counter()
            (await self._http.get("/healthz")).raise_for_status()
            self.health.append(time.perf_counter() - began)
            began = time.perf_counter()
            await self._round_trip()
            self.stream.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)  # the stream's own rate of requests

    async def _round_trip(self) -> None:
        self._number += 1
        topic = {"service": "things", "topic": "00000000-0000-7000-8000-000000000000"}
        await self._socket.send(json.dumps({"type": "subscribe", "id": self._number, "subscriptions": [topic]}))
        while True:
            received = json.loads(await self._socket.recv())
            for frame in received if isinstance(received, list) else [received]:
                if frame["type"] == "ping":
                    await self._socket.send(json.dumps({"type": "pong", "n": frame["n"]}))
                elif frame.get("id") == self._number:
                    return


def told(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50_ms": round(cuts[49] * 1000, 2), "p99_ms": round(cuts[98] * 1000, 2)}


def is_within(found: dict[str, float], control: dict[str, float]) -> bool:
    return all(found[name] <= max(2 * control[name], FLOOR_MS) for name in found)


@asynccontextmanager
async def probing(server: Server) -> AsyncIterator[Probe]:
    bearer = {"Authorization": f"Bearer {server.token('ana')}"}
    url = server.url.replace("http", "ws") + "/_stream"
    async with (
        connect(url, additional_headers=bearer, compression=None) as socket,
        httpx.AsyncClient(base_url=server.url, timeout=60) as http,
    ):
        await socket.send(json.dumps({"type": "hello", "id": 1, "version": 1}))
        await socket.recv()
        yield Probe(server, socket, http)


async def measure(server: Server, kind: str, count: int, samples: int) -> dict[str, Any]:
    async with probing(server) as control, probing(server) as beside:
        await control.sample(20)
        control.health.clear(), control.stream.clear()
        for _ in range(BLOCKS):
            await control.sample(samples // BLOCKS)
            with misbehaving(server.port, kind, count):
                await beside.settle()  # they are held from here on: their arrival is not what is measured
                await beside.sample(samples // BLOCKS)
    said: dict[str, Any] = {"bench": "edge", "kind": kind, "connections": count}
    for name in ("health", "stream"):
        found, alone = told(getattr(beside, name)), told(getattr(control, name))
        said[name] = {**found, "control": alone, "within": is_within(found, alone)}
    return said


@contextmanager
def serving() -> Iterator[Server]:
    quiet = {"LOG_LEVEL": "ERROR", "DEBUG": "false", "HTTPS": "false", "SECRET_KEY": "bench" * 10}
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Path(directory), workers=1, redis=None, altered={}, **quiet)
        os.sched_setaffinity(psutil.Process(server.worker_pid("1")).pid, {0})
        try:
            yield server
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 64, 500])
    parser.add_argument("--crowd", choices=["half", "endless"], help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.crowd:
        asyncio.run(Crowd(arguments.port, arguments.crowd, arguments.connections[0]).run())
        return
    with serving() as server:
        os.sched_setaffinity(0, {1})
        for kind in ("half", "endless"):
            for count in arguments.connections:
                print(json.dumps(asyncio.run(measure(server, kind, count, arguments.samples))), flush=True)


if __name__ == "__main__":
    main()
