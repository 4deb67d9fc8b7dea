"""The parent of the workers by itself: what each short life leaves behind in it."""

import os
import socket
from pathlib import Path

import psutil
import pytest

from tests.servers import eventually
from widgetapp.generation import Generation
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
            eventually(lambda: generation._look() and not generation._children, what="the worker is reaped")
        assert psutil.Process().num_fds() == before
    ready.given()
    ready.forget()
    for end in generation._pipe:
        os.close(end)
