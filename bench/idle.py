"""Sockets of which nobody uses any: none is lost, and the database is left alone.

    .venv/bin/python -m bench.idle [--minutes 10] [--connections 200] [--workers 2]

Prints one JSON line. Each has a Thing, its presence and the person's inbox, as a page has. Statements are counted in
PostgreSQL's own log, whoever asks them; the commands and the sweep of every worker are in it.
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from bench.connections import TOPICS, USERS, cpu, prepare
from bench.crowd import Client, Statements, open_all
from tests.elsewhere import Elsewhere
from tests.servers import Postgres, Redis, Server

WAVE, SETTLE_SECONDS = 15, 15.0


async def run(arguments: argparse.Namespace, server: Server, postgres: Postgres) -> dict[str, Any]:
    elsewhere = Elsewhere(server)
    things, tokens = prepare(elsewhere)
    elsewhere.close()
    processes = [psutil.Process(server.worker_pid(str(number + 1))) for number in range(arguments.workers)]
    clients = [page(things[number % TOPICS], tokens[number % USERS]) for number in range(arguments.connections)]
    await open_all(clients, server.url, WAVE)
    await asyncio.sleep(SETTLE_SECONDS)
    statements, seconds = Statements(postgres), arguments.minutes * 60
    before, cpu_before = len(statements.lines()), [cpu(process) for process in processes]
    memory = [process.memory_info().rss for process in processes]
    await asyncio.sleep(seconds)
    asked = statements.lines()[before:]
    used = [cpu(process) - one for process, one in zip(processes, cpu_before, strict=True)]
    grown = [process.memory_info().rss - one for process, one in zip(processes, memory, strict=True)]
    return {
        "disconnected": sum(not client.is_open for client in clients),
        "on_each_worker": sorted(Counter(client.connection[:2] for client in clients).items()),
        "statements_per_second_per_worker": round(len(asked) / seconds / arguments.workers, 2),
        "statements": Counter(line[:60] for line in asked).most_common(6),
        "cpu_percent_per_worker": [round(100 * one / seconds, 2) for one in used],
        "rss_grown_kib": [one // 1024 for one in grown],
        "load": psutil.getloadavg()[0],
    }


def page(thing: str, token: str) -> Client:
    return Client(thing, token, [{"service": "presence", "topic": thing}, {"service": "inbox", "topic": "me"}])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    quiet = {"LOG_LEVEL": "WARNING", "DEBUG": "false", "HTTPS": "false", "SECRET_KEY": "bench" * 10}
    redis, postgres = Redis(), Postgres()
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Path(directory), workers=arguments.workers, redis=redis, postgres=postgres, altered={}, **quiet)
        try:
            result = asyncio.run(run(arguments, server, postgres))
            print(json.dumps({"bench": "idle", **vars(arguments), **result}))
        finally:
            server.stop()
            redis.kill()
            postgres.remove()


if __name__ == "__main__":
    main()
