"""B3, B4: clients that send without waiting are ended, cost a bounded amount of memory, and the others lose nothing.

What the others notice in milliseconds: `python -m bench.trials floods`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Redis, Server
from tests.streaming.conftest import Site
from tests.streaming.floods import FLOODS, struck
from tests.streaming.growing import MORE_BYTES

SHORT = ["large messages", "large pongs", "small nonsense", "small pongs", "many topics"]
LONG = [name for name in FLOODS if name not in SHORT]
DOCUMENTED = {4002, 4004, 4203}


@pytest.fixture
def fresh(redis: Redis, tmp_path: Path) -> Iterator[Site]:
    """What an earlier flood needed, a later one would find there."""
    running = Server(tmp_path, workers=1, redis=redis)
    site = Site(running)
    yield site
    site.http.close()
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.mark.parametrize("name", [*SHORT, *(pytest.param(name, marks=pytest.mark.long) for name in LONG)])
async def test_b3_b4_a_flood_ends_and_nobody_loses_anything(fresh: Site, name: str) -> None:
    """Not on daphne, which reads as fast as it can whoever takes it: for development only."""
    seen = await struck(fresh, name)
    assert seen["code"] in DOCUMENTED
    assert seen["grown_bytes"] <= MORE_BYTES
    assert (seen["after"]["gaps"], seen["after"]["closed"]) == (0, False)
