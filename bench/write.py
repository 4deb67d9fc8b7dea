"""CPU and latency of an editor action over HTTP, beside an empty DRF view in the same interleaved run.

    .venv/bin/python -m bench.write [--rounds 5] [--requests 60] [--databases sqlite postgresql]

Prints one JSON line for each database. The server (uvicorn, one process) is
pinned to core 0, the load to core 1. SQLite runs with synchronous FULL, PostgreSQL with fsync: as in production.
CPU is the server process' own: what PostgreSQL spends is not in it. One token, one Thing of 200 widgets, one
subscriber of the Thing on the stream, one connection kept alive; `eight_clients` is eight connections at once.
"""

import argparse
import asyncio
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from widgetapp_stream import Stream

from tests.servers import ROOT, Postgres, eventually, free_port

WIDGETS = 200
CLIENTS = 8
PREPARE = """
from accounts.models import Token, User
from things import editing
from things.models import Via
user = User.objects.create_user("bench@example.org", None, name="Bench")
thing = editing.create(user, {"title": "Bench"}, via=Via.COMMAND)
_, token = Token.objects.create(user, scopes=["read", "write"])
print("prepared", thing.pk, token)
"""
Ask = Callable[[int], dict[str, Any]]


def kinds_of_request(thing: str, ids: list[str]) -> dict[str, tuple[str, Ask]]:
    """Name → path and body of the n-th request. Every request changes something."""
    actions = f"/api/things/{thing}/actions/"

    def ask(*made: dict[str, Any]) -> dict[str, Any]:
        return {"id": str(uuid.uuid4()), "actions": list(made)}

    def place(n: int) -> dict[str, Any]:
        return {"parent": None, "x": n % 1000, "y": n}

    def colour(n: int) -> str:
        return f"#{n % 0xFFFFFF:06x}"

    return {
        "empty": ("/bench/empty/", lambda n: ask({"type": "nudge", "widgets": [ids[0]], "dx": 1, "dy": 0})),
        "move": (actions, lambda n: ask({"type": "move", "widgets": [{"id": ids[n % WIDGETS], "place": place(n)}]})),
        "style": (actions, lambda n: ask({"type": "style", "widgets": [ids[n % WIDGETS]], "set": {"fill": colour(n)}})),
        "add": (
            actions,
            lambda n: ask(
                {"type": "add", "widgets": [{"id": str(uuid.uuid4()), "kind": "note", "place": place(n), "text": "x"}]}
            ),
        ),
        "set_text": (actions, lambda n: ask({"type": "set_text", "widget": ids[n % WIDGETS], "text": f"boats {n}"})),
        "undo": (actions, lambda n: ask({"type": "undo" if n % 2 == 0 else "redo"})),
        "style_100": (actions, lambda n: ask({"type": "style", "widgets": ids[:100], "set": {"stroke": colour(n)}})),
    }


class Caller:
    """One connection kept alive."""

    def __init__(self, port: int, token: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, Any]) -> float:
        """Seconds until the whole answer was read."""
        encoded, began = json.dumps(body), time.perf_counter()
        self._line.request("POST", path, encoded, self._headers)
        answer = self._line.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {said[:300]!r}")
        return time.perf_counter() - began


class Measured:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.cpu: list[float] = []

    def as_json(self) -> dict[str, float]:
        cuts = statistics.quantiles(self.seconds, n=100)
        told = {"cpu_ms": statistics.median(self.cpu) * 1000, "p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000}
        return {name: round(value, 2) for name, value in told.items()}


class Run:
    """A server with a Thing in it."""

    def __init__(self, port: int, process: psutil.Process, thing: str, token: str) -> None:
        self.port, self.process, self.thing, self.token = port, process, thing, token
        self.number = 0
        self.caller = Caller(port, token)
        ids = [str(uuid.uuid4()) for _ in range(WIDGETS)]
        self.kinds = kinds_of_request(thing, ids)
        kind = {"kind": "shape", "place": {"parent": None, "x": 0, "y": 0}, "text": "Bench"}
        added = [{"type": "add", "widgets": [{"id": id, **kind} for id in ids]}]
        self.caller.post(self.kinds["move"][0], {"actions": added})

    def cpu(self) -> float:
        spent = self.process.cpu_times()
        return spent.user + spent.system

    def measure(self, name: str, requests: int, into: Measured) -> None:
        path, ask = self.kinds[name]
        before = self.cpu()
        for _ in range(requests):
            into.seconds.append(self.caller.post(path, ask(self.number)))
            self.number += 1
        into.cpu.append((self.cpu() - before) / requests)

    def eight(self, name: str, requests: int) -> dict[str, float]:
        """Requests a second from eight connections, and what each waited."""
        path, ask = self.kinds[name]
        seconds: list[float] = []
        ready = threading.Barrier(CLIENTS + 1)

        def work(first: int) -> None:
            caller = Caller(self.port, self.token)
            for n in range(10):  # the server's threads and their connections are warm
                caller.post(path, ask(first + 50_000 + n))
            ready.wait()
            seconds.extend(caller.post(path, ask(first + n)) for n in range(requests))

        threads = [threading.Thread(target=work, args=(number * 100_000,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        ready.wait()
        began, before = time.monotonic(), self.cpu()
        for thread in threads:
            thread.join()
        took, cpu, count = time.monotonic() - began, self.cpu() - before, CLIENTS * requests
        told = Measured()
        told.seconds, told.cpu = seconds, [cpu / count]
        return {"per_second": round(count / took), **told.as_json()}


async def follow(url: str, token: str, thing: str, done: threading.Event) -> None:
    """Somebody is looking."""
    async with Stream(url, token=token) as stream:
        stream.log("things", thing, on_event=lambda event: None)
        await asyncio.to_thread(done.wait)


@contextmanager
def serving(database: str) -> Iterator[Run]:
    port = free_port()
    environment = {
        **os.environ, "DATABASE_URL": database, "REDIS_URL": "", "DEBUG": "false",
        "HTTPS": "false", "SECRET_KEY": "bench" * 10, "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR",
        "SQLITE_SYNCHRONOUS": "FULL", "DJANGO_SETTINGS_MODULE": "bench.write_settings", "PYTHONPATH": str(ROOT),
        "ACTIONS_PER_MINUTE": "10000000", "ACTIONS_BURST": "10000000",
    }  # fmt: skip
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    subprocess.run([*manage, "flush", "-v0", "--no-input"], cwd=ROOT, env=environment, check=True)
    said = subprocess.run(
        [*manage, "shell", "-v0", "-c", PREPARE], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout
    thing, token = next(line for line in said.splitlines() if line.startswith("prepared")).split()[1:]
    uvicorn = ["uvicorn", "widgetapp.asgi:application", "--port", str(port), "--log-level", "warning"]
    command = [sys.executable, "-m", *uvicorn, "--ws", "websockets-sansio", "--loop", "uvloop"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=lambda: os.sched_setaffinity(0, {0}))
    looked = threading.Event()
    url = f"ws://127.0.0.1:{port}/_stream"
    looking = threading.Thread(target=lambda: asyncio.run(follow(url, token, thing, looked)))
    try:
        health = f"http://127.0.0.1:{port}/healthz"
        eventually(lambda: urllib.request.urlopen(health, timeout=1).status == 200, "the server")
        looking.start()
        yield Run(port, psutil.Process(server.pid), thing, token)
    finally:
        looked.set()
        looking.join(10)
        server.terminate()
        server.wait(20)


def bench(database: str, arguments: argparse.Namespace) -> dict[str, Any]:
    with serving(database) as run:
        found = {name: Measured() for name in run.kinds}
        for name in run.kinds:  # caches and connections are warm
            run.measure(name, 10, Measured())
        for _ in range(arguments.rounds):
            for name, into in found.items():
                run.measure(name, arguments.requests, into)
        eight = {name: run.eight(name, arguments.requests) for name in ("empty", "move")}
    return {**{name: into.as_json() for name, into in found.items()}, "eight_clients": eight}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as directory:
        for database in arguments.databases:
            postgres = Postgres() if database == "postgresql" else None
            url = postgres.url if postgres else f"sqlite:///{Path(directory) / 'bench.sqlite3'}"
            try:
                said = {"bench": "write", "database": database, **bench(url, arguments)}
                print(json.dumps(said), flush=True)
            finally:
                if postgres:
                    postgres.remove()


if __name__ == "__main__":
    main()
