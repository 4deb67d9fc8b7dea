"""`manage.py serve` when it is told to end, to reload, or is killed: who goes, who stays, and what is left behind."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.servers import ROOT, Redis, Server, environment_of, free_port, seeded_database
from tests.streaming.conftest import Site
from tests.waiting import PATIENCE_SECONDS, eventually

RELOADS = int(os.environ.get("CHAOS_RELOADS", 3))
SETTINGS = "tests.chaos.spoiled_settings"
A_WISH_SECONDS = 4.0  # Ctrl-C under a script is two signals that are one wish


def spoiled(directory: Path, text: str = "") -> Path:
    """What is written here is run at the end of the settings, by everything that loads them from then on."""
    path = directory / "spoil.py"
    path.write_text(text)
    return path


def started(directory: Path, redis: Redis, text: str = "") -> Server:
    settings = {"DJANGO_SETTINGS_MODULE": SETTINGS, "SPOILED_BY": str(spoiled(directory, text))}
    return Server(directory, workers=2, redis=redis, **settings)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, redis: Redis) -> Iterator[Server]:
    running = started(tmp_path_factory.mktemp("lasting"), redis)
    yield running
    running.stop()


@pytest.fixture
def spoil(lasting: Server) -> Iterator[Path]:
    path = Path(lasting.environment["SPOILED_BY"])
    yield path
    path.write_text("")


@pytest.fixture
def server(tmp_path: Path, redis: Redis) -> Iterator[Server]:
    """One that the test ends."""
    running = started(tmp_path, redis)
    yield running
    running.stop()


def generations(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


def workers(server: Server) -> list[psutil.Process]:
    return [worker for generation in generations(server) for worker in generation.children()]


def told(server: Server, text: str) -> bool:
    return text in server.log.read_text()


def free(server: Server) -> bool:
    """Whether somebody else could listen there now."""
    listening = [entry for entry in psutil.net_connections("tcp") if entry.status == psutil.CONN_LISTEN]
    return not any(entry.laddr and entry.laddr.port == server.port for entry in listening)


def descriptors(server: Server) -> int:
    """Open in the launcher and its generations."""
    return sum(process.num_fds() for process in (psutil.Process(server.process.pid), *generations(server)))


def test_reloads_leave_nothing_behind(lasting: Server) -> None:
    launcher = psutil.Process(lasting.process.pid)
    counts = []
    for _ in range(RELOADS):
        old, pids = generations(lasting), {worker.pid for worker in workers(lasting)}
        lasting.process.send_signal(signal.SIGHUP)
        eventually(lambda old=old: not any(each.is_running() for each in old), "the old generation has gone")
        assert not pids & {worker.pid for worker in workers(lasting)}
        counts.append(descriptors(lasting))
        eventually(lambda: descriptors(lasting) <= counts[0], f"file descriptors as before: {counts}")
        assert len(launcher.children(recursive=True)) == 3, "a generation and its two workers, and no zombie"


def test_new_code_that_does_not_load_changes_nothing(lasting: Server, spoil: Path) -> None:
    before = {worker.pid for worker in workers(lasting)}
    spoil.write_text("raise RuntimeError('spoiled')")
    lasting.process.send_signal(signal.SIGHUP)
    eventually(lambda: told(lasting, "reload failed"))
    assert told(lasting, "RuntimeError: spoiled")
    assert {worker.pid for worker in workers(lasting)} == before
    spoil.write_text("")
    lasting.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(generations(lasting)) == 1 and not before & {each.pid for each in workers(lasting)})


HANGING = """
import os, pathlib, sys, time
flag = pathlib.Path({flag!r})
os.register_at_fork(
    before=lambda: setattr(sys.modules["__main__"], "START_SECONDS", 0.5 if flag.exists() else 30.0),
    after_in_child=lambda: flag.exists() and time.sleep(600),
)
"""


def test_a_worker_that_hangs_while_it_starts_is_killed_and_the_old_ones_serve(
    lasting: Server, spoil: Path, tmp_path: Path
) -> None:
    before, flag = {worker.pid for worker in workers(lasting)}, tmp_path / "hang"
    spoil.write_text(HANGING.format(flag=str(flag)))
    flag.touch()
    lasting.process.send_signal(signal.SIGHUP)
    eventually(lambda: told(lasting, "did not start in 0.5 s: killing it"))
    assert before <= {worker.pid for worker in workers(lasting)}
    assert lasting.get("/readyz") == 200
    flag.unlink()
    eventually(lambda: len(generations(lasting)) == 1 and not before & {each.pid for each in workers(lasting)})


def test_a_generation_that_is_killed_is_replaced_and_its_workers_leave(lasting: Server) -> None:
    old = workers(lasting)
    generations(lasting)[0].kill()
    eventually(lambda: not any(worker.is_running() for worker in old), "the orphans have gone")
    eventually(lambda: len(workers(lasting)) == 2 and lasting.get("/readyz") == 200)
    assert told(lasting, "all workers ended: starting others")


def test_a_launcher_that_is_killed_leaves_nobody_on_the_port(server: Server) -> None:
    everybody = psutil.Process(server.process.pid).children(recursive=True)
    server.process.kill()
    server.process.wait()
    eventually(lambda: free(server), "the port is free")
    eventually(lambda: not any(process.is_running() for process in everybody), "all have gone")


async def test_a_supervisor_that_signals_every_process_waits_for_no_drain(tmp_path: Path, redis: Redis) -> None:
    """systemd's way: workers hear SIGTERM themselves, and there is nowhere to move to. A drain would take an hour."""
    server = started(tmp_path, redis, "DRAIN_SECONDS = 3600.0")
    launcher = psutil.Process(server.process.pid)
    async with Site(server).talk("ana") as stays:
        await stays.hello()
        for process in [*launcher.children(recursive=True), launcher]:
            process.terminate()
        assert await asyncio.to_thread(server.process.wait, PATIENCE_SECONDS) == 0
    assert free(server)
    assert not told(server, "Traceback")


def test_asked_twice_it_ends_at_once(tmp_path: Path, redis: Redis) -> None:
    """Its workers do not answer; asked once, it would wait for them for an hour."""
    server = started(tmp_path, redis, "import widgetapp.serve\nwidgetapp.serve.END_SECONDS = 3600.0")
    everybody = psutil.Process(server.process.pid).children(recursive=True)
    for worker in workers(server):
        worker.suspend()
    server.process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(A_WISH_SECONDS)
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(PATIENCE_SECONDS) == 0
    eventually(lambda: not any(process.is_running() for process in everybody))
    assert free(server)


def test_workers_that_die_young_are_replaced(lasting: Server) -> None:
    """When each is due: tests/chaos/test_generation.py."""
    for name in ("1", "1", "1", "2"):
        old = lasting.worker_pid(name)
        os.kill(old, signal.SIGKILL)
        eventually(lambda name=name, old=old: lasting.worker_pid(name) != old)
    eventually(lambda: lasting.get("/readyz") == 200)


class Launched:
    """`manage.py serve` from its first moment on; `Server` waits until it is ready."""

    def __init__(self, directory: Path, spoil: Path) -> None:
        self.log = directory / "lasting.log"
        shutil.copy(seeded_database()[0], directory / "db.sqlite3")
        environment = {**environment_of(directory / "db.sqlite3"), "DJANGO_SETTINGS_MODULE": SETTINGS}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(free_port())],
                cwd=ROOT,
                env={**environment, "SPOILED_BY": str(spoil)},
                stdout=log,
                stderr=log,
            )


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_while_it_loads_it_ends(sign: signal.Signals, tmp_path: Path) -> None:
    launched = Launched(tmp_path, spoiled(tmp_path))
    eventually(lambda: psutil.Process(launched.process.pid).children(), "a generation")
    launched.process.send_signal(sign)
    assert launched.process.wait(PATIENCE_SECONDS) == 0
    said = launched.log.read_text()
    assert "Traceback" not in said
    assert "worker 1" not in said


def test_what_cannot_start_ends_with_a_status(tmp_path: Path) -> None:
    # Not the launcher, which loads them first.
    broken = "import sys\nif 'manage.py' not in sys.argv[0]: raise RuntimeError('spoiled')"
    launched = Launched(tmp_path, spoiled(tmp_path, broken))
    assert launched.process.wait(PATIENCE_SECONDS) == 3
    assert "the workers cannot start" in launched.log.read_text()
