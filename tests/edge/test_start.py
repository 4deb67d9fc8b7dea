"""`./run` says what is wrong with what it was told, and a start that failed ends with a status."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases.test_doors_served import Run
from tests.servers import ROOT, environment_of
from tests.waiting import PATIENCE_SECONDS
from widgetapp.ports import free_port

pytestmark = pytest.mark.process


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) > port


@pytest.mark.parametrize(
    ("host", "told"),
    [("203.0.113.9", "no address of this machine"), ("no such host", "no address, nor a name")],
)
def test_a_host_that_cannot_be_served_is_told_as_that(host: str, told: str) -> None:
    """It was said that none of its ports were free."""
    with pytest.raises(SystemExit, match=told):
        free_port(host, 8000)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--port", "abc"], 2, "abc is no number"),
        (["--workers", "x"], 2, "x is no number"),
        (["--workers", "0"], 2, "0 is no number"),
        (["--admin", "nobody"], 2, "nobody is no e-mail address"),
        (["--host", "203.0.113.9"], 1, "no address of this machine"),
    ],
)
def test_what_cannot_start_says_why_and_has_a_status(
    arguments: list[str], status: int, told: str, tmp_path: Path
) -> None:
    """The status was 0: whoever started it took it for done."""
    script = (ROOT / "run").read_text().replace("ensure_python requirements.txt", f"python={sys.executable}")
    given = environment_of(tmp_path / "run.sqlite3")
    environment = {name: value for name, value in given.items() if name not in ("DEBUG", "DEMO")}
    ended = subprocess.run(
        ["sh", "-c", script, str(ROOT / "run"), *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert (ended.returncode, told in ended.stderr) == (status, True), ended


def test_without_a_demo_it_is_told_that_nobody_can_sign_in(tmp_path: Path) -> None:
    with Run(tmp_path, tmp_path / "run.sqlite3", "--no-demo") as run:
        assert "--admin EMAIL" in run.said
        assert "INFO daphne" not in run.said
    assert run.process.returncode == 0


def test_a_server_that_others_reach_starts_without_warnings(tmp_path: Path) -> None:
    with Run(tmp_path, tmp_path / "run.sqlite3", "--host", "127.0.0.2", STATIC_ROOT=str(tmp_path / "none")) as run:
        assert "Warning" not in run.said
