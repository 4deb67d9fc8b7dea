"""A generation of workers: loads the application once and forks every worker from there.

A worker that dies is replaced within a tenth of a second, where loading everything again takes seconds of CPU; what was
loaded is shared memory. `python -m widgetapp.generation <socket> <ready> <worker>…`, started by the launcher.
"""

import gc
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connections

import widgetapp.asgi  # noqa: F401 — all that a worker needs is loaded here, before the first fork
from widgetapp.worker import BYE_SECONDS, GRACE_SECONDS, work

LOOK_SECONDS = 0.05
# A worker that dies at once would else be forked as fast as the machine can.
SHORTEST_LIFE_SECONDS = 1.0


class Generation:
    """The parent of the workers. Signals only set a flag; the loop below acts on it."""

    def __init__(self, listening: socket.socket, names: Sequence[str]) -> None:
        self._listening, self._names = listening, names
        self._workers: dict[int, str] = {}
        self._started: dict[str, float] = {}
        self._told: signal.Signals | None = None
        self._pipe = os.pipe()  # nobody writes: its end tells the workers that nobody supervises them
        self._drain_seconds = float(settings.DRAIN_SECONDS)
        if len(names) == 1 and "DRAIN_SECONDS" not in os.environ:
            self._drain_seconds = 0.0  # nowhere to move to

    def run(self, ready: int) -> None:
        """Until told to end. Writes to `ready` when all workers were started."""
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self._tell)
        for name in self._names:
            self._fork(name)
        os.write(ready, b"r")
        os.close(ready)
        while self._told is None:
            time.sleep(LOOK_SECONDS)
            for name, status in self._ended():
                print(f"worker {name} ended with {status}: starting another", flush=True)
                time.sleep(max(0.0, self._started[name] + SHORTEST_LIFE_SECONDS - time.monotonic()))
                self._fork(name)
        self._end(self._told)

    def _tell(self, number: int, _: object) -> None:
        self._told = signal.Signals(number)

    def _fork(self, name: str) -> None:
        if self._told is not None:
            return
        self._started[name] = time.monotonic()
        pid = os.fork()
        if not pid:
            self._become(name)
        self._workers[pid] = name
        print(f"worker {name} {pid}", flush=True)

    def _become(self, name: str) -> None:
        """The child's whole life; never returns."""
        status = 1
        try:
            # Until the server has its handlers, a signal just ends a process that serves nobody yet.
            for sign in (signal.SIGTERM, signal.SIGINT):
                signal.signal(sign, signal.SIG_DFL)
            os.close(self._pipe[1])
            settings.WORKER = name
            work(self._listening, parent=self._pipe[0], drain_seconds=self._drain_seconds)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)  # what the parent meant to do at its own end is not the child's

    def _ended(self) -> list[tuple[str, int]]:
        """Name and status of each worker that has ended since the last look."""
        ended = []
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            forget_metrics(pid)
            ended.append((self._workers.pop(pid), os.waitstatus_to_exitcode(status)))
        return ended

    def _end(self, sign: signal.Signals) -> None:
        self._signal(sign)
        drain = self._drain_seconds if sign is signal.SIGTERM else 0.0
        deadline = time.monotonic() + drain + BYE_SECONDS + GRACE_SECONDS + 1
        while self._workers and time.monotonic() < deadline:
            self._ended()
            time.sleep(LOOK_SECONDS)
        self._signal(signal.SIGKILL)

    def _signal(self, sign: signal.Signals) -> None:
        for pid in self._workers:  # a child that ended keeps its number until it is waited for
            os.kill(pid, sign)


def forget_metrics(pid: int) -> None:
    """What a dead worker counted stays; what it measured as present does not."""
    for path in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob(f"gauge_live*_{pid}.db"):
        path.unlink()


def main(arguments: Sequence[str]) -> None:
    # The terminal's hang-up and reload are the launcher's.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    connections.close_all()
    gc.collect()
    gc.freeze()  # else the first collection of each worker would touch, and so copy, every page
    Generation(socket.socket(fileno=int(arguments[0])), arguments[2:]).run(int(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
