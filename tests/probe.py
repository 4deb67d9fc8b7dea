"""A well-behaved client in a process of its own: it edits a Thing steadily and sees its own changes come back.

Its figures say what others on the same worker notice while somebody misbehaves. A delay is from before the request to
the event, so it covers HTTP, the write, the hub and the socket.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from typing import Any

import httpx

from tests.servers import ROOT, Server
from tests.sockets import TEXT, connected, parts_of
from tests.waiting import PATIENCE_SECONDS, eventually

EDITS_PER_SECOND = 20


class Probe:
    """Started and asked by a test."""

    def __init__(self, server: Server, thing: str, name: str = "ana") -> None:
        command = [sys.executable, "-m", "tests.probe", server.url, server.token(name), thing]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        self._line()

    def figures(self) -> dict[str, Any]:
        """Since they were asked for before."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._line()

    def figures_of_more(self) -> dict[str, Any]:
        """Once a change of its own has come back."""
        told: list[dict[str, Any]] = []
        eventually(lambda: told.append(self.figures()) or told[-1]["events"], "a change of the probe comes back")
        return told[-1]

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE_SECONDS)
        self._process.stdout.close()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


class Editing:
    def __init__(self, url: str, token: str, thing: str) -> None:
        self.url, self.token, self.thing = url, token, thing
        self.asked: dict[str, float] = {}
        self.delays: list[float] = []
        self.offsets: list[int] = []
        self.number = 0
        self.welcomed = asyncio.Event()

    async def run(self) -> None:
        bearer = ("Authorization", f"Bearer {self.token}")
        self.wire = await connected(self.url, [bearer], self._read)
        topics = [{"service": "things", "topic": self.thing}]
        self.wire.send({"type": "hello", "id": 1, "version": 1, "subscriptions": topics})
        await asyncio.wait_for(self.welcomed.wait(), PATIENCE_SECONDS)
        async with httpx.AsyncClient(base_url=self.url, headers=dict([bearer]), timeout=PATIENCE_SECONDS) as http:
            while True:
                began = time.monotonic()
                await self._edit(http)
                await asyncio.sleep(max(0.0, 1 / EDITS_PER_SECOND - (time.monotonic() - began)))

    async def _edit(self, http: httpx.AsyncClient) -> None:
        self.number += 1
        title = f"probe {self.number}"
        self.asked[title] = time.monotonic()
        answer = await http.post(f"/api/things/{self.thing}/actions/rename/", json={"title": title})
        answer.raise_for_status()

    def _read(self, opcode: int, payload: bytes) -> None:
        for part in parts_of(payload) if opcode == TEXT else ():
            message = json.loads(part)
            if message["type"] == "welcome":
                self.welcomed.set()
            elif message["type"] == "ping":
                self.wire.send({"type": "pong", "n": message["n"]})
            elif message["type"] == "event":
                self._event(message)

    def _event(self, event: dict[str, Any]) -> None:
        self.offsets.append(event["offset"])
        for title in [title for title in self.asked if title in json.dumps(event["data"])]:
            self.delays.append(time.monotonic() - self.asked.pop(title))

    def figures(self) -> dict[str, Any]:
        delays, self.delays = sorted(self.delays), []
        gaps = sum(later != one + 1 for one, later in zip(self.offsets, self.offsets[1:], strict=False))
        closed = self.wire.ended.done()
        waiting = max((time.monotonic() - asked for asked in self.asked.values()), default=0.0)
        told = {"events": len(delays), "gaps": gaps, "closed": closed, "oldest_waits_ms": round(waiting * 1000)}
        if len(delays) < 2:
            return told
        cuts = statistics.quantiles(delays, n=100, method="inclusive")
        return {**told, **{f"p{n}_ms": round(cuts[n - 1] * 1000, 1) for n in (50, 99)}}


async def main(url: str, token: str, thing: str) -> None:
    editing = Editing(url, token, thing)
    running = asyncio.ensure_future(editing.run())
    waiting = asyncio.ensure_future(editing.welcomed.wait())
    await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    print(json.dumps({"ready": True}), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        if running.done():
            running.result()
        print(json.dumps(editing.figures()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
