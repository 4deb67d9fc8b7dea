"""A generation of workers: loads the application once and forks every worker from there.

A worker that dies is replaced within a tenth of a second, where loading everything again takes seconds of CPU; what was
loaded is shared memory. The launcher starts it: `python -m widgetapp.generation <launcher> <socket> <ready> <worker>…`.
"""

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence

from django.conf import settings
from django.db import connections

import widgetapp.asgi  # noqa: F401 — all that a worker needs is loaded here, before the first fork
from streaming.fanout.hub import MOVING_SECONDS
from widgetapp.child import SIGNS, Child, as_worker, forget_metrics
from widgetapp.health import database
from widgetapp.word import Word, say
from widgetapp.worker import BYE_SECONDS, GRACE_SECONDS, work

LOOK_SECONDS = 0.05
# A worker that dies at once again and again would else be forked as fast as the machine can.
SHORTEST_LIFE_SECONDS = 1.0
START_SECONDS = 30.0
CANNOT_SERVE = 1


class Generation:
    """The parent of the workers. Signals only set a flag; the loop below acts on it."""

    def __init__(self, listening: socket.socket, names: Sequence[str], launcher: int, ready: int) -> None:
        self._listening, self._launcher = listening, launcher
        self._ready: int | None = ready
        self._children: dict[int, Child] = {}
        self._due = dict.fromkeys(names, 0.0)  # whom to fork, and when
        self._short: set[str] = set()
        self._told: signal.Signals | None = None
        self._pipe = os.pipe()  # nobody writes: its end tells the workers that nobody supervises them
        self._drain_seconds = float(settings.DRAIN_SECONDS)
        if len(names) == 1 and "DRAIN_SECONDS" not in os.environ:
            self._drain_seconds = 0.0  # nowhere to move to

    def run(self) -> int:
        """Until told to end, or until a worker cannot even start the first time."""
        for sign in SIGNS:
            signal.signal(sign, self._tell)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNS)  # what came while loading comes now
        while self._told is None:
            self._fork_who_is_due()
            time.sleep(LOOK_SECONDS)
            if not self._look():
                self._told = signal.SIGINT
                self._end()
                return 1
        self._end()
        return 0

    def _tell(self, number: int, _: object) -> None:
        self._told = max(self._told or SIGNS[0], signal.Signals(number), key=SIGNS.index)

    def _look(self) -> bool:
        """After the children, and after the parent. False when this code cannot serve."""
        for child, status in self._reap():
            print(f"worker {child.name} ended with {status}: starting another", flush=True)
            if self._ready is not None and status > 0 and not child.word.said():
                return False
            child.word.forget()
            self._due[child.name] = self._when(child)
        for child in self._children.values():
            if child.word.said() is None and child.age > START_SECONDS:
                print(f"worker {child.name} did not start in {START_SECONDS:g} s: killing it", flush=True)
                child.tell(signal.SIGKILL)
        if self._ready is not None and not self._due and all(child.word.said() for child in self._children.values()):
            say(self._ready)
            self._ready = None
        if os.getppid() != self._launcher:
            self._told = signal.SIGINT
        return True

    def _when(self, ended: Child) -> float:
        """At once; after two short lives in a row not before the last would have been long enough."""
        again, short = ended.name in self._short, ended.age < SHORTEST_LIFE_SECONDS
        (self._short.add if short else self._short.discard)(ended.name)
        return ended.began + SHORTEST_LIFE_SECONDS if short and again else 0.0

    def _fork_who_is_due(self) -> None:
        for name in [name for name, due in self._due.items() if due <= time.monotonic()]:
            # A signal between the fork and the child's handlers would be kept by handlers that are not the child's.
            signal.pthread_sigmask(signal.SIG_BLOCK, SIGNS)
            try:
                if self._told is None:
                    self._fork(name)
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNS)

    def _fork(self, name: str) -> None:
        word = Word()
        pid = os.fork()
        if not pid:
            as_worker(name, lambda: self._work(word))
        word.given()
        del self._due[name]
        self._children[pid] = Child(name, pid, word)
        print(f"worker {name} {pid}", flush=True)

    def _work(self, word: Word) -> None:
        os.close(self._pipe[1])
        if self._ready is not None:
            os.close(self._ready)
        work(
            self._listening,
            parent=self._pipe[0],
            drain_seconds=self._drain_seconds,
            serving=lambda: say(word.saying),
        )

    def _reap(self) -> list[tuple[Child, int]]:
        """Each worker that has ended since the last look, and its status."""
        ended = []
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            if (child := self._children.pop(pid, None)) is not None:
                forget_metrics(pid)
                ended.append((child, os.waitstatus_to_exitcode(status)))
        return ended

    def _end(self) -> None:
        """A harder signal on the way is passed on, and shortens the time."""
        obeyed, deadline = None, 0.0
        while self._children and (obeyed is not self._told or time.monotonic() < deadline):
            if obeyed is not self._told:
                obeyed = self._told or signal.SIGINT
                drain = self._drain_seconds if obeyed is signal.SIGTERM else 0.0
                deadline = time.monotonic() + drain + MOVING_SECONDS + BYE_SECONDS + GRACE_SECONDS + 1
                if obeyed is signal.SIGQUIT:
                    break
                self._tell_all(obeyed)
            self._reap()
            time.sleep(LOOK_SECONDS)
        self._tell_all(signal.SIGKILL)

    def _tell_all(self, sign: signal.Signals) -> None:
        for child in self._children.values():
            child.tell(sign)


def main(arguments: Sequence[str]) -> int:
    # The terminal's hang-up and reload are the launcher's.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if database() == "migrations":
        print("the database lacks migrations: run  python manage.py migrate  first", flush=True)
        return CANNOT_SERVE
    connections.close_all()
    gc.collect()
    gc.freeze()  # else the first collection of each worker would touch, and so copy, every page
    launcher, listening, ready = map(int, arguments[:3])
    return Generation(socket.socket(fileno=listening), arguments[3:], launcher, ready).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
