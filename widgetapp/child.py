"""A forked worker, from both sides of the fork."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from widgetapp.word import Word

# Each is harder than the one before: drain, say good-bye, be gone.
SIGNS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Child:
    """A forked worker, as its parent sees it."""

    def __init__(self, name: str, pid: int, word: Word) -> None:
        self.name, self.pid, self.word = name, pid, word
        self.began = time.monotonic()

    @property
    def age(self) -> float:
        return time.monotonic() - self.began

    def tell(self, sign: signal.Signals) -> None:
        """One that does not serve yet has nothing to end. Safe: a child that ended keeps its number until reaped."""
        os.kill(self.pid, sign if self.word.said() else signal.SIGKILL)


def as_worker(name: str, life: Callable[[], None]) -> None:
    """The child's whole life; never returns."""
    status = 1
    try:
        # Until the server has its handlers, a signal just ends a process that serves nobody yet.
        for sign in SIGNS:
            signal.signal(sign, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNS)
        settings.WORKER = name
        life()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # what the parent meant to do at its own end is not the child's


def forget_metrics(pid: int) -> None:
    """What a dead worker counted stays; what it measured as present does not."""
    for path in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob(f"gauge_live*_{pid}.db"):
        path.unlink()
