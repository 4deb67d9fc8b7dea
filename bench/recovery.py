"""Every worker is killed at once: how long until all clients are up to date again, verified one by one.

    .venv/bin/python -m bench.recovery [--clients 1000] [--workers 2] [--rounds 3]

Prints one JSON line. Edits go on from another process all the time. A client is back when it was welcomed and has every
offset up to the head of its welcome; all are verified when each has the database's head of a moment after that, and in
the end every offset once, without a gap. Backoff as in the contract: full jitter, half a second doubling.
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from bench.crowd import Client, open_all
from tests.elsewhere import Elsewhere
from tests.servers import Postgres, Redis, Server

THINGS, USERS, WAVE, EDITS_PER_SECOND, BEFORE_SECONDS, MOST_SECONDS = 10, 50, 15, 10, 3.0, 30.0


def prepare(elsewhere: Elsewhere) -> tuple[list[str], list[str]]:
    made = elsewhere.run(
        "import time, random\n"
        "owner = User.objects.create_user('owner@example.org', None, name='Owner'); wanted = {'title': 'T'}\n"
        "wanted['visibility'] = 'public'\n"
        f"things = [editing.create(owner, wanted, via=Via.COMMAND).pk for _ in range({THINGS})]\n"
        f"people = [User.objects.create_user(f'p{{n}}@example.org', None, name='P') for n in range({USERS})]\n"
        "tokens = [Token.objects.create(user=user, name='T', scopes=['read'])[1] for user in people]\n"
        "result = [[str(thing) for thing in things], tokens]"
    )
    return made[0], made[1]


async def edit(elsewhere: Elsewhere, stop: asyncio.Event) -> None:
    """Ten changes a second, in turn over the Things."""
    while not stop.is_set():
        code = (
            f"for number in range({EDITS_PER_SECOND}):\n"
            "  actions = [{'type': 'rename', 'title': str(time.time())}]\n"
            "  editing.perform(random.choice(things), owner, {'actions': actions}, via=Via.COMMAND)\n"
            f"  time.sleep({0.9 / EDITS_PER_SECOND})"
        )
        await asyncio.to_thread(elsewhere.run, code)


def heads(elsewhere: Elsewhere) -> dict[str, int]:
    """Of the database."""
    code = "result = {str(pk): revision for pk, revision in Thing.objects.values_list('pk', 'revision')}"
    return dict(elsewhere.run(code))


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(MOST_SECONDS):
        while not check():  # noqa: ASYNC110 — thousands of clients have no one event
            await asyncio.sleep(0.01)


def at_least(clients: list[Client], revisions: dict[str, int]) -> bool:
    return all(client.position and client.position.offset >= revisions[client.thing] for client in clients)


async def cut(server: Server, workers: int, clients: list[Client], asking: Elsewhere) -> dict[str, Any]:
    """One round: kill, wait, verify."""
    for client in clients:
        client.live_at = 0.0
    began = time.monotonic()
    for number in range(workers):
        os.kill(server.worker_pid(str(number + 1)), signal.SIGKILL)
    await until(lambda: all(client.live_at and client.is_open for client in clients))
    back = sorted(client.live_at - began for client in clients)
    revisions = await asyncio.to_thread(heads, asking)
    await until(lambda: at_least(clients, revisions))
    cuts = statistics.quantiles(back, n=100, method="inclusive")
    return {
        "first_seconds": round(back[0], 2), "p50_seconds": round(cuts[49], 2), "p99_seconds": round(cuts[98], 2),
        "last_seconds": round(back[-1], 2), "verified_seconds": round(time.monotonic() - began, 2),
        "most_in_one_second": max(sum(one <= moment < one + 1 for moment in back) for one in back),
    }  # fmt: skip


async def run(arguments: argparse.Namespace, server: Server) -> dict[str, Any]:
    writing, asking = Elsewhere(server), Elsewhere(server)
    things, tokens = prepare(writing)
    clients = [Client(things[number % THINGS], tokens[number % USERS]) for number in range(arguments.clients)]
    await open_all(clients, server.url, WAVE)
    starts = [client.position.offset for client in clients if client.position]
    keeping = [asyncio.ensure_future(client.keep(server.url)) for client in clients]
    stop = asyncio.Event()
    editing = asyncio.ensure_future(edit(writing, stop))
    rounds = []
    for _ in range(arguments.rounds):
        await asyncio.sleep(BEFORE_SECONDS)
        rounds.append(await cut(server, arguments.workers, clients, asking))
    stop.set()
    await editing
    last = heads(asking)
    await until(lambda: at_least(clients, last))
    for one in keeping:
        one.cancel()
    wanted = [list(range(start + 1, last[client.thing] + 1)) for client, start in zip(clients, starts, strict=True)]
    for elsewhere in (writing, asking):
        elsewhere.close()
    return {
        "rounds": rounds,
        "worst_verified_seconds": max(each["verified_seconds"] for each in rounds),
        "changes": sum(last[thing] - 1 for thing in things),
        "clients_with_every_offset_once": sum(
            client.applied == each for client, each in zip(clients, wanted, strict=True)
        ),
        **{name: sum(getattr(client, name) for client in clients) for name in ("doubled", "gaps", "resets", "refused")},
        "load": psutil.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    many = {"STREAM_CONNECTIONS_PER_USER": "100000", "STREAM_CONNECTIONS_PER_ADDRESS": "100000"}
    quiet = {"LOG_LEVEL": "WARNING", "DEBUG": "false", "HTTPS": "false", "SECRET_KEY": "bench" * 10}
    redis, postgres = Redis(), Postgres()
    with tempfile.TemporaryDirectory() as directory:
        server = Server(
            Path(directory), workers=arguments.workers, redis=redis, postgres=postgres, altered={}, **many, **quiet
        )
        try:
            result = asyncio.run(run(arguments, server))
            print(json.dumps({"bench": "recovery", **vars(arguments), **result}))
        finally:
            server.stop()
            redis.kill()
            postgres.remove()


if __name__ == "__main__":
    main()
