"""Real processes for tests: Redis, and WidgetApp under its own launcher. Each on a free port, each ended by its pid."""

import atexit
import fcntl
import functools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS, eventually

ROOT = Path(__file__).resolve().parent.parent
SHARED = "WIDGETAPP_TESTS_DIRECTORY"
# A busy machine is not taken for a dead client, a broken database or a broken Redis: a test about those says so.
PATIENT = {
    "streaming.accept.HELLO_SECONDS": PATIENCE_SECONDS,
    "streaming.fanout.rights.READERS_SECONDS": PATIENCE_SECONDS,
    "streaming.fanout.layer.CALL_SECONDS": PATIENCE_SECONDS,
    "streaming.fanout.layer.REBUILD_SECONDS": PATIENCE_SECONDS,
    "streaming.fanout.people.RIGHTS_SECONDS": PATIENCE_SECONDS,
    "streaming.fanout.publisher.SEND_SECONDS": PATIENCE_SECONDS,
    "streaming.flow.PONG_SECONDS": PATIENCE_SECONDS,
    "streaming.flow.PONG_SECONDS_OUTSTANDING": PATIENCE_SECONDS,
    "streaming.subscribing.SERVICE_SECONDS": PATIENCE_SECONDS,
}


def free_port() -> int:
    """Below those that the kernel gives to clients, any of which may take it before the server does."""
    while True:
        port = random.SystemRandom().randrange(10_240, 32_768)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Redis:
    """A throwaway redis-server that forgets everything when it is killed."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        binary = shutil.which("redis-server")
        assert binary, "redis-server is not installed"
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(self._answers, "redis answers")

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


class Postgres:
    """A throwaway PostgreSQL that keeps its word: fsync is on. As root it runs as the user `postgres`."""

    def __init__(self) -> None:
        bins = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path(shutil.which("initdb") or "initdb").parent]
        self.port, self._bin = free_port(), bins[-1]
        self.directory = Path(tempfile.mkdtemp(prefix="widgetapp-postgres."))
        if os.getuid() == 0:
            shutil.chown(self.directory, "postgres")
        self.url = f"postgres://widgetapp@127.0.0.1:{self.port}/postgres"
        data = str(self.directory / "data")
        self._call("initdb", "-D", data, "-U", "widgetapp", "-A", "trust", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
        self._control("start", "-w", "-l", str(self.directory / "log"), "-o", options)

    def stop(self) -> None:
        """As in a crash: nobody is waited for."""
        self._control("stop", "-m", "immediate")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.directory)

    def _control(self, *arguments: str) -> None:
        self._call("pg_ctl", "-s", "-D", str(self.directory / "data"), *arguments)

    def _call(self, program: str, *arguments: str) -> None:
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*as_postgres, str(self._bin / program), *arguments]
        # Not captured: the server would inherit the pipe and hold it open.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.directory)


def environment_of(database: Path, redis_url: str = "") -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{database}",
        "REDIS_URL": redis_url,
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "default",
    }


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What the command said."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def shared_directory() -> Path:
    """One for this process and those it starts, as the processes of one test run; whoever made it removes it."""
    if SHARED not in os.environ:
        os.environ[SHARED] = tempfile.mkdtemp(prefix="widgetapp-tests.")
        atexit.register(shutil.rmtree, os.environ[SHARED])
    return Path(os.environ[SHARED])


@functools.cache
def seeded_database() -> tuple[Path, str]:
    """A database with the demo in it and what `demo` said, made once a test run: every server gets a copy."""
    database, said = shared_directory() / "demo.sqlite3", shared_directory() / "demo.txt"
    with (shared_directory() / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            environment = environment_of(database)
            manage(environment, "migrate", "-v0")
            said.write_text(manage(environment, "demo"))
    return database, said.read_text()


class Server:
    """WidgetApp on a database of its own, with the demo in it: `manage.py serve`, or without workers daphne's
    `runserver`, the two that `./run` starts. `altered`: constants of its modules, by dotted path; {} is the product.
    """

    def __init__(
        self,
        directory: Path,
        *,
        workers: int,
        redis: Redis | None,
        postgres: Postgres | None = None,
        altered: Mapping[str, float] = PATIENT,
        **settings: str,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = directory / "server.log"
        patient = {"WRITE_QUEUE_SECONDS": str(int(PATIENCE_SECONDS))} if altered is PATIENT else {}
        made = {"DJANGO_SETTINGS_MODULE": "tests.altered.settings", "ALTERED": json.dumps(altered)}
        settings = {**made, **patient, **settings}
        self.environment = {**environment_of(directory / "server.sqlite3", redis.url if redis else ""), **settings}
        if postgres is None:
            seeded, self.demo = seeded_database()
            shutil.copy(seeded, directory / "server.sqlite3")
        else:
            self.environment["DATABASE_URL"] = postgres.url
            self.manage("migrate", "-v0")
            self.demo = self.manage("demo")
        with self.log.open("wb") as log:
            serve = ["serve", "--workers", str(workers), "--port", str(self.port)]
            arguments = serve if workers else ["runserver", "--noreload", f"127.0.0.1:{self.port}"]
            command = [sys.executable, "manage.py", *arguments]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        eventually(self._is_ready, "the server is ready")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return self.get("/readyz") == 200

    def manage(self, *arguments: str) -> str:
        return manage(self.environment, *arguments)

    def get(self, path: str) -> int:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE_SECONDS) as answer:
            return int(answer.status)

    def token(self, name: str) -> str:
        return next(line.split()[2] for line in self.demo.splitlines() if line.startswith(f"token {name} "))

    def worker_pid(self, name: str) -> int:
        """The newest process of that name."""
        lines = [line.split() for line in self.log.read_text().splitlines() if line.startswith(f"worker {name} ")]
        return int([words[2] for words in lines if words[2].isdigit()][-1])

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
