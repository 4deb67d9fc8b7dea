"""CPU and latency of an editor action over HTTP, beside two floors in the same interleaved run: an empty DRF view, and
one that writes as much as a small change in a bare transaction.

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
import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from widgetapp_stream import Stream

from bench.served import Caller, Measured, Served, database, serving
from tests.servers import ROOT

WIDGETS = 200
CLIENTS = 8
# A sort that is dear is asked so many times less.
FEW = {"style_100": 6, "add_50": 10, "get": 30, "add_3000": 60, "effects_10000": 60}
PREPARE = """
made = [thing_of("Bench", 0), thing_of("Large", 10)]
from django.db import connection
with connection.cursor() as cursor:
    number = "BIGSERIAL PRIMARY KEY" if connection.vendor == "postgresql" else "INTEGER PRIMARY KEY"
    cursor.execute(f"CREATE TABLE bench_row (id {number}, revision BIGINT, body TEXT)")
    cursor.execute(f"CREATE TABLE bench_log (id {number}, body TEXT)")
    cursor.execute("INSERT INTO bench_row (id, revision, body) VALUES (1, 0, '')")
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
        "transaction": Sort(empty.replace("empty", "transaction"), lambda n: nudge(n, ids[0])),
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


class Run:
    """A server with a Thing in it, and what was measured there."""

    def __init__(self, served: Served, empty: str) -> None:
        self.served, (thing, large) = served, served.made
        self.number = 0
        self.callers = [Caller(served.port, served.by_token), Caller(served.port, served.by_session)]
        caller = self.callers[0]
        ids = [str(uuid.uuid4()) for _ in range(WIDGETS)]
        held = json.loads(caller.ask(f"/api/things/{large}/")[1])["widgets"]
        self.kinds = kinds_of_request(thing, large, ids, [widget["id"] for widget in held], empty)
        self.found = {name: Measured() for name in self.kinds}
        kind = {"kind": "shape", "place": {"parent": None, "x": 0, "y": 0}, "text": "Bench"}
        added = [{"type": "add", "widgets": [{"id": id, **kind} for id in ids]}]
        caller.ask(self.kinds["move"].path, {"actions": added})

    def measure(self, name: str, requests: int, into: Measured) -> None:
        sort = self.kinds[name]
        caller = self.callers[sort.session]
        for one in self.callers:  # the server may have closed it, while the other one was asked
            one.close()
        count = max(2, requests // FEW.get(name, 1))
        paths = [self.fresh() if sort.fresh else sort.path for _ in range(count)]
        before = self.served.cpu()
        for path in paths:
            into.seconds.append(caller.ask(path, sort.ask(self.number) if sort.ask else None)[0])
            self.number += 1
        into.cpu_seconds += self.served.cpu() - before

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
            caller = Caller(self.served.port, self.served.by_token)
            for n in range(10):  # the server's threads and their connections are warm
                caller.ask(path, ask(first + 50_000 + n))
            ready.wait()
            told.seconds.extend(caller.ask(path, ask(first + n))[0] for n in range(requests))

        threads = [threading.Thread(target=work, args=(number * 100_000,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        ready.wait()
        began, before = time.monotonic(), self.served.cpu()
        for thread in threads:
            thread.join()
        took, told.cpu_seconds = time.monotonic() - began, self.served.cpu() - before
        return {"per_second": round(CLIENTS * requests / took), **told.as_json()}


async def follow(served: Served, done: threading.Event) -> None:
    async with Stream(f"ws://127.0.0.1:{served.port}/_stream", token=served.token) as stream:
        stream.log("things", served.made[0], on_event=lambda event: None)
        await asyncio.to_thread(done.wait)


@contextmanager
def looked_at(served: Served) -> Iterator[None]:
    """Somebody looks at the Thing that is edited."""
    done = threading.Event()
    looking = threading.Thread(target=lambda: asyncio.run(follow(served, done)))
    looking.start()
    try:
        yield
    finally:
        done.set()
        looking.join(10)


@contextmanager
def run_of(root: Path, database: str) -> Iterator[Run]:
    with serving(root, database, PREPARE) as served, looked_at(served):
        # Commits before the short way of programs have theirs elsewhere.
        yield Run(served, "/api/bench/empty/" if root == ROOT else "/bench/empty/")


def bench(run: Run, beside: Run | None, arguments: argparse.Namespace) -> dict[str, Any]:
    runs = [run, *([beside] if beside else [])]
    kinds = arguments.kinds or list(run.kinds)

    def runs_of(name: str) -> list[Run]:
        """Other commits have no floor of a transaction."""
        return runs[:1] if name == "transaction" else runs

    for name in kinds:  # caches and connections are warm
        for one in runs_of(name):
            one.measure(name, 10, Measured())
    for _ in range(arguments.rounds):
        for name in kinds:
            for one in runs_of(name):
                one.measure(name, arguments.requests, one.found[name])
    told: dict[str, Any] = {name: run.found[name].as_json() for name in kinds}
    for name in kinds if beside else ():
        if name == "transaction":
            continue
        told[name]["to_beside"] = round(run.found[name].cpu_ms / beside.found[name].cpu_ms, 3)
    eight = {name: run.eight(name, arguments.requests) for name in ("empty", "move") if not arguments.kinds}
    return {**told, "eight_clients": eight}


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
            runs = [stack.enter_context(run_of(root, stack.enter_context(database(kind, directory)))) for root in roots]
            said = bench(runs[0], runs[1] if len(runs) > 1 else None, arguments)
        print(json.dumps({"bench": "write", "database": kind, **said}), flush=True)


if __name__ == "__main__":
    main()
