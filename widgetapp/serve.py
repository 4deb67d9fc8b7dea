"""The launcher: one listening socket, several worker processes, a restart for what dies, a drain on SIGTERM.

uvicorn's own signal handling closes every socket with 1012 at once; here the parent owns the signals and each
worker first tells its clients to go (D1).
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn

TCP_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)
PEER_SILENT_MILLISECONDS = 10_000
BACKLOG = 2048
GRACE_SECONDS = 10
BYE_SECONDS = 1.2
RESTART_SECONDS = 0.5
# Above the protocol's own limit, so that a frame too big is told with its code (F5).
WEBSOCKET_BYTES = 128 * 1024


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


class Launcher:
    """The parent. Signals only set a flag; the loop below acts on it."""

    def __init__(self, listening: socket.socket, workers: int) -> None:
        self._listening = listening
        self._stopping = False
        self._metrics = ""  # where all workers count
        self._names = [str(number) for number in range(1, workers + 1)]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> int:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self._stop)
        with tempfile.TemporaryDirectory(prefix="widgetapp-metrics.") as self._metrics:
            return self._supervise()

    def _supervise(self) -> int:
        for name in self._names:
            self._start(name)
        while not self._stopping:
            time.sleep(RESTART_SECONDS)
            for name, process in list(self._processes.items()):
                if process.poll() is not None and not self._stopping:
                    self._forget_metrics(process.pid)
                    print(f"worker {name} ended with {process.returncode}: starting another", flush=True)
                    self._start(name)
        return self._end()

    def _start(self, name: str) -> None:
        fd = self._listening.fileno()
        command = [sys.executable, "-m", "widgetapp.serve", str(fd)]
        environment = {**os.environ, "WIDGETAPP_WORKER": name, "PROMETHEUS_MULTIPROC_DIR": self._metrics}
        if len(self._names) == 1:
            environment.setdefault("DRAIN_SECONDS", "0")  # nowhere to move to
        self._processes[name] = subprocess.Popen(  # noqa: S603 — our own interpreter and module
            command, pass_fds=[fd], env=environment, start_new_session=True
        )
        print(f"worker {name} {self._processes[name].pid}", flush=True)

    def _forget_metrics(self, pid: int) -> None:
        """What a dead worker counted stays; what it measured as present does not."""
        for path in Path(self._metrics).glob(f"gauge_live*_{pid}.db"):
            path.unlink()

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _end(self) -> int:
        """All workers go. With `DRAIN_SECONDS` set there are other machines to move to."""
        sign = signal.SIGTERM if os.environ.get("DRAIN_SECONDS") else signal.SIGINT
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(sign)
        deadline = time.monotonic() + drain_seconds() + GRACE_SECONDS + 2
        for process in self._processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        return 0


class Worker(uvicorn.Server):
    """One process of the launcher. On SIGTERM it stops listening and asks its streams to move, then lets uvicorn
    finish; on SIGINT, when all workers go, there is nowhere to move to.
    """

    _leaving: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._leave, drain_seconds())
        loop.add_signal_handler(signal.SIGINT, self._leave, 0.0)
        yield

    def _leave(self, within_seconds: float) -> None:
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._drain(within_seconds))

    async def _drain(self, within_seconds: float) -> None:
        from streaming.fanout.hub import current_hub

        # The socket goes on listening in the other workers.
        for server in getattr(self, "servers", []):  # none yet while it starts
            server.close()
        await current_hub().drain(within_seconds)
        # Clients answer `bye` by closing; what has not gone by then is cut.
        await asyncio.sleep(BYE_SECONDS)
        self.should_exit = True


def drain_seconds() -> float:
    """How long a worker that is told to go lets its clients take to move."""
    from django.conf import settings

    return float(settings.DRAIN_SECONDS)


def work(arguments: Sequence[str]) -> None:
    """A worker's main: serve on the inherited socket."""
    from streaming.uvicorn_protocol import StreamProtocol

    # Until the server has its handlers, a signal just ends a process that serves nobody yet.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    listening = socket.socket(fileno=int(arguments[0]))
    config = uvicorn.Config(
        "widgetapp.asgi:application",
        log_config=None,
        access_log=False,
        server_header=False,
        ws=StreamProtocol,
        ws_max_size=WEBSOCKET_BYTES,
        ws_max_queue=16,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        ws_ping_timeout=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=False,
    )
    Worker(config).run(sockets=[listening])


if __name__ == "__main__":
    work(sys.argv[1:])
