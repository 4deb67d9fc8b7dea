"""The launcher: one listening socket for generations of workers. SIGHUP changes to the code and settings of now."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

TCP_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)
PEER_SILENT_MILLISECONDS = 10_000
BACKLOG = 2048
LOOK_SECONDS = 0.1
RESTART_SECONDS = 0.5
END_SECONDS = 15.0  # beyond the drain


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
        fd = listening.fileno()
        self._told, ready = os.pipe()
        os.set_blocking(self._told, False)
        self._process = subprocess.Popen(  # noqa: S603 — our own interpreter and module
            [sys.executable, "-m", "widgetapp.generation", str(fd), str(ready), *names],
            pass_fds=[fd, ready],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": metrics},
            start_new_session=True,
        )
        os.close(ready)

    def is_ready(self) -> bool | None:
        """Whether its workers were started; None while that is open."""
        try:
            return os.read(self._told, 1) != b""
        except BlockingIOError:
            return None

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def tell(self, sign: signal.Signals) -> None:
        self._process.send_signal(sign)

    def wait(self, seconds: float) -> None:
        try:
            self._process.wait(max(0.1, seconds))
        except subprocess.TimeoutExpired:
            self._process.kill()
        os.close(self._told)


class Launcher:
    """The parent of all. Signals only set a flag; the loop below acts on it."""

    def __init__(self, listening: socket.socket, workers: int) -> None:
        self._listening = listening
        self._names = [str(number) for number in range(1, workers + 1)]
        self._stopping = self._reloading = False
        self._next: Process | None = None
        self._leaving: list[Process] = []

    def run(self) -> int:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self._stop)
        signal.signal(signal.SIGHUP, self._reload)
        with tempfile.TemporaryDirectory(prefix="widgetapp-metrics.") as self._metrics:
            self._current = self._start()
            while not self._stopping:
                self._look()
                time.sleep(LOOK_SECONDS)
            self._end()
        return 0

    def _look(self) -> None:
        self._leaving = [process for process in self._leaving if not process.has_ended()]
        if self._current.has_ended():
            print("all workers ended: starting others", flush=True)
            time.sleep(RESTART_SECONDS)
            self._current = self._start()
        if self._reloading and self._next is None:
            self._reloading, self._next = False, self._start()
        if self._next is not None and (ready := self._next.is_ready()) is not None:
            self._change(self._next, ready)
            self._next = None

    def _change(self, new: Process, ready: bool) -> None:
        """To the new generation, if it could be loaded."""
        if not ready:
            print("reload failed: the workers of before go on", flush=True)
            return
        self._current.tell(signal.SIGTERM)  # which asks their clients to move to the new ones (D1)
        self._leaving.append(self._current)
        self._current = new

    def _start(self) -> Process:
        return Process(self._listening, self._names, self._metrics)

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _reload(self, *_: object) -> None:
        self._reloading = True

    def _end(self) -> None:
        """All workers go. With `DRAIN_SECONDS` set there are other machines to move to."""
        drain = os.environ.get("DRAIN_SECONDS")
        processes = [*self._leaving, self._current, *([self._next] if self._next else [])]
        for process in processes:
            process.tell(signal.SIGTERM if drain else signal.SIGINT)
        deadline = time.monotonic() + float(drain or 0) + END_SECONDS
        for process in processes:
            process.wait(deadline - time.monotonic())
