"""Another process of the application, as a command, an admin page or another worker would be; without a start each."""

import json
import subprocess
import sys
from typing import Any

from tests.servers import ROOT, Server
from tests.waiting import PATIENCE_SECONDS

LOOP = """
import json, sys, django
django.setup()
from uuid6 import uuid7
from accounts.models import *; from things import editing; from things.people import sharing
from things.models import *
for line in sys.stdin:
    result = None
    exec(json.loads(line), globals())
    print(json.dumps(result), flush=True)
"""


class Elsewhere:
    def __init__(self, server: Server) -> None:
        environment = {**server.environment, "DJANGO_SETTINGS_MODULE": "widgetapp.settings"}
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", LOOP]
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def run(self, code: str) -> Any:
        """What the statements leave in `result`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"failed elsewhere: {code}"
        return json.loads(answer)

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE_SECONDS)
        self._process.stdout.close()
