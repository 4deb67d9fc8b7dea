"""An example as its user runs it: a process, ended by a signal; and a server that goes away and comes back."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable

from tests.servers import ROOT, Server
from tests.waiting import PATIENCE_SECONDS, eventually

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "clients/python"), "PYTHONUNBUFFERED": "1"}


class Example:
    """`out` and `err` are what it said so far."""

    def __init__(self, name: str, *arguments: str, token: str = "") -> None:
        command = [sys.executable, "-W", "error", str(ROOT / "examples" / f"{name}.py"), *arguments]
        pipe, environment = subprocess.PIPE, {**ENVIRONMENT, "WIDGETAPP_TOKEN": token}
        self.process = subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)
        self.out, self.err = list[str](), list[str]()
        pairs = ((self.process.stdout, self.out), (self.process.stderr, self.err))
        self._readers = [threading.Thread(target=_read, args=pair) for pair in pairs]
        for reader in self._readers:
            reader.start()

    def said(self, text: str) -> None:
        eventually(lambda: any(text in line for line in (*self.out, *self.err)), f"{text}: {self.out} {self.err}")

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        """Its exit code; it left no traceback."""
        try:
            code = self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.kill()
            for reader in self._readers:
                reader.join()
            for pipe_end in (self.process.stdout, self.process.stderr):
                assert pipe_end is not None
                pipe_end.close()
        assert "Traceback" not in "".join(self.err), "".join(self.err)
        return code


def _read(pipe_end: Iterable[str], lines: list[str]) -> None:
    lines.extend(line.rstrip("\n") for line in pipe_end)


def restart(server: Server) -> None:
    """On the same port and database."""
    server.stop()
    with server.log.open("ab") as log:
        server.process = subprocess.Popen(server.process.args, cwd=ROOT, env=server.environment, stdout=log, stderr=log)
    eventually(lambda: server.get("/readyz") == 200, "the server is back")
