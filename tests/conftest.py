"""Fixtures that every test may use."""

import gc
import signal
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck, settings
from widgetapp_stream import connection as client
from widgetapp_stream.frames import frame_from

from accounts.models import User
from tests import needs
from tests.servers import Postgres, Redis, Server, shared_directory
from tests.streaming.documented import require_documented
from tests.waiting import PATIENCE_SECONDS
from things import editing
from things.models import Membership, Role, Thing, Via
from widgetapp.rates import BUCKETS

MakeUser = Callable[..., User]
HEARD_OF_A_TYPE = 200
# Ten times what one wait may take.
HANGS_SECONDS = int(10 * PATIENCE_SECONDS)
LOG_CHARACTERS = 5000
END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
guard = needs.Guard()
# How long an example takes is the machine's business.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure() -> None:
    shared_directory()  # before pytest starts processes of its own
    # A shell lets what it starts in the background ignore Ctrl-C, and so would every process that is tested.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return needs.left_out(collection_path, config.option.markexpr) or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        needs.mark(item)


def pytest_collection_finish() -> None:
    gc.freeze()  # what was imported stays: the collector need not look through it again and again


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with guard.over(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with guard.over(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure is told with what the test's server said: on another machine there is nothing else to go by."""
    report = yield
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and isinstance(server, Server):
        report.sections.append(("the end of the server's log", server.log.read_text()[-LOG_CHARACTERS:]))
    return report


@pytest.fixture(autouse=True)
def hangs_not(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that waits for what never comes fails, where it waits, instead of holding up all others."""
    if request.node.get_closest_marker("long") is not None:
        yield
        return

    def never(*_: object) -> None:
        raise TimeoutError(f"{request.node.name} waited for {HANGS_SECONDS} s")

    before = signal.signal(signal.SIGALRM, never)
    signal.alarm(HANGS_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL drops no database that somebody is connected to: threads of executors keep their connections."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(END_OTHERS)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """The real hasher takes a third of a second by design."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def make_user(db: None) -> MakeUser:
    def make(name: str, **fields: object) -> User:
        return User.objects.create_user(f"{name.lower()}@example.org", "draw together", name=name, **fields)

    return make


@pytest.fixture
def ana(make_user: MakeUser) -> User:
    return make_user("Ana", color=1)


@pytest.fixture
def jonas(make_user: MakeUser) -> User:
    return make_user("Jonas", color=2)


@pytest.fixture
def thing(ana: User, jonas: User) -> Thing:
    """Ana's, with Jonas as editor, at revision 1."""
    thing = editing.create(ana, {"title": "Harbour pool"}, via=Via.EDITOR)
    Membership.objects.create(thing=thing, user=jonas, role=Role.EDITOR)
    return thing


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Throttles remember across tests otherwise."""
    cache.clear()
    BUCKETS.clear()


@pytest.fixture(autouse=True)
def heard_is_documented(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the Python client hears from a real server is checked against the AsyncAPI document: of a crowd of frames of
    one type the first ones.
    """
    heard, wrong = Counter[str](), list[str]()

    def checked(value: Any) -> Any:
        frame = frame_from(value)
        heard[frame["type"]] += 1
        if heard[frame["type"]] <= HEARD_OF_A_TYPE:
            try:
                require_documented(frame)
            except (AssertionError, jsonschema.ValidationError) as error:
                wrong.append(f"{frame}: {error}"[:1000])
        return frame

    if "server" in request.fixturenames:
        monkeypatch.setattr(client, "frame_from", checked)
    yield
    assert wrong == []


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    running = Redis()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    running = Postgres()
    yield running
    running.remove()
