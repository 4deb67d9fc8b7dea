"""CPU and latency of an editor action over HTTP, beside an empty DRF view in the same interleaved run.

    .venv/bin/python -m bench.write [--rounds 5] [--requests 60] [--databases sqlite postgresql] [--beside DIRECTORY]
        [--kinds empty move …]

Prints one JSON line for each database. The server, one worker as `manage.py serve` runs it, is pinned to core 0, the
load to core 1. SQLite runs with synchronous FULL, PostgreSQL with fsync: as in production. CPU is the server's own,
launcher and worker: what PostgreSQL spends is not in it. One token, one Thing of 200 widgets, one subscriber of the
Thing on the stream, one connection kept alive; `session_move` comes with a browser's cookie, CSRF token and origin;
`get` reads a Thing of 10,000 widgets and `effects_10000` moves all of them; `add_3000` fills a Thing of its own each
time; `eight_clients` is eight connections at once.

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
from typing import Any, NamedTuple

import psutil
from widgetapp_stream import Stream

from tests.servers import ROOT, Postgres, eventually, free_port

SECRET = secrets.token_urlsafe(50)
WIDGETS = 200
CLIENTS = 8
# A sort that is dear is asked so many times less.
FEW = {"style_100": 6, "add_50": 10, "get": 30, "add_3000": 60, "effects_10000": 60}
PREPARE = """
import uuid
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
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
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print("prepared", thing.pk, large.pk, token, session.session_key)
"""
Ask = Callable[[int], dict[str, Any]]


class Sort(NamedTuple):
    """A sort of request: where to, and the body of the n-th. Every one changes something."""

    path: str
    ask: Ask | None = None
    fresh: bool = False  # each in a Thing of its own
    session: bool = False


def kinds_of_request(thing: str, large: str, ids: list[str], many: list[str], empty: str) -> dict[str, Sort]:
    """By name. `many`: the widgets of the large Thing."""
    actions = f"/api/things/{thing}/actions/"

    def ask(*made: dict[str, Any]) -> dict[str, Any]:
        return {"id": str(uuid.uuid4()), "actions": list(made)}

    def place(n: int) -> dict[str, Any]:
        return {"parent": None, "x": n % 1000, "y": n}

    def note(n: int) -> dict[str, Any]:
        return {"id": str(uuid.uuid4()), "kind": "note", "place": place(n), "text": "x"}

    def colour(n: int) -> str:
        return f"#{n % 0xFFFFFF:06x}"

    def move(n: int) -> dict[str, Any]:
        return ask({"type": "move", "widgets": [{"id": ids[n % WIDGETS], "place": place(n)}]})

    def nudge(n: int, *widgets: str) -> dict[str, Any]:
        return ask({"type": "nudge", "widgets": list(widgets), "dx": 1, "dy": n % 2})

    def style(*widgets: str, **fields: str) -> dict[str, Any]:
        return ask({"type": "style", "widgets": list(widgets), "set": fields})

    def text(n: int) -> dict[str, Any]:
        return ask({"type": "set_text", "widget": ids[n % WIDGETS], "text": f"boats {n}"})

    return {
        "empty": Sort(empty, lambda n: nudge(n, ids[0])),
        "move": Sort(actions, move),
        "session_move": Sort(actions, move, session=True),
        "style": Sort(
            actions, lambda n: ask({"type": "style", "widgets": [ids[n % WIDGETS]], "set": {"fill": colour(n)}})
        ),
        "add": Sort(actions, lambda n: ask({"type": "add", "widgets": [note(n)]})),
        "set_text": Sort(
            actions, lambda n: ask({"type": "set_text", "widget": ids[n % WIDGETS], "text": f"boats {n}"})
        ),
        "add_50": Sort(actions, lambda n: ask({"type": "add", "widgets": [note(n) for _ in range(50)]})),
        "undo": Sort(actions, lambda n: ask({"type": "undo" if n % 2 == 0 else "redo"})),
        "style_100": Sort(
            actions, lambda n: ask({"type": "style", "widgets": ids[:100], "set": {"stroke": colour(n)}})
        ),
        "add_3000": Sort("", lambda n: ask({"type": "add", "widgets": [note(n) for _ in range(3000)]}), fresh=True),
        "effects_10000": Sort(f"/api/things/{large}/actions/", lambda n: nudge(n, *many)),
        "get": Sort(f"/api/things/{large}/"),
    }


class Caller:
    """One connection kept alive."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {**headers, "Content-Type": "application/json", "Accept": "application/json"}

    def close(self) -> None:
        """The next request opens it again."""
        self._line.close()

    def ask(self, path: str, body: dict[str, Any] | None) -> tuple[float, bytes]:
        """POST, or GET without a body: seconds until the whole answer was read, and the answer."""
        encoded, began = json.dumps(body) if body is not None else None, time.perf_counter()
        self._line.request("GET" if body is None else "POST", path, encoded, self._headers)
        answer = self._line.getresponse()
        said = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{path}: {answer.status} {said[:300]!r}")
        return time.perf_counter() - began, said


def by_token(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def by_session(port: int, key: str) -> dict[str, str]:
    """As the editor asks."""
    secret = secrets.token_hex(16)
    cookies = {"Cookie": f"sessionid={key}; csrftoken={secret}", "X-CSRFToken": secret}
    return {**cookies, "Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}


class Made(NamedTuple):
    """What PREPARE prints: ids, a bearer token, the key of a session."""

    thing: str
    large: str
    token: str
    session: str


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

    def __init__(self, port: int, launcher: psutil.Process, made: Made, empty: str) -> None:
        self.port, self.token = port, made.token
        self.processes = [launcher, *launcher.children(recursive=True)]
        self.number = 0
        self.callers = [Caller(port, by_token(made.token)), Caller(port, by_session(port, made.session))]
        caller = self.callers[0]
        ids = [str(uuid.uuid4()) for _ in range(WIDGETS)]
        held = json.loads(caller.ask(f"/api/things/{made.large}/", None)[1])["widgets"]
        self.kinds = kinds_of_request(made.thing, made.large, ids, [widget["id"] for widget in held], empty)
        self.found = {name: Measured() for name in self.kinds}
        kind = {"kind": "shape", "place": {"parent": None, "x": 0, "y": 0}, "text": "Bench"}
        added = [{"type": "add", "widgets": [{"id": id, **kind} for id in ids]}]
        caller.ask(self.kinds["move"].path, {"actions": added})

    def cpu(self) -> float:
        return sum(spent.user + spent.system for spent in (process.cpu_times() for process in self.processes))

    def measure(self, name: str, requests: int, into: Measured) -> None:
        sort = self.kinds[name]
        caller = self.callers[sort.session]
        for one in self.callers:  # the server may have closed it, while the other one was asked
            one.close()
        count = max(2, requests // FEW.get(name, 1))
        paths = [self.fresh() if sort.fresh else sort.path for _ in range(count)]
        before = self.cpu()
        for path in paths:
            into.seconds.append(caller.ask(path, sort.ask(self.number) if sort.ask else None)[0])
            self.number += 1
        into.cpu_seconds += self.cpu() - before

    def fresh(self) -> str:
        """Where to edit a Thing that is new."""
        made = json.loads(self.callers[0].ask("/api/things/", {"title": "Fresh"})[1])
        return f"/api/things/{made['id']}/actions/"

    def eight(self, name: str, requests: int) -> dict[str, float]:
        """Requests a second from eight connections, and what each waited."""
        path, ask = self.kinds[name][:2]
        assert ask
        told = Measured()
        ready = threading.Barrier(CLIENTS + 1)

        def work(first: int) -> None:
            caller = Caller(self.port, by_token(self.token))
            for n in range(10):  # the server's threads and their connections are warm
                caller.ask(path, ask(first + 50_000 + n))
            ready.wait()
            told.seconds.extend(caller.ask(path, ask(first + n))[0] for n in range(requests))

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
        "ACTIONS_PER_MINUTE": "10000000", "ACTIONS_BURST": "10000000", "THINGS_PER_DAY": "10000000",
        "LOG_BYTES_PER_DAY": "1000000000000",
    }  # fmt: skip
    manage = [str(root / ".venv" / "bin" / "python"), "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=root, env=environment, check=True)
    said = subprocess.run(
        [*manage, "shell", "-v0", "-c", PREPARE], cwd=root, env=environment, check=True, capture_output=True, text=True
    ).stdout
    made = Made(*next(line for line in said.splitlines() if line.startswith("prepared")).split()[1:])
    command = [*manage, "serve", "--workers", "1", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {0})
    )
    looked = threading.Event()
    url = f"ws://127.0.0.1:{port}/_stream"
    looking = threading.Thread(target=lambda: asyncio.run(follow(url, made.token, made.thing, looked)))
    try:
        health = f"http://127.0.0.1:{port}/healthz"
        eventually(lambda: urllib.request.urlopen(health, timeout=1).status == 200, "the server")
        looking.start()
        # Commits before the short way of programs have theirs elsewhere.
        empty = "/api/bench/empty/" if root == ROOT else "/bench/empty/"
        yield Run(port, psutil.Process(server.pid), made, empty)
    finally:
        looked.set()
        if looking.ident:
            looking.join(10)
        server.terminate()
        server.wait(20)


def bench(run: Run, beside: Run | None, arguments: argparse.Namespace) -> dict[str, Any]:
    runs = [run, *([beside] if beside else [])]
    kinds = arguments.kinds or list(run.kinds)
    for name in kinds:  # caches and connections are warm
        for one in runs:
            one.measure(name, 10, Measured())
    for _ in range(arguments.rounds):
        for name in kinds:
            for one in runs:
                one.measure(name, arguments.requests, one.found[name])
    told: dict[str, Any] = {name: run.found[name].as_json() for name in kinds}
    for name in kinds if beside else ():
        told[name]["to_beside"] = round(run.found[name].cpu_ms / beside.found[name].cpu_ms, 3)
    eight = {name: run.eight(name, arguments.requests) for name in ("empty", "move") if not arguments.kinds}
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
    parser.add_argument("--kinds", nargs="+")
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
