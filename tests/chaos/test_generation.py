"""The parent of the workers by itself: what each short life leaves behind in it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from tests.waiting import eventually
from widgetapp.generation import SHORTEST_LIFE_SECONDS, Generation
from widgetapp.word import Word

LIVES = 3


class ShortLived(Generation):
    def _work(self, word: Word) -> None:
        """Ends before it said that it serves."""


def test_a_worker_that_never_served_leaves_no_pipe_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    ready = Word()
    with socket.socket() as listening:
        generation = ShortLived(listening, ["1"], os.getppid(), ready.saying)
        generation._ready = None  # once all served
        before = psutil.Process().num_fds()
        for _ in range(LIVES):
            generation._due["1"] = 0.0
            generation._fork_who_is_due()
            assert generation._children
            eventually(lambda: generation._look() and not generation._children, "the worker is reaped")
        assert psutil.Process().num_fds() == before
    ready.given()
    ready.forget()
    for end in generation._pipe:
        os.close(end)


@pytest.fixture
def generation() -> Iterator[Generation]:
    ready = Word()
    with socket.socket() as listening:
        generation = ShortLived(listening, ["1", "2"], os.getppid(), ready.saying)
        yield generation
    ready.given()
    ready.forget()
    for end in generation._pipe:
        os.close(end)


def test_who_dies_young_is_replaced_at_once_and_waits_only_when_it_dies_young_again(generation: Generation) -> None:
    def lived(name: str, seconds: float) -> Any:
        return SimpleNamespace(name=name, age=seconds, began=1000.0)

    lives = [("1", 0.1), ("1", 0.1), ("2", 0.1), ("1", 0.1), ("1", SHORTEST_LIFE_SECONDS), ("1", 0.1)]
    due = [generation._when(lived(name, seconds)) for name, seconds in lives]
    again = 1000.0 + SHORTEST_LIFE_SECONDS
    assert due == [0.0, again, 0.0, again, 0.0, 0.0]
