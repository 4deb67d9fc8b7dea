"""The launcher: one listening socket for generations of workers. SIGHUP changes to the code and settings of now."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from widgetapp.child import SIGNS
from widgetapp.word import Word

TCP_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)
PEER_SILENT_MILLISECONDS = 10_000
BACKLOG = 2048
LOOK_SECONDS = 0.1
RESTART_SECONDS = 0.5
LOAD_SECONDS = 60.0
END_SECONDS = 15.0  # beyond the drain
# Ctrl-C under a script is a signal from the terminal and one from the script.
ONE_WISH_SECONDS = 1.0
CANNOT_START = 3


def listen(host: str, port: int) -> socket.socket:
    """The socket all workers accept from. Peers that stop answering are shed by the kernel after 10 s."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if TCP_USER_TIMEOUT is not None:
        listening.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, PEER_SILENT_MILLISECONDS)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    listening.set_inheritable(True)
    return listening


class Process:
    """A generation of workers, with one interpreter that loaded everything once."""

    def __init__(self, listening: socket.socket, names: list[str], metrics: str) -> None:
        word, fd = Word(), listening.fileno()
        arguments = [os.getpid(), fd, word.saying, *names]
        # Inherited: what is signalled while it loads waits until it can obey.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNS)
        self._process = subprocess.Popen(  # noqa: S603 — our own interpreter and module
            [sys.executable, "-m", "widgetapp.generation", *map(str, arguments)],
            pass_fds=[fd, word.saying],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": metrics, "WEB_CONCURRENCY": str(len(names))},
            start_new_session=True,
        )
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNS)
        word.given()
        self._word, self._began = word, time.monotonic()

    def is_ready(self) -> bool | None:
        """Whether all its workers serve; None while that is open."""
        late = time.monotonic() - self._began > LOAD_SECONDS
        return False if (ready := self._word.said()) is None and late else ready

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def tell(self, sign: signal.Signals) -> None:
        self._process.send_signal(sign)

    def kill(self) -> None:
        """Its workers find out by themselves and leave."""
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        self._word.forget()


class Launcher:
    """The parent of all. Signals only set a flag; the loop below acts on it."""

    def __init__(self, listening: socket.socket, workers: int) -> None:
        self._listening = listening
        self._names = [str(number) for number in range(1, workers + 1)]
        self._stopping: float | None = None
        self._hurrying = self._reloading = self._served = False
        self._next: Process | None = None
        self._leaving: list[Process] = []

    def run(self) -> int:
        """The status to exit with."""
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self._stop)
        signal.signal(signal.SIGHUP, self._reload)
        with tempfile.TemporaryDirectory(prefix="widgetapp-metrics.") as self._metrics:
            self._current = self._start()
            status = None
            while self._stopping is None and status is None:
                time.sleep(LOOK_SECONDS)
                status = self._look()
            self._end()
        return status or 0

    def _look(self) -> int | None:
        """A status to end with, or None."""
        for process in [process for process in self._leaving if process.has_ended()]:
            process.forget()
            self._leaving.remove(process)
        self._served = self._served or bool(self._current.is_ready())
        if self._current.has_ended():
            if not self._served:
                print("the workers cannot start", flush=True)
                return CANNOT_START
            print("all workers ended: starting others", flush=True)
            self._current.forget()
            time.sleep(RESTART_SECONDS)
            self._current = self._start()
        if self._reloading and self._next is None:
            self._reloading, self._next = False, self._start()
        if self._next is not None and (ready := self._next.is_ready()) is not None:
            self._change(self._next, ready)
            self._next = None
        return None

    def _change(self, new: Process, ready: bool) -> None:
        """To the new generation, if all its workers serve."""
        if not ready:
            print("reload failed: the workers of before go on", flush=True)
            new.kill()
            new.forget()
            return
        self._current.tell(signal.SIGTERM)  # which asks their clients to move to the new ones (D1)
        self._leaving.append(self._current)
        self._current = new

    def _start(self) -> Process:
        return Process(self._listening, self._names, self._metrics)

    def _stop(self, *_: object) -> None:
        now = time.monotonic()
        self._stopping = self._stopping or now
        self._hurrying = now - self._stopping > ONE_WISH_SECONDS

    def _reload(self, *_: object) -> None:
        self._reloading = True

    def _end(self) -> None:
        """All workers go; asked again, at once. With `DRAIN_SECONDS` set there are other machines to move to."""
        drain = os.environ.get("DRAIN_SECONDS")
        processes = [*self._leaving, self._current, *([self._next] if self._next else [])]
        self._tell(processes, signal.SIGTERM if drain else signal.SIGINT)
        deadline = time.monotonic() + float(drain or 0) + END_SECONDS
        while not all(process.has_ended() for process in processes) and time.monotonic() < deadline:
            if self._hurrying:
                self._tell(processes, signal.SIGQUIT)
            time.sleep(LOOK_SECONDS)
        for process in processes:
            process.kill()

    def _tell(self, processes: list[Process], sign: signal.Signals) -> None:
        for process in processes:
            process.tell(sign)
