"""One socket: hello, frames both ways, pong, and three watches.

They are for the welcome, for silence (no frame within 2.5 ping intervals) and for the answer to a probe. A connection
ends once, and says how.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from widgetapp_stream.close_codes import LOST, Verdict, reason_of, verdict
from widgetapp_stream.environment import Environment
from widgetapp_stream.frames import Frame, frame_from, read_batch, write_frame
from widgetapp_stream.ledger import Ledger
from widgetapp_stream.timer import Timer

WELCOME_SECONDS = 15.0  # the server allows 10 s for hello and 5 s for a silent service (H1, H3)
PROBE_SECONDS = 2.0
SILENT_INTERVALS = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    code: int
    reason: str
    retry: Sequence[float] | None = None


class Connection:
    def __init__(
        self,
        environment: Environment,
        *,
        hello: Callable[[Connection, int], Frame],
        on_frame: Callable[[Connection, Frame], None],
        on_end: Callable[[Connection, End], None],
        when_taken: Callable[[Callable[[], None]], None],
    ) -> None:
        self.ledger = Ledger()
        self.welcomed = False
        self._environment = environment
        self._hello, self._on_frame, self._on_end = hello, on_frame, on_end
        self._when_taken = when_taken
        self._watch, self._probe = Timer(environment.timers), Timer(environment.timers)
        self._id = 0
        self._heard = self._silence = 0.0
        self._ended = self._open = False
        self._bye: Frame | None = None
        self._watch.set(WELCOME_SECONDS, lambda: self.lost("no welcome in time"))
        self._socket = environment.open_socket(self)

    def send(self, frame: Frame) -> None:
        if self._open and not self._ended:
            self._socket.send(write_frame(frame))

    def request(self, type: str, **rest: Any) -> int:
        """Sends a frame under an id of its own, and returns the id (F3)."""
        self._id += 1
        self.send({"type": type, "id": self._id, **rest})
        return self._id

    def probe(self) -> None:
        """Is anybody there? Any frame is an answer; without one within 2 s the socket is given up as half-open."""
        if self.welcomed and not self._probe.pending:
            self.request("subscribe", subscriptions=[])
            self._probe.set(PROBE_SECONDS, lambda: self.lost("no answer"))

    def lost(self, reason: str) -> None:
        self.closed(LOST, reason)

    def close(self) -> None:
        """Closes without another word to the owner."""
        self._ended = True
        self._release()

    # What the socket tells

    def opened(self) -> None:
        if not self._ended:
            self._open = True
            self._id += 1
            self.send({"type": "hello", "id": self._id, **self._hello(self, self._id)})

    def received(self, text: str | bytes, waited: float) -> None:
        if self._ended:
            return
        self._heard = self._environment.timers.now()
        self._probe.clear()
        try:
            batch = read_batch(text)
        except ValueError as error:
            self._environment.report(error)
            return
        for value in batch:
            if not self._ended:
                self._attempt(value, waited)

    def closed(self, code: int, reason: str) -> None:
        if self._ended:
            return
        self._ended = True
        self._release()
        bye = self._bye or {}
        code = bye.get("code", code)
        self._on_end(
            self, End(code=code, reason=bye.get("reason") or reason or reason_of(code), retry=bye.get("retry"))
        )

    def _attempt(self, value: Any, waited: float) -> None:
        """A frame that is not as it should be harms no other, and is reported."""
        try:
            self._take(frame_from(value), waited)
        except Exception as error:
            self._environment.report(error)

    def _take(self, frame: Frame, waited: float) -> None:
        kind = frame["type"]
        if kind == "bye":
            self._leave(frame)
            return
        if kind == "welcome":
            if self.welcomed:
                return
            self._welcome(frame)
        self._on_frame(self, frame)
        # After what came before it was applied: the pong is the acknowledgement (B1).
        if kind == "ping":
            self._when_taken(partial(self._pong, frame["n"], self._heard - waited))

    def _pong(self, n: int, came: float) -> None:
        self.send({"type": "pong", "n": n, "lag_ms": round((self._environment.timers.now() - came) * 1000)})

    def _welcome(self, frame: Frame) -> None:
        self.welcomed = True
        self._silence = SILENT_INTERVALS * frame["ping_interval"]
        self._listen()

    def _leave(self, bye: Frame) -> None:
        """On 43xx the old socket stays until the new one is there, or the server closes it."""
        self._bye = bye
        if verdict(bye["code"]) is Verdict.MOVE and self.welcomed:
            self._on_frame(self, bye)
        else:
            self.closed(bye["code"], "")

    def _listen(self) -> None:
        """One timer that looks again, not one per frame."""
        silent = self._environment.timers.now() - self._heard
        if silent >= self._silence:
            self.lost("no ping")
        else:
            self._watch.set(self._silence - silent, self._listen)

    def _release(self) -> None:
        self._watch.clear()
        self._probe.clear()
        self._socket.close(1000)
