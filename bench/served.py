"""What the benches of HTTP share: a server as `manage.py serve` runs it, of this checkout or another, on core 0, with a
person, their token and session; and callers that measure.

SQLite runs with synchronous FULL, PostgreSQL with fsync: as in production. CPU is the server's own, launcher and
worker: what PostgreSQL spends is not in it.
"""

import http.client
import json
import os
import secrets
import statistics
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.servers import Postgres, eventually, free_port

SECRET = secrets.token_urlsafe(50)
PERSON = """
import uuid
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.models import Token, User
from things import editing
from things.models import Via
user = User.objects.create_user("bench@example.org", None, name="Bench")
_, token = Token.objects.create(user, scopes=["read", "write"])
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
kind = {"kind": "shape", "place": {"parent": None, "x": 0, "y": 0}, "text": "Bench"}

def thing_of(title, thousands):
    thing = editing.create(user, {"title": title}, via=Via.COMMAND)
    for _ in range(thousands):
        added = [{"id": str(uuid.uuid4()), **kind} for _ in range(1000)]
        editing.perform(thing.pk, user, {"actions": [{"type": "add", "widgets": added}]}, via=Via.COMMAND)
    return thing.pk

"""
TELL = """
print("prepared", token, session.session_key, *made)
"""


class Caller:
    """One connection kept alive."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {**headers, "Content-Type": "application/json"}

    def close(self) -> None:
        """The next request opens it again."""
        self._line.close()

    def ask(
        self, path: str, body: dict[str, Any] | None = None, *, accept: str = "application/json"
    ) -> tuple[float, bytes]:
        """POST, or GET without a body: seconds until the whole answer was read, and the answer as it came."""
        encoded, began = json.dumps(body) if body is not None else None, time.perf_counter()
        headers = {**self._headers, "Accept": accept, "Accept-Encoding": "gzip"}
        self._line.request("GET" if body is None else "POST", path, encoded, headers)
        answer = self._line.getresponse()
        said = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{path}: {answer.status} {said[:300]!r}")
        return time.perf_counter() - began, said


def by_token(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def by_session(port: int, key: str) -> dict[str, str]:
    """As the editor asks."""
    secret = secrets.token_hex(16)
    cookies = {"Cookie": f"sessionid={key}; csrftoken={secret}", "X-CSRFToken": secret}
    return {**cookies, "Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}


class Measured:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.cpu_seconds = 0.0

    @property
    def cpu_ms(self) -> float:
        return self.cpu_seconds / len(self.seconds) * 1000

    def as_json(self) -> dict[str, float]:
        cuts = statistics.quantiles(self.seconds, n=100)
        told = {"cpu_ms": self.cpu_ms, "p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000}
        return {name: round(value, 2) for name, value in told.items()}


class Served:
    """A server that answers. `made`: what the preparation put into the list of that name."""

    def __init__(self, port: int, launcher: psutil.Process, token: str, session: str, made: list[str]) -> None:
        self.port, self.token, self.made = port, token, made
        self.by_token, self.by_session = by_token(token), by_session(port, session)
        self.processes = [launcher, *launcher.children(recursive=True)]

    def cpu(self) -> float:
        """Seconds, to the nanosecond: the times of a process are told in ticks of 10 ms."""
        tasks = (task for process in self.processes for task in Path(f"/proc/{process.pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


@contextmanager
def serving(root: Path, database: str, prepare: str) -> Iterator[Served]:
    """`prepare` is run in the shell of that checkout after PERSON, and puts what it tells into `made`."""
    port = free_port()
    environment = {
        **os.environ, "DATABASE_URL": database, "REDIS_URL": "", "DEBUG": "false",
        "HTTPS": "false", "SECRET_KEY": SECRET, "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR",
        "SQLITE_SYNCHRONOUS": "FULL", "DJANGO_SETTINGS_MODULE": "bench.write_settings", "PYTHONPATH": str(root),
        "ACTIONS_PER_MINUTE": "10000000", "ACTIONS_BURST": "10000000", "THINGS_PER_DAY": "10000000",
        "LOG_BYTES_PER_DAY": "1000000000000",
    }  # fmt: skip
    manage = [str(root / ".venv" / "bin" / "python"), "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=root, env=environment, check=True)
    shell = [*manage, "shell", "-v0", "-c", PERSON + prepare + TELL]
    said = subprocess.run(shell, cwd=root, env=environment, check=True, capture_output=True, text=True).stdout
    token, session, *made = next(line for line in said.splitlines() if line.startswith("prepared")).split()[1:]
    command = [*manage, "serve", "--workers", "1", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {0})
    )
    try:
        health = f"http://127.0.0.1:{port}/healthz"
        eventually(lambda: urllib.request.urlopen(health, timeout=1).status == 200, "the server")
        yield Served(port, psutil.Process(server.pid), token, session, made)
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def database(kind: str, directory: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{directory / f'{uuid.uuid4()}.sqlite3'}"
        return
    postgres = Postgres()
    try:
        yield postgres.url
    finally:
        postgres.remove()
