"""A4 in trials: while events flow, rights and credentials end, each in its own way, and nothing private comes later.

Two workers, so that about half of the viewers hang on the one that knows nothing of the request. With Redis and without
the sweep, and with Redis gone, where the sweep has to find it. How long it takes: `python -m bench.trials`.
"""

import contextlib
import os
from collections.abc import Iterator

import pytest

from tests.elsewhere import Elsewhere
from tests.servers import PATIENT, Redis, Server
from tests.streaming.conftest import Site
from tests.streaming.test_crossing import BY_REDIS_ALONE
from tests.streaming.trials import play

ROUNDS = int(os.environ.get("TRIAL_ROUNDS", 1))


@pytest.fixture(scope="module", params=["redis", "sweep"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    many, redis = {"STREAM_CONNECTIONS_PER_ADDRESS": "1000"}, Redis()
    altered = BY_REDIS_ALONE if request.param == "redis" else PATIENT
    running = Server(tmp_path_factory.mktemp("trials"), workers=2, redis=redis, altered=altered, **many)
    if request.param == "sweep":
        redis.kill()
    yield running
    running.stop()
    redis.kill()
    assert "Traceback" not in running.log.read_text()


async def test_a4_trials(site: Site) -> None:
    with contextlib.closing(Elsewhere(site.server)) as elsewhere:
        trials = [trial for _ in range(ROUNDS) for trial in await play(site, elsewhere)]
    assert [(t.viewer.name, t.viewer.how) for t in trials if t.viewer.how != t.expected] == []
    # Nothing private after the word that ended it.
    assert [trial.viewer.name for trial in trials if trial.viewer.frames_after] == []
