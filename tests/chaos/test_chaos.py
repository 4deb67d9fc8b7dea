"""Real processes, Redis and PostgreSQL, and everything that can fail failing: nothing is lost, nothing doubled.

Workers are killed in turn and paused, Redis is killed and once frozen, PostgreSQL crashes once, while clients move,
write, undo and redo on one Thing and follow it on the stream. In the end all hold the same bytes as the server.

Short here; the long form:
`CHAOS_CLIENTS=50 CHAOS_ACTIONS=2000 .venv/bin/python -m pytest -s tests/chaos/test_chaos.py`
"""

import asyncio
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.crowd import Crowd, crowd
from tests.chaos.nemesis import Nemesis
from tests.servers import Postgres, Redis, Server

CLIENTS = int(os.environ.get("CHAOS_CLIENTS", 12))
ACTIONS = int(os.environ.get("CHAOS_ACTIONS", 200))
WORKERS = 3
KILL_SECONDS, REDIS_SECONDS, PAUSE_SECONDS = 2.0, 10.0, 4.5
FROZEN_AFTER_SECONDS = 3.0


@pytest.fixture
def redis() -> Iterator[Redis]:
    running = Redis()
    yield running
    running.kill()


@pytest.fixture
def server(redis: Redis, postgres: Postgres, tmp_path: Path) -> Iterator[Server]:
    many = str(CLIENTS * 10)
    limits = {"STREAM_CONNECTIONS_PER_USER": many, "STREAM_CONNECTIONS_PER_ADDRESS": many}
    running = Server(tmp_path, workers=WORKERS, redis=redis, postgres=postgres, altered={}, **limits)
    yield running
    running.stop()


async def test_r2_r6_w1_nothing_is_lost_and_nothing_doubled(server: Server, redis: Redis, postgres: Postgres) -> None:
    nemesis = Nemesis(server, redis, postgres, WORKERS)
    async with crowd(server, CLIENTS) as everybody:
        told = everybody.told
        nemesis.start(
            nemesis.kill_workers(KILL_SECONDS),
            nemesis.pause_workers(PAUSE_SECONDS),
            nemesis.freeze_redis(FROZEN_AFTER_SECONDS),
            nemesis.kill_redis(REDIS_SECONDS),
            nemesis.crash_postgres(lambda: len(told.revisions) > ACTIONS / 2),
        )
        try:
            await write(everybody)
        finally:
            await nemesis.stop()
        settled = await everybody.settled(since=nemesis.last)
        print(report(everybody, nemesis, settled), file=sys.stderr)
        await everybody.require_equal()
        assert len(told.revisions) + len(told.refused) == ACTIONS


async def write(everybody: Crowd) -> None:
    """Each as fast as a busy person, until all actions are answered."""
    numbers = iter(range(ACTIONS))

    async def one(number: int) -> None:
        for _ in numbers:
            await everybody.writers[number].act()
            await asyncio.sleep(random.random() * 0.2)

    await asyncio.gather(*map(one, range(CLIENTS)))


def first_after(nemesis: Nemesis, everybody: Crowd) -> float:
    """Seconds from the moment when PostgreSQL was back to the first answer."""
    back = nemesis.database_back
    assert back is not None
    return min(moment for moment in everybody.told.moments if moment > back) - back


def report(everybody: Crowd, nemesis: Nemesis, settled: float) -> dict[str, object]:
    told = everybody.told
    return {
        "clients": CLIENTS,
        "acknowledged": len(told.revisions),
        "faults": dict(nemesis.faults),
        "answers cut off": told.cut,
        "problems": dict(told.problems),
        "resets": sum(follower.resets for follower in everybody.followers),
        "first answer after PostgreSQL, seconds": round(first_after(nemesis, everybody), 2),
        "equal after the last fault, seconds": round(settled, 2),
    }
