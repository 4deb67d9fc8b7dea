"""CPU and latency of an editor action over HTTP, beside an empty DRF view in the same interleaved run.

    .venv/bin/python -m bench.write [--rounds 5] [--requests 60] [--databases sqlite postgresql] [--beside DIRECTORY]

Prints one JSON line for each database. The server, one worker as `manage.py serve` runs it, is pinned to core 0, the
load to core 1. SQLite runs with synchronous FULL, PostgreSQL with fsync: as in production. CPU is the server's own,
launcher and worker: what PostgreSQL spends is not in it. One token, one Thing of 200 widgets, one subscriber of the
Thing on the stream, one connection kept alive; `get` reads a Thing of 10,000 widgets; `eight_clients` is eight
connections at once.

`--beside` takes a checkout of another commit, with an environment of its own in `.venv`, through the same requests, the
rounds of both in turns; `to_beside` is the CPU of this one divided by that of the other.
"""

import argparse
import asyncio
import http.client
import json
import os
import secrets
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
from widgetapp_stream import Stream

from tests.servers import ROOT, Postgres, eventually, free_port

SECRET = secrets.token_urlsafe(50)
WIDGETS = 200
CLIENTS = 8
FEW = {"style_100": 6, "add_50": 10, "get": 30}  # a sort that is dear is asked so many times less
PREPARE = """
import uuid
from accounts.models import Token, User
from things import editing
from things.models import Via
user = User.objects.create_user("bench@example.org", None, name="Bench")
thing = editing.create(user, {"title": "Bench"}, via=Via.COMMAND)
_, token = Token.objects.create(user, scopes=["read", "write"])
large = editing.create(user, {"title": "Large"}, via=Via.COMMAND)
kind = {"kind": "shape", "place": {"parent": None, "x": 0, "y": 0}, "text": "Bench"}
for _ in range(10):
    added = [{"id": str(uuid.uuid4()), **kind} for _ in range(1000)]
    editing.perform(large.pk, user, {"actions": [{"type": "add", "widgets": added}]}, via=Via.COMMAND)
print("prepared", thing.pk, large.pk, token)
"""
Ask = Callable[[int], dict[str, Any]]


def kinds_of_request(thing: str, large: str, ids: list[str]) -> dict[str, tuple[str, Ask | None]]:
    """Name → path and body of the n-th request. Every request changes something."""
    actions = f"/api/things/{thing}/actions/"

    def ask(*made: dict[str, Any]) -> dict[str, Any]:
        return {"id": str(uuid.uuid4()), "actions": list(made)}

    def place(n: int) -> dict[str, Any]:
        return {"parent": None, "x": n % 1000, "y": n}

    def note(n: int) -> dict[str, Any]:
        return {"id": str(uuid.uuid4()), "kind": "note", "place": place(n), "text": "x"}

    def colour(n: int) -> str:
        return f"#{n % 0xFFFFFF:06x}"

    return {
        "empty": ("/api/bench/empty/", lambda n: ask({"type": "nudge", "widgets": [ids[0]], "dx": 1, "dy": 0})),
        "move": (actions, lambda n: ask({"type": "move", "widgets": [{"id": ids[n % WIDGETS], "place": place(n)}]})),
        "style": (actions, lambda n: ask({"type": "style", "widgets": [ids[n % WIDGETS]], "set": {"fill": colour(n)}})),
        "add": (actions, lambda n: ask({"type": "add", "widgets": [note(n)]})),
        "set_text": (actions, lambda n: ask({"type": "set_text", "widget": ids[n % WIDGETS], "text": f"boats {n}"})),
        "add_50": (actions, lambda n: ask({"type": "add", "widgets": [note(n) for _ in range(50)]})),
        "undo": (actions, lambda n: ask({"type": "undo" if n % 2 == 0 else "redo"})),
        "style_100": (actions, lambda n: ask({"type": "style", "widgets": ids[:100], "set": {"stroke": colour(n)}})),
        "get": (f"/api/things/{large}/", None),
    }


class Caller:
    """One connection kept alive."""

    def __init__(self, port: int, token: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def close(self) -> None:
        """The next request opens it again."""
        self._line.close()

    def ask(self, path: str, body: dict[str, Any] | None) -> float:
        """POST, or GET without a body: seconds until the whole answer was read."""
        encoded, began = json.dumps(body) if body is not None else None, time.perf_counter()
        self._line.request("GET" if body is None else "POST", path, encoded, self._headers)
        answer = self._line.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {said[:300]!r}")
        return time.perf_counter() - began


class Measured:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.cpu_seconds = 0.0

    @property
    def cpu_ms(self) -> float:
        return self.cpu_seconds / len(self.seconds) * 1000

    def as_json(self) -> dict[str, float]:
        cuts = statistics.quantiles(self.seconds, n=100)
        told = {"cpu_ms": self.cpu_ms, "p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000}
        return {name: round(value, 2) for name, value in told.items()}


class Run:
    """A server with a Thing in it, and what was measured there."""

    def __init__(self, port: int, launcher: psutil.Process, thing: str, large: str, token: str) -> None:
        self.port, self.thing, self.token = port, thing, token
        self.processes = [launcher, *launcher.children(recursive=True)]
        self.number = 0
        self.caller = Caller(port, token)
        ids = [str(uuid.uuid4()) for _ in range(WIDGETS)]
        self.kinds = kinds_of_request(thing, large, ids)
        self.found = {name: Measured() for name in self.kinds}
        kind = {"kind": "shape", "place": {"parent": None, "x": 0, "y": 0}, "text": "Bench"}
        added = [{"type": "add", "widgets": [{"id": id, **kind} for id in ids]}]
        self.caller.ask(self.kinds["move"][0], {"actions": added})

    def cpu(self) -> float:
        return sum(spent.user + spent.system for spent in (process.cpu_times() for process in self.processes))

    def measure(self, name: str, requests: int, into: Measured) -> None:
        path, ask = self.kinds[name]
        self.caller.close()  # the server may have, while the other one was asked
        before = self.cpu()
        for _ in range(max(2, requests // FEW.get(name, 1))):
            into.seconds.append(self.caller.ask(path, ask(self.number) if ask else None))
            self.number += 1
        into.cpu_seconds += self.cpu() - before

    def eight(self, name: str, requests: int) -> dict[str, float]:
        """Requests a second from eight connections, and what each waited."""
        path, ask = self.kinds[name]
        assert ask
        told = Measured()
        ready = threading.Barrier(CLIENTS + 1)

        def work(first: int) -> None:
            caller = Caller(self.port, self.token)
            for n in range(10):  # the server's threads and their connections are warm
                caller.ask(path, ask(first + 50_000 + n))
            ready.wait()
            told.seconds.extend(caller.ask(path, ask(first + n)) for n in range(requests))

        threads = [threading.Thread(target=work, args=(number * 100_000,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        ready.wait()
        began, before = time.monotonic(), self.cpu()
        for thread in threads:
            thread.join()
        took, told.cpu_seconds = time.monotonic() - began, self.cpu() - before
        return {"per_second": round(CLIENTS * requests / took), **told.as_json()}


async def follow(url: str, token: str, thing: str, done: threading.Event) -> None:
    """Somebody is looking."""
    async with Stream(url, token=token) as stream:
        stream.log("things", thing, on_event=lambda event: None)
        await asyncio.to_thread(done.wait)


@contextmanager
def serving(root: Path, database: str) -> Iterator[Run]:
    port = free_port()
    environment = {
        **os.environ, "DATABASE_URL": database, "REDIS_URL": "", "DEBUG": "false",
        "HTTPS": "false", "SECRET_KEY": SECRET, "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR",
        "SQLITE_SYNCHRONOUS": "FULL", "DJANGO_SETTINGS_MODULE": "bench.write_settings", "PYTHONPATH": str(root),
        "ACTIONS_PER_MINUTE": "10000000", "ACTIONS_BURST": "10000000",
    }  # fmt: skip
    manage = [str(root / ".venv" / "bin" / "python"), "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=root, env=environment, check=True)
    said = subprocess.run(
        [*manage, "shell", "-v0", "-c", PREPARE], cwd=root, env=environment, check=True, capture_output=True, text=True
    ).stdout
    thing, large, token = next(line for line in said.splitlines() if line.startswith("prepared")).split()[1:]
    command = [*manage, "serve", "--workers", "1", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {0})
    )
    looked = threading.Event()
    url = f"ws://127.0.0.1:{port}/_stream"
    looking = threading.Thread(target=lambda: asyncio.run(follow(url, token, thing, looked)))
    try:
        health = f"http://127.0.0.1:{port}/healthz"
        eventually(lambda: urllib.request.urlopen(health, timeout=1).status == 200, "the server")
        looking.start()
        yield Run(port, psutil.Process(server.pid), thing, large, token)
    finally:
        looked.set()
        if looking.ident:
            looking.join(10)
        server.terminate()
        server.wait(20)


def bench(run: Run, beside: Run | None, arguments: argparse.Namespace) -> dict[str, Any]:
    runs = [run, *([beside] if beside else [])]
    for name in run.kinds:  # caches and connections are warm
        for one in runs:
            one.measure(name, 10, Measured())
    for _ in range(arguments.rounds):
        for name in run.kinds:
            for one in runs:
                one.measure(name, arguments.requests, one.found[name])
    told: dict[str, Any] = {name: into.as_json() for name, into in run.found.items()}
    for name, measured in beside.found.items() if beside else ():
        told[name]["to_beside"] = round(run.found[name].cpu_ms / measured.cpu_ms, 3)
    eight = {name: run.eight(name, arguments.requests) for name in ("empty", "move")}
    return {**told, "eight_clients": eight}


@contextmanager
def database(kind: str, directory: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{directory / f'{uuid.uuid4()}.sqlite3'}"
        return
    postgres = Postgres()
    try:
        yield postgres.url
    finally:
        postgres.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--beside", type=Path)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {1})
    for kind in arguments.databases:
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            roots = [ROOT, *([arguments.beside.resolve()] if arguments.beside else [])]
            runs = [
                stack.enter_context(serving(root, stack.enter_context(database(kind, directory)))) for root in roots
            ]
            said = bench(runs[0], runs[1] if len(runs) > 1 else None, arguments)
        print(json.dumps({"bench": "write", "database": kind, **said}), flush=True)


if __name__ == "__main__":
    main()
