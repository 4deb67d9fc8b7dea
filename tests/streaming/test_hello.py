"""H1: who says no hello in ten seconds is sent away. Here it has a moment."""

from collections.abc import Iterator

import pytest

from streaming.accept import HELLO_SECONDS
from tests.servers import PATIENT, Server
from tests.streaming.conftest import Site

A_MOMENT_SECONDS = 0.2


@pytest.fixture(scope="module", params=[1, 0], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    altered = {**PATIENT, "streaming.accept.HELLO_SECONDS": A_MOMENT_SECONDS}
    running = Server(tmp_path_factory.mktemp("hello"), workers=request.param, redis=None, altered=altered)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


async def test_h1_no_hello_in_ten_seconds(site: Site) -> None:
    assert HELLO_SECONDS == 10.0
    async with site.talk("ana") as talk:
        bye = await talk.next()
        assert (bye["type"], bye["code"]) == ("bye", 4100)
        assert await talk.closed() == 4100
