"""A process dies before the commit, between commit and publish, before its answer, or in the middle of a catch-up.

Whoever was not answered asks again with the same id: nothing is lost or done twice. And before asking again it waits
until everybody else has the change, so that nothing but the head sweep can have told them (R6).

Short here; `FAILPOINT_HITS=200 .venv/bin/python -m pytest -s tests/chaos/test_failpoints.py` is the long form.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from widgetapp_stream import LogEvent, Position, Stream

from streaming.failpoints import NAMES, STATUS
from tests.chaos.crowd import Crowd, crowd
from tests.servers import Postgres, Redis, Server, environment_of, manage
from tests.waiting import eventually, patience

HITS = int(os.environ.get("FAILPOINT_HITS", 6))
LONG = HITS > 20
TABLES, PEOPLE, WORKERS = (8 if LONG else 4), 3, 3
WRITING = {"before_commit": 0.2, "commit_to_publish": 0.2, "publish_to_answer": 0.2}
CATCHING_UP = {"catch_up": 0.01}
BACK = 100
SEEN = 30


@pytest.fixture(scope="module")
def server(redis: Redis, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("failpoints")
    spoil = directory / "spoil.py"
    spoil.write_text("")
    spoiled = {"DJANGO_SETTINGS_MODULE": "tests.chaos.spoiled_settings", "SPOILED_BY": str(spoil), "DRAIN_SECONDS": "1"}
    running = Server(directory, workers=WORKERS, redis=redis, postgres=postgres, **spoiled)
    yield running
    running.stop()


class Failpoints:
    """Those of the workers from a reload on, and how often each was hit since. In the short form any of them counts."""

    def __init__(self, server: Server, chances: Mapping[str, float]) -> None:
        self._log, self._from, self.names = server.log, server.log.stat().st_size, frozenset(chances)
        old = [server.worker_pid(str(name)) for name in range(1, WORKERS + 1)]
        Path(server.environment["SPOILED_BY"]).write_text(f"FAILPOINTS = {dict(chances)!r}")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in old), "the reload")

    def hits(self) -> Counter[str]:
        with self._log.open() as log:
            log.seek(self._from)
            return Counter(line.split()[1] for line in log if line.startswith("failpoint "))

    def enough(self) -> bool:
        hits = self.hits()
        return all(hits[name] >= HITS for name in self.names) if LONG else hits.total() >= HITS


@asynccontextmanager
async def tables(server: Server) -> AsyncIterator[list[Crowd]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(crowd(server, PEOPLE)) for _ in range(TABLES)]


async def write(table: Crowd, over: Callable[[], bool]) -> None:
    """One action after the other. When there was no answer, first all the others have what was committed."""
    writer = table.writers[0]
    writer.after_cut = table.seen_by_connected
    while not over():
        await writer.act()
        await asyncio.sleep(0.05)


async def come(server: Server, table: Crowd, over: Callable[[], bool]) -> None:
    """Again and again somebody who missed much, and gets every event once and in order all the same."""
    url, token = server.url.replace("http", "ws") + "/_stream", server.token("ana")
    while not over():
        head = table.followers[0].replica.position
        first, offsets = max(1, head.offset - BACK), list[int]()
        arrived = asyncio.Event()

        def take(event: LogEvent, offsets: list[int] = offsets, arrived: asyncio.Event = arrived, head=head) -> None:
            offsets.append(event.offset)
            if event.offset >= head.offset:
                arrived.set()

        async with patience(), Stream(url, token=token) as stream:
            stream.log("things", table.thing, position=Position(head.epoch, first), on_event=take)
            await arrived.wait()
        assert offsets == list(range(first + 1, offsets[-1] + 1))


def enough(all_tables: list[Crowd], failpoints: Failpoints) -> Callable[[], bool]:
    """Hits, and changes that somebody was there to see."""
    seen = [follower.seen_after for table in all_tables for follower in table.followers]
    return lambda: failpoints.enough() and sum(map(len, seen)) >= SEEN


async def prove(all_tables: list[Crowd], failpoints: Failpoints) -> None:
    late = []
    for table in all_tables:
        await table.settled(since=time.monotonic())
        await table.require_equal()
        late += [seconds for follower in table.followers for seconds in follower.seen_after.values()]
    cut = sum(table.told.cut for table in all_tables)
    told = sum(len(table.told.revisions) for table in all_tables)
    print(
        {**failpoints.hits(), "answered": told, "cut off": cut, "seen after at most": round(max(late), 2)},
        file=sys.stderr,
    )


@pytest.mark.parametrize("name", WRITING)
async def test_r6_w1_whoever_dies_while_writing(name: str, server: Server) -> None:
    failpoints = Failpoints(server, {name: WRITING[name]})
    async with tables(server) as all_tables:
        await asyncio.gather(*(write(table, enough(all_tables, failpoints)) for table in all_tables))
        await prove(all_tables, failpoints)


async def test_r6_r7_whoever_dies_while_catching_up(server: Server) -> None:
    failpoints = Failpoints(server, CATCHING_UP)
    async with tables(server) as all_tables:
        for _ in range(BACK):
            await all_tables[0].writers[0].act()
        over = enough(all_tables, failpoints)
        coming = [come(server, all_tables[0], over) for _ in range(2)]
        await asyncio.gather(*coming, *(write(table, over) for table in all_tables[1:]))
        await prove(all_tables, failpoints)


async def test_r6_w1_whoever_dies_without_redis(server: Server, redis: Redis) -> None:
    failpoints = Failpoints(server, dict.fromkeys(NAMES, 0.03))
    redis.kill()
    try:
        async with tables(server) as all_tables:
            await asyncio.gather(*(write(table, enough(all_tables, failpoints)) for table in all_tables))
            await prove(all_tables, failpoints)
    finally:
        redis.start()


def test_the_setting_ends_a_process_where_it_says(tmp_path: Path) -> None:
    environment = environment_of(tmp_path / "db.sqlite3")
    manage(environment, "migrate", "-v0")
    with pytest.raises(subprocess.CalledProcessError) as ended:
        manage({**environment, "WIDGETAPP_FAILPOINT": "before_commit:1"}, "demo")
    assert ended.value.returncode == STATUS
    assert ended.value.stderr.startswith("failpoint before_commit ")
    manage({**environment, "WIDGETAPP_FAILPOINT": "before_commit:0"}, "demo")
