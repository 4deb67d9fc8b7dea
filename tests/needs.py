"""What a test needs besides Python, as markers, so that `./test quick` leaves out what it must and nothing else.

Fixtures and folders tell most; a test that starts a process by itself says so with `@pytest.mark.process`. None can be
forgotten: a test without that marker that starts a process or opens a socket to the network fails.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
OF_FOLDER = {"browser": "browser", "chaos": "process", "cost": "thorough", "paths": "thorough"}
# Others that try very much, each a matter of many seconds.
OF_FILE = dict.fromkeys(
    ("test_conforming.py", "test_hostile.py", "test_rights_matrix.py", "test_text_and_drawing.py"), "thorough"
)
OF_FIXTURE = {"redis": "process", "postgres": "process", "server": "process", "chromium": "browser"}
DATABASE = {"db", "transactional_db"}
SLOW = {"process", "browser", "long", "thorough"}
STARTS = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec", "os.system"}
REACHES = {"socket.bind", "socket.connect"}


def mark(item: pytest.Item) -> None:
    """Adds what its folder and its fixtures tell; `quick` where nothing stands against it."""
    fixtures = set(getattr(item, "fixturenames", ()))
    needs = {OF_FILE.get(item.path.name), *map(OF_FOLDER.get, item.path.relative_to(ROOT).parts)}
    needs |= {OF_FIXTURE.get(name) for name in fixtures}
    if fixtures & DATABASE or "django_db" in {marker.name for marker in item.iter_markers()}:
        needs.add("database")
    for name in filter(None, needs):
        item.add_marker(name)
    if not SLOW & {marker.name for marker in item.iter_markers()}:
        item.add_marker("quick")


def left_out(path: Path, expression: str) -> bool:
    """Whether no test below `path` can be quick where only those are wanted: then it is not even read."""
    parts = path.relative_to(ROOT).parts if path.is_relative_to(ROOT) else ()
    return expression == "quick" and bool(SLOW & {OF_FILE.get(path.name), *map(OF_FOLDER.get, parts)})


class Guard:
    """Told of every process and socket by the interpreter; refuses them to tests that are not marked."""

    def __init__(self) -> None:
        self._watching = False
        sys.addaudithook(self._heard)  # for good: there is no way to take it away

    @contextmanager
    def over(self, item: pytest.Item) -> Iterator[None]:
        self._watching = not {"process", "browser"} & {marker.name for marker in item.iter_markers()}
        try:
            yield
        finally:
            self._watching = False

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._watching and (event in STARTS or (event in REACHES and isinstance(arguments[1], tuple))):
            pytest.fail(f"{event} in a test without @pytest.mark.process: {arguments[:2]}")
