"""`./test quick` runs what needs no server, no browser and no process: all of that, and nothing else."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import needs
from tests.servers import ROOT


def listen() -> None:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))


def connect() -> None:
    with socket.socket() as line:
        line.connect(("127.0.0.1", 9))


def start_from_a_loop() -> None:
    asyncio.run(asyncio.create_subprocess_exec("true"))  # type: ignore[arg-type]


STARTS: list[Callable[[], Any]] = [
    lambda: subprocess.run(["true"]),
    lambda: os.system("true"),
    lambda: os.fork() or os._exit(0),
    start_from_a_loop,
    listen,
    connect,
]


@pytest.mark.parametrize("start", STARTS)
def test_a_test_that_is_not_marked_starts_nothing(start: Callable[[], Any]) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"without @pytest\.mark\.process"):
        start()


@pytest.mark.process
def test_a_test_that_is_marked_may() -> None:
    assert subprocess.run(["true"]).returncode == 0
    listen()


class Item:
    """As much of a collected test as is looked at."""

    def __init__(self, path: str, *fixtures: str, marked: str = "") -> None:
        self.path, self.fixturenames = needs.ROOT / path, fixtures
        self.names = {marked} if marked else set()

    def iter_markers(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in self.names]

    def add_marker(self, name: str) -> None:
        self.names.add(name)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item("things/test_undo.py", "thing", "ana", "db"), {"quick", "database"}),
        (Item("things/test_undo.py", marked="django_db"), {"quick", "database", "django_db"}),
        (Item("things/test_undo.py", marked="long"), {"long"}),
        (Item("things/test_undo.py", marked="process"), {"process"}),
        (Item("streaming/test_flow.py", "site", "server"), {"process"}),
        (Item("streaming/test_link.py", "line", "redis"), {"process"}),
        (Item("streaming/test_database.py", "postgres"), {"process"}),
        (Item("chaos/test_generation.py"), {"process"}),
        (Item("cost/test_text.py"), {"thorough"}),
        (Item("api/test_hostile.py", "db"), {"thorough", "database"}),
        (Item("browser/test_pages.py", "redis"), {"browser", "process"}),
    ],
)
def test_what_a_test_uses_marks_it(item: Item, expected: set[str]) -> None:
    needs.mark(item)  # type: ignore[arg-type]
    assert item.names == expected


@pytest.mark.parametrize(
    ("path", "expression", "expected"),
    [
        ("chaos/test_deploy.py", "quick", True),
        ("chaos", "quick", True),
        ("api/test_hostile.py", "quick", True),
        ("api/test_http.py", "quick", False),
        ("chaos/test_deploy.py", "not long and not browser", False),
    ],
)
def test_what_cannot_be_quick_is_not_read(path: str, expression: str, *, expected: bool) -> None:
    assert needs.left_out(needs.ROOT / path, expression) is expected


def collected(*arguments: str) -> set[Path]:
    """The files of which any test is selected."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    return {Path(line.partition("::")[0]) for line in told.splitlines() if "::" in line}


@pytest.mark.process
def test_markers_select() -> None:
    folders = ["tests/browser", "tests/chaos", "tests/things"]
    assert {path.parts[1] for path in collected("-m", "quick", *folders)} == {"things"}
    assert {path.parts[1] for path in collected("-m", "browser", *folders)} == {"browser"}
