"""A server that cannot serve says so at its start, and the production example starts where it says it does."""

import os
import secrets
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.edge.lines import Line, asked, head
from tests.edge.proxy import Proxy
from tests.servers import ROOT, Postgres, Redis, Server, environment_of, manage, seeded_database
from tests.waiting import PATIENCE_SECONDS

HOST = "widgets.example.org"
SECRET = secrets.token_urlsafe(50)


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def said_by(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.process
@pytest.mark.parametrize(
    "secret",
    [None, "", "short", example()["SECRET_KEY"], "django-insecure-" + SECRET, "ab" * 50],
    # Two processes that run the tests have to call them the same.
    ids=["missing", "empty", "short", "example", "insecure", "few characters"],
)
def test_v17_docs_4_a_secret_that_is_none_is_refused_at_the_start(secret: str | None, tmp_path: Path) -> None:
    """With none, `check` said nothing and the server answered every request with 500; the example's was taken."""
    environment = {**environment_of(tmp_path / "db.sqlite3"), "DEBUG": "false"}
    environment.pop("SECRET_KEY", None)
    if secret is not None:
        environment["SECRET_KEY"] = secret
    status, said = said_by(environment, "check")
    assert (status, "widgetapp.E005" in said, "SECRET_KEY" in said) == (1, True, True)
    status, said = said_by(environment, "serve", "--port", "0")
    assert (status, "widgetapp.E005" in said, "listening" in said) == (1, True, False)


@pytest.mark.process
@pytest.mark.parametrize(
    "command", [["serve", "--host", "0.0.0.0"], ["runserver", "[::]:0"], ["start", "--host", "::"]]
)
def test_v13_who_develops_does_not_listen_to_the_neighbours(command: list[str], tmp_path: Path) -> None:
    """Only `./run` asked. The demo's administrator has the password of the README, and a neighbour sends any host."""
    environment = {**environment_of(tmp_path / "db.sqlite3"), "DEBUG": "true"}
    status, said = said_by(environment, *command)
    assert (status, "DEBUG is on" in said, "istening" in said) == (1, True, False)


@pytest.mark.process
def test_docs_3_a_database_without_its_migrations_is_refused_at_the_start(tmp_path: Path) -> None:
    """It answered 503 "no such table", and no page mentioned the command."""
    environment = environment_of(tmp_path / "db.sqlite3")
    status, said = said_by(environment, "serve", "--port", "0")
    assert (status, "manage.py migrate" in said, "listening" in said) == (1, True, False)


@pytest.mark.process
def test_docs_3_readyz_says_what_is_missing_and_healthz_is_the_process(tmp_path: Path) -> None:
    """runserver starts, as Django's does, and says that migrations are to be applied."""
    running = Server(tmp_path, workers=0, redis=None)
    try:
        running.manage("migrate", "things", "zero", "-v0")
        ready = httpx.get(f"{running.url}/readyz", timeout=PATIENCE_SECONDS)
        assert (ready.status_code, ready.json()["database"]) == (503, "migrations")
        assert running.get("/healthz") == 200
    finally:
        running.stop()


@pytest.mark.process
def test_edge_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds sessions, and everybody on the machine could read it."""
    for path in (seeded_database()[0], tmp_path / "new.sqlite3"):
        if not path.exists():
            manage(environment_of(path), "check", "--database", "default")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.process
def test_docs_3_the_example_passes_the_deployment_check() -> None:
    environment = {**os.environ, **example(), "SECRET_KEY": SECRET}
    status, said = said_by(environment, "check", "--deploy", "--fail-level", "WARNING")
    assert status == 0, said


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory, redis: Redis, postgres: Postgres
) -> Iterator[tuple[Server, Proxy]]:
    """The production example, but for the secret, the ports of what it needs, and a name that is asked here."""
    own = {"SECRET_KEY": SECRET, "CACHE_URL": redis.url.replace("/0", "/1"), "ALLOWED_HOSTS": f"{HOST},127.0.0.1"}
    settings = {name: value for name, value in example().items() if name not in ("DATABASE_URL", "REDIS_URL")}
    running = Server(
        tmp_path_factory.mktemp("deployed"), workers=2, redis=redis, postgres=postgres, **{**settings, **own}
    )
    proxy = Proxy(running.port)
    yield running, proxy
    proxy.close()
    running.stop()
    assert "Traceback" not in running.log.read_text()


def test_docs_3_behind_a_proxy_on_the_same_host_nobody_is_sent_in_circles(deployed: tuple[Server, Proxy]) -> None:
    """Every page was 301 to itself for ever, /healthz too."""
    _, proxy = deployed
    url = f"http://127.0.0.1:{proxy.port}"
    with httpx.Client(base_url=url, headers={"Host": HOST}, timeout=PATIENCE_SECONDS) as web:
        page = web.get("/sign-in/")
        assert (page.status_code, page.headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
        assert {web.get(path).status_code for path in ("/api/", "/api/things/", "/healthz", "/readyz")} == {200}
        assert web.get("/").headers["Location"].startswith("/sign-in/")
        refused = web.post("/api/things/", content=b" " * 2_000_000)
        assert (refused.status_code, refused.headers["Strict-Transport-Security"]) == (413, "max-age=31536000")


def test_docs_3_health_is_asked_without_the_proxy(deployed: tuple[Server, Proxy]) -> None:
    server, _ = deployed
    for path in ("/healthz", "/readyz"):
        assert asked(server, head("GET", path, host=HOST)).status == 200
    told = asked(server, head("GET", "/", host=HOST))
    assert (told.status, told.headers["Location"]) == (301, f"https://{HOST}/")
    assert asked(server, head("GET", "/", "X-Forwarded-Proto: https", host=HOST), source="127.0.0.9").status == 301


def test_docs_3_streams_pass_the_proxy(deployed: tuple[Server, Proxy]) -> None:
    _, proxy = deployed
    behind = type("Behind", (), {"port": proxy.port})
    with Line(behind, "127.0.0.1") as line:  # type: ignore[arg-type]
        line.send(head("GET", "/_stream", "Accept: text/event-stream", host=HOST))
        said = b""
        while b"\n\n" not in said:
            said += line.socket.recv(4096)
    assert said[:12] == b"HTTP/1.1 200"
    assert b"strict-transport-security" in said.lower()
    assert b'"type":"welcome"' in said
