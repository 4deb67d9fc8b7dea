"""CPU and latency of reading over HTTP: a Thing of 10,000 widgets, the editor's page of it, a card, and the gallery
among 1,000 and 100,000 Things, beside a page without a question to the database, in one interleaved run.

    .venv/bin/python -m bench.read [--rounds 5] [--requests 10] [--databases sqlite postgresql] [--beside DIRECTORY]

Prints one JSON line for each database; how the servers run is said in `bench.served`. `page` is the editor's page with
the file of its state, as a browser asks for them: `page_new` after a change, `page` when both are kept. `kib` is what
came over the wire, compressed where the server does it, and `gzip_kib` what it comes to where a proxy does.

`--beside` takes a checkout of another commit through the same requests; `to_beside` is CPU divided by CPU.
"""

import argparse
import gzip
import json
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.served import Caller, Measured, Served, database, serving
from tests.servers import ROOT

THINGS = {"gallery_1000": 1_000, "gallery_100000": 100_000}
PREPARE = """
from things.models import Thing
other = User.objects.create_user("other@example.org", None, name="Other")
made = [thing_of("Large", 10)]
sorts = [(user, "private"), (user, "public"), (other, "public"), (other, "private")]
Thing.objects.bulk_create(
    (Thing(owner=sorts[n % 4][0], visibility=sorts[n % 4][1], title=f"Thing {{n}}") for n in range({things})),
    batch_size=5000,
)
"""


class Run:
    """One server, and what was measured there."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.program, self.browser = Caller(served.port, served.by_token), Caller(served.port, served.by_session)
        self.found: dict[str, Measured] = {}
        self.answers: dict[str, list[bytes]] = {}
        self.edited = 0

    def edit(self) -> None:
        action = {"type": "rename", "title": f"Large {self.edited}"}
        self.edited += 1
        self.program.ask(f"/api/things/{self.served.made[0]}/actions/", {"id": str(uuid.uuid4()), "actions": [action]})

    def measure(self, name: str, ask: Callable[["Run"], list[bytes]], requests: int, *, edits: bool) -> None:
        into = self.found.setdefault(name, Measured())
        for caller in (self.program, self.browser):
            caller.close()
        for _ in range(requests):
            if edits:
                self.edit()
            before, took = self.served.cpu(), 0.0
            self.answers[name] = []
            for seconds, answer in ask(self):
                took += seconds
                self.answers[name].append(answer)
            into.seconds.append(took)
            into.cpu_seconds += self.served.cpu() - before

    def as_json(self, name: str) -> dict[str, float]:
        answers = self.answers[name]
        packed = [answer if answer[:2] == b"\x1f\x8b" else gzip.compress(answer, 6) for answer in answers]
        sizes = {"kib": sum(map(len, answers)), "gzip_kib": sum(map(len, packed))}
        return {**self.found[name].as_json(), **{key: round(size / 1024) for key, size in sizes.items()}}


def page(run: Run) -> Iterator[tuple[float, bytes]]:
    """With its state, where that is a file of its own."""
    path = f"/things/{run.served.made[0]}/"
    asked = run.browser.ask(path, accept="text/html")
    yield asked
    if (state := f"{path}state.json").encode() in asked[1]:
        yield run.browser.ask(state)


def one(path: str) -> Callable[[Run], Iterator[tuple[float, bytes]]]:
    def ask(run: Run) -> Iterator[tuple[float, bytes]]:
        yield run.browser.ask(path.format(large=run.served.made[0]), accept="text/html")

    return ask


def get(run: Run) -> Iterator[tuple[float, bytes]]:
    yield run.program.ask(f"/api/things/{run.served.made[0]}/")


ASKED: dict[str, Any] = {
    "plain": one("/developers/"),
    "get": get,
    "page_new": page,
    "page": page,
    "card": one("/things/{large}/thumbnail.svg"),
    "gallery_1000": one("/"),
    "gallery_100000": one("/"),
}


@contextmanager
def run_of(root: Path, database: str, things: int) -> Iterator[Run]:
    with serving(root, database, PREPARE.format(things=things)) as served:
        yield Run(served)


def bench(pairs: list[tuple[Run, Run]], arguments: argparse.Namespace) -> dict[str, Any]:
    """Each pair: few Things, many Things; this checkout's first."""

    def runs(name: str) -> list[Run]:
        return [many if name == "gallery_100000" else few for few, many in pairs]

    for warm in (True, False):
        for _ in range(1 if warm else arguments.rounds):
            for name, ask in ASKED.items():
                for run in runs(name):
                    run.measure(name, ask, 2 if warm else arguments.requests, edits=name == "page_new")
        if warm:
            for pair in pairs:
                for run in pair:
                    run.found = {}
    told: dict[str, Any] = {name: runs(name)[0].as_json(name) for name in ASKED}
    for name in ASKED if len(pairs) > 1 else ():
        cpu = [run.found[name].cpu_ms for run in runs(name)]
        told[name] |= {"to_beside": round(cpu[0] / max(cpu[1], 0.01), 3), "beside": runs(name)[1].as_json(name)}
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--beside", type=Path)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {1})
    for kind in arguments.databases:
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            pairs = [
                tuple(
                    stack.enter_context(run_of(root, stack.enter_context(database(kind, directory)), things))
                    for things in THINGS.values()
                )
                for root in (ROOT, *([arguments.beside.resolve()] if arguments.beside else []))
            ]
            said = bench(pairs, arguments)  # type: ignore[arg-type]
        print(json.dumps({"bench": "read", "database": kind, **said}), flush=True)


if __name__ == "__main__":
    main()
