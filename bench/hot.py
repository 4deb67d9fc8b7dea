"""How long a GET of one Thing takes while many write another: p50 and p99, beside the same without them.

    .venv/bin/python -m bench.hot [--writers 64] [--reads 200] [--databases sqlite postgresql] [--beside DIRECTORY]

Prints one JSON line for each database; how the servers run is said in `bench.served`. Each writer has a connection and
moves a widget, as soon as the move before is answered; a refusal with `Retry-After` is waited for. `--beside` takes a
checkout of another commit through the same; quiet and hot are measured by turns, of both servers.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from bench.served import Caller, Served, database, serving
from tests.servers import ROOT

PREPARE = """
made = [thing_of("Hot", 0), thing_of("Other", 0)]
"""
WIDGETS = 200
TIMEOUT = httpx.Timeout(300)


def fill(served: Served) -> list[str]:
    """Widgets in both Things; the ids of those in the hot one."""
    caller, ids = Caller(served.port, served.by_token), [str(uuid.uuid4()) for _ in range(WIDGETS)]
    kind = {"kind": "shape", "place": {"parent": None, "x": 0, "y": 0}, "text": "Bench"}
    for thing, named in zip(served.made, (ids, [str(uuid.uuid4()) for _ in ids]), strict=True):
        added = [{"type": "add", "widgets": [{"id": id, **kind} for id in named]}]
        caller.ask(f"/api/things/{thing}/actions/", {"actions": added})
    return ids


class Writers:
    """Those who write the hot Thing until they are told to stop."""

    def __init__(self, served: Served, ids: list[str], count: int) -> None:
        self._served, self._ids = served, ids
        self._path = f"/api/things/{served.made[0]}/actions/"
        self.written = self.refused = 0
        self.going = asyncio.Event()  # as many writes are done as there are writers
        self._tasks = [asyncio.ensure_future(self._write(number)) for number in range(count)]

    async def _write(self, number: int) -> None:
        base, headers = f"http://127.0.0.1:{self._served.port}", self._served.by_token
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=TIMEOUT) as client:
            for n in range(1_000_000):
                place = {"parent": None, "x": n % 1000, "y": number}
                move = {"type": "move", "widgets": [{"id": self._ids[number % WIDGETS], "place": place}]}
                answer = await client.post(self._path, json={"id": str(uuid.uuid4()), "actions": [move]})
                self.written += answer.status_code == 200
                if self.written >= len(self._tasks):
                    self.going.set()
                if answer.status_code != 200:
                    self.refused += 1
                    await asyncio.sleep(int(answer.headers.get("Retry-After", 1)))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def reads(served: Served, count: int) -> list[float]:
    """Seconds of each GET, asked by a process of its own so that the writers do not hold it up."""
    command = [str(ROOT / ".venv/bin/python"), "-m", "bench.hot", "--ask", str(served.port), served.made[1], str(count)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, "BENCH_TOKEN": served.token}, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return list(json.loads(said))


def asked(port: int, thing: str, count: int) -> list[float]:
    caller = Caller(port, {"Authorization": f"Bearer {os.environ['BENCH_TOKEN']}"})
    return [caller.ask(f"/api/things/{thing}/")[0] for _ in range(count)]


def told(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50_ms": round(cuts[49] * 1000, 2), "p99_ms": round(cuts[98] * 1000, 2)}


async def bench(servers: list[Served], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    ids = [fill(served) for served in servers]
    quiet: list[list[float]] = [[] for _ in servers]
    hot: list[list[float]] = [[] for _ in servers]
    written, refused = [0 for _ in servers], [0 for _ in servers]
    for _ in range(arguments.rounds):
        for number, served in enumerate(servers):
            each = max(2, arguments.reads // arguments.rounds)
            quiet[number] += await reads(served, each)
            writers = Writers(served, ids[number], arguments.writers)
            await writers.going.wait()
            hot[number] += await reads(served, each if number == 0 else max(2, each // 10))
            await writers.stop()
            written[number] += writers.written
            refused[number] += writers.refused
    return [
        {
            "quiet": told(quiet[n]), "hot": told(hot[n]), "written": written[n], "refused": refused[n],
            "hot_to_quiet": round(statistics.median(hot[n]) / statistics.median(quiet[n]), 2),
        }
        for n in range(len(servers))
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--reads", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--ask", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask:
        port, thing, count = arguments.ask
        print(json.dumps(asked(int(port), thing, int(count))))
        return
    os.sched_setaffinity(0, {1})
    for kind in arguments.databases:
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            roots = [ROOT, *([arguments.beside.resolve()] if arguments.beside else [])]
            servers = [
                stack.enter_context(serving(root, stack.enter_context(database(kind, directory)), PREPARE))
                for root in roots
            ]
            found = asyncio.run(bench(servers, arguments))
        said: dict[str, Any] = {"bench": "hot", "database": kind, "writers": arguments.writers, **found[0]}
        if len(found) > 1:
            said["beside"] = found[1]
            said["p50_to_beside"] = round(found[0]["hot"]["p50_ms"] / found[1]["hot"]["p50_ms"], 4)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
