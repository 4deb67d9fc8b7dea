"""CPU per delivery and latency of the hub, in one interleaved run beside a stock Channels consumer and a bare asyncio
protocol on the same loop that writes one ready frame to every socket.

    .venv/bin/python -m bench.fanout [--subscribers 200] [--server uvicorn|daphne] [--rounds 4]

Prints one JSON line. The server is pinned to core 0, the load to core 1; Redis and the sockets are on 127.0.0.1.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any

import psutil

from tests.servers import ROOT, Redis, eventually, free_port

# With what follows, so that a number cut by the end of a read is not taken for a whole one.
SENT = re.compile(rb'"sent": ?(\d+)[,}]')
PING = re.compile(rb'"type":"ping","n":(\d+)[,}]')
BURST = 8
KINDS = ("hub", "plain", "batched", "bare", "stock")


def masked(text: str) -> bytes:
    """A client text frame of up to 64 KiB."""
    payload, mask = text.encode(), os.urandom(4)
    length = len(payload)
    head = bytes([0x81, 0x80 | length]) if length < 126 else bytes([0x81, 0xFE]) + length.to_bytes(2, "big")
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


class Subscriber(asyncio.Protocol):
    """As cheap as a client can be: counts events in the bytes, answers pings, notes delays."""

    def __init__(self, path: str, hello: str | None, told: "Tally") -> None:
        self.path, self.hello, self.told, self.tail = path, hello, told, b""
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        data = self.tail + data
        if not self.ready.done():
            if b"\r\n\r\n" in data and self.hello:
                self.transport.write(masked(self.hello))
                self.hello = None
            if b'"welcome"' in data or (self.path in ("/stock", "/bare") and b"\r\n\r\n" in data):
                self.ready.set_result(None)
        now, end = time.monotonic_ns(), 0
        for match in SENT.finditer(data):
            self.told.delays.append(now - int(match[1]))
            end = match.end()
        for match in PING.finditer(data):
            self.transport.write(masked(f'{{"type":"pong","n":{int(match[1])}}}'))
            end = max(end, match.end())
        self.tail = data[max(end, len(data) - 64) :]

    def connection_lost(self, error: Exception | None) -> None:
        self.told.lost += 1


class Tally:
    def __init__(self) -> None:
        self.delays: list[int] = []
        self.lost = 0


def start_server(kind: str, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    commands = {
        "uvicorn": ["bench.fanout_app", str(port)],  # set as a worker's
        "daphne": ["daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", "bench.fanout_app:application"],
    }
    command = [sys.executable, "-m", *commands[kind]]
    return subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=lambda: os.sched_setaffinity(0, {0}))


def prepare(environment: dict[str, str]) -> list[str]:
    """A database with two public Things; their ids."""
    code = (
        "from accounts.models import User; from things import editing; from things.models import Via;"
        "user = User.objects.create_user('bench@example.org', None, name='Bench');"
        "wanted = {'title': 'Bench', 'visibility': 'public'};"
        "print(*[editing.create(user, wanted, via=Via.COMMAND).pk for _ in range(2)])"
    )
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    done = subprocess.run(
        [*manage, "shell", "-v0", "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    return done.stdout.decode().split()[-2:]


async def subscribe(port: int, count: int, path: str, hello: str | None) -> Tally:
    loop, told = asyncio.get_running_loop(), Tally()
    for _ in range(count):
        _, client = await loop.create_connection(lambda: Subscriber(path, hello, told), "127.0.0.1", port)
        await asyncio.wait_for(client.ready, 20)
    return told


async def burst(port: int, to: str, events: int, told: Tally, expected: int) -> None:
    url = f"http://127.0.0.1:{port}/publish?to={to}&events={events}"
    await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=30).read())
    deadline = time.monotonic() + 30
    while len(told.delays) < expected:
        if time.monotonic() > deadline:
            raise SystemExit(f"{to}: {len(told.delays)} of {expected} deliveries arrived, {told.lost} connections lost")
        await asyncio.sleep(0.001)


async def measure(
    port: int, to: str, told: Tally, count: int, process: psutil.Process, bursts: int
) -> dict[str, float]:
    """Closed loop: a burst is sent when the one before has reached everybody."""
    told.delays.clear()
    before, began = process.cpu_times(), time.monotonic()
    for number in range(1, bursts + 1):
        await burst(port, to, BURST, told, number * BURST * count)
    after, deliveries = process.cpu_times(), bursts * BURST * count
    cpu = (after.user - before.user) + (after.system - before.system)
    return {"cpu_us": cpu * 1e6 / deliveries, "per_second": deliveries / (time.monotonic() - began)}


async def paced(port: int, to: str, told: Tally, count: int, rate: float, events: int) -> dict[str, float]:
    """One event at a time at a steady rate: latency from publish to the client's read."""
    told.delays.clear()
    for number in range(1, events + 1):
        began = time.monotonic()
        await burst(port, to, 1, told, number * count)
        await asyncio.sleep(max(0.0, 1 / rate - (time.monotonic() - began)))
    cuts = statistics.quantiles(told.delays, n=100)
    return {"p50_ms": round(cuts[49] / 1e6, 2), "p99_ms": round(cuts[98] / 1e6, 2)}


def hello(thing: str) -> str:
    topic = [{"service": "things", "topic": thing}]
    return json.dumps({"type": "hello", "id": 1, "version": 1, "subscriptions": topic})


async def run(
    arguments: argparse.Namespace, port: int, bare_port: int, things: list[str], process: psutil.Process
) -> dict[str, Any]:
    """`hub`: prepared frames where the server takes them; `plain`: without; `batched`: as `hub`, joined."""
    count = arguments.subscribers
    told = {
        "hub": await subscribe(port, count, "/_stream", hello(things[0])),
        "plain": await subscribe(port, count, "/plain", hello(things[1])),
        "bare": await subscribe(bare_port, count, "/bare", None),
        "stock": await subscribe(port, count, "/stock", None),
    }
    told["batched"] = told["hub"]
    targets = {"hub": things[0], "plain": things[1], "batched": f"{things[0]}&batch=1"}
    bursts = {kind: 6 if kind == "stock" else 40 for kind in arguments.kinds}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in bursts}
    for _ in range(arguments.rounds):
        for name, number in bursts.items():
            measured = await measure(port, targets.get(name, name), told[name], count, process, number)
            found[name].append(measured)
    result: dict[str, Any] = {}
    # 10,000 deliveries a second; stock cannot.
    for name in [kind for kind in arguments.kinds if kind != "batched"]:
        rate = 5 if name == "stock" else 10_000 / count
        latency = await paced(port, targets.get(name, name), told[name], count, rate, int(4 * rate))
        result[name] = latency
    for name, measures in found.items():
        cpu = statistics.median(entry["cpu_us"] for entry in measures)
        speed = statistics.median(entry["per_second"] for entry in measures)
        result.setdefault(name, {}).update(cpu_us_per_delivery=round(cpu, 2), deliveries_per_second=round(speed))
    if set(arguments.kinds) != set(KINDS):
        return result
    cpu = {name: result[name]["cpu_us_per_delivery"] for name in found}
    ratios = {f"{name}_to_bare": round(cpu[name] / cpu["bare"], 2) for name in ("hub", "plain")}
    cheaper = {f"stock_to_{name}": round(cpu["stock"] / cpu[name], 1) for name in ("hub", "plain")}
    speed = result["batched"]["deliveries_per_second"] / result["hub"]["deliveries_per_second"]
    return {**result, **ratios, **cheaper, "batched_to_hub_events": round(speed, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    parser.add_argument("--rounds", type=int, default=4)
    told = "of all kinds alike: Python's default, with which stock is deployed, or as a worker sets it"
    parser.add_argument("--collector", choices=["default", "worker"], default="default", help=told)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="fewer, to look at with a profiler")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {1})
    port, bare_port, redis = free_port(), free_port(), Redis()
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            **os.environ, "DATABASE_URL": f"sqlite:///{directory}/bench.sqlite3", "REDIS_URL": redis.url,
            "DEBUG": "false", "HTTPS": "false", "SECRET_KEY": "bench" * 10, "PYTHONPATH": str(ROOT),
            "LOG_LEVEL": "ERROR",
            "STREAM_CONNECTIONS_PER_ADDRESS": "100000", "BENCH_BARE_PORT": str(bare_port),
            "BENCH_COLLECTOR": arguments.collector,
        }  # fmt: skip
        things = prepare(environment)
        server = start_server(arguments.server, port, environment)
        try:
            url = f"http://127.0.0.1:{port}/healthz"
            eventually(lambda: urllib.request.urlopen(url, timeout=1).status == 200, "the server")
            result = asyncio.run(run(arguments, port, bare_port, things, psutil.Process(server.pid)))
            print(json.dumps({"bench": "fanout", **vars(arguments), **result}))
        finally:
            server.terminate()
            server.wait(10)
            redis.kill()


if __name__ == "__main__":
    main()
