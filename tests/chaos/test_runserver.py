"""D1 on daphne, a single process: `bye` 4300 and then the close, before it goes; under Django's reloader too."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.servers import PATIENT, ROOT, Server
from tests.streaming.conftest import Site
from tests.waiting import PATIENCE_SECONDS, eventually


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """It would wait an hour for who does not go."""
    running = Server(tmp_path, workers=0, redis=None, altered={**PATIENT, "widgetapp.development.BYE_SECONDS": 3600.0})
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def site(server: Server) -> Iterator[Site]:
    site = Site(server)
    yield site
    site.http.close()


async def says_good_bye(site: Site, process: int, sign: signal.Signals) -> None:
    async with site.talk("ana") as polite, site.talk("jonas") as stays:
        await polite.hello({"service": "things", "topic": site.new_thing()})
        await stays.hello()
        psutil.Process(process).send_signal(sign)
        bye = await polite.until("bye")
        assert (bye["code"], bye["retry"]) == (4300, [0.0, 3.0])
        await polite.socket.close()
        # Whoever does not answer is closed with the code.
        assert (await stays.until("bye"))["code"] == 4300
        assert await stays.closed() == 4300


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_d1_runserver_says_good_bye(sign: signal.Signals, site: Site) -> None:
    await says_good_bye(site, site.server.process.pid, sign)
    site.server.process.wait(PATIENCE_SECONDS)
    site.http.close()


async def test_d1_runserver_with_nobody_there_ends_at_once(site: Site) -> None:
    site.server.process.terminate()
    site.server.process.wait(PATIENCE_SECONDS)


async def test_d1_runserver_under_the_reloader_says_good_bye(site: Site, tmp_path: Path) -> None:
    """As every developer runs it: the reactor is on a thread, and hears of no signal."""
    first = site.server
    first.stop()
    command = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{first.port}"]
    with first.log.open("wb") as log:
        reloader = subprocess.Popen(  # noqa: ASYNC220
            command, cwd=ROOT, env=first.environment, stdout=log, stderr=log
        )
    try:
        eventually(lambda: first.get("/readyz") == 200)
        serving = psutil.Process(reloader.pid).children()[0]
        await says_good_bye(site, serving.pid, signal.SIGTERM)
        eventually(lambda: not serving.is_running())
    finally:
        reloader.terminate()
        reloader.wait()
