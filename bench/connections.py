"""Memory and idle cost of many connections on one worker as `manage.py serve` runs it.

    .venv/bin/python -m bench.connections [--connections 5000] [--idle-seconds 30]

Prints one JSON line. Signed-in programs, each with one `things` topic out of a hundred, on PostgreSQL with Redis.
Memory is the difference between a worker with 100 connections and one with all of them, divided: resident (RSS), its
own (USS) and its share (PSS).
"""

import argparse
import asyncio
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from bench.crowd import Client, Statements, open_all
from tests.elsewhere import Elsewhere
from tests.servers import Postgres, Redis, Server

WARM_UP, WAVE, TOPICS, USERS = 100, 15, 100, 50
KIB, SETTLE_SECONDS = 1024, 3


def prepare(elsewhere: Elsewhere) -> tuple[list[str], list[str]]:
    """Public Things, and a token for each of the people."""
    made = elsewhere.run(
        "owner = User.objects.create_user('owner@example.org', None, name='Owner'); wanted = {'title': 'T'}\n"
        "wanted['visibility'] = 'public'\n"
        f"things = [str(editing.create(owner, wanted, via=Via.COMMAND).pk) for _ in range({TOPICS})]\n"
        f"people = [User.objects.create_user(f'p{{n}}@example.org', None, name='P') for n in range({USERS})]\n"
        "tokens = [Token.objects.create(user=user, name='T', scopes=['read'])[1] for user in people]\n"
        "result = [things, tokens]"
    )
    return made[0], made[1]


def memory(process: psutil.Process) -> dict[str, int]:
    told = process.memory_full_info()
    return {"rss": told.rss, "uss": told.uss, "pss": told.pss}


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def run(
    arguments: argparse.Namespace, server: Server, asked: Statements, things: list[str], tokens: list[str]
) -> dict[str, Any]:
    process, count = psutil.Process(server.worker_pid("1")), arguments.connections
    clients = [Client(things[number % TOPICS], tokens[number % USERS]) for number in range(WARM_UP + count)]
    await open_all(clients[:WARM_UP], server.url, WAVE)
    await asyncio.sleep(SETTLE_SECONDS)
    before, cpu_before, began = memory(process), cpu(process), time.monotonic()
    await open_all(clients[WARM_UP:], server.url, WAVE)
    opened, cpu_opened = time.monotonic() - began, cpu(process) - cpu_before
    await asyncio.sleep(SETTLE_SECONDS)
    after = memory(process)
    statements, cpu_idle = len(asked.lines()), cpu(process)
    await asyncio.sleep(arguments.idle_seconds)
    statements, cpu_idle = len(asked.lines()) - statements, cpu(process) - cpu_idle
    return {
        **{f"{name}_kib_per_connection": round((after[name] - before[name]) / KIB / count, 2) for name in before},
        "rss_mib": round(after["rss"] / KIB / KIB, 1),
        "seconds_to_open": round(opened, 1),
        "cpu_ms_per_hello": round(cpu_opened * 1000 / count, 2),
        "idle_cpu_percent": round(100 * cpu_idle / arguments.idle_seconds, 2),
        "idle_statements_per_second": round(statements / arguments.idle_seconds, 2),
        "open_at_the_end": sum(client.is_open for client in clients),
        "load": psutil.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--idle-seconds", type=float, default=30)
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    many = {"STREAM_CONNECTIONS_PER_USER": "100000", "STREAM_CONNECTIONS_PER_ADDRESS": "100000"}
    redis, postgres = Redis(), Postgres()
    with tempfile.TemporaryDirectory() as directory:
        quiet = {"LOG_LEVEL": "WARNING", "DEBUG": "false", "HTTPS": "false", "SECRET_KEY": "bench" * 10}
        server = Server(Path(directory), workers=1, redis=redis, postgres=postgres, altered={}, **many, **quiet)
        elsewhere = Elsewhere(server)
        try:
            things, tokens = prepare(elsewhere)
            result = asyncio.run(run(arguments, server, Statements(postgres), things, tokens))
            print(json.dumps({"bench": "connections", **vars(arguments), **result}))
        finally:
            elsewhere.close()
            server.stop()
            redis.kill()
            postgres.remove()


if __name__ == "__main__":
    main()
