"""What goes out on one connection, and how much of it the client has acknowledged: flow control and heartbeat (B1, B2).

A `pong` acknowledges everything sent before its ping, so this works alike on every ASGI server, also on one whose
`send` never waits.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streaming.asgi_types import Send
from streaming.close_codes import CloseCode
from streaming.errors import Refused
from streaming.fanout.outbox import Outbox
from streaming.fanout.prepared import PreparedFrame
from streaming.protocol import Head, Ping, ServerFrame, encode

PING_SECONDS = 25.0
PING_BYTES = 32 * 1024
PONG_SECONDS = 10.0
PONG_SECONDS_OUTSTANDING = 15.0
OUTSTANDING_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenPing:
    """A ping that was not answered yet. `sent_bytes`: by the connection, up to and with it; `at`: monotonic seconds."""

    sent_bytes: int
    at: float


class Line:
    """A way past the server's `send`, where it has one: while `open` is true, `write` takes whole WebSocket frames."""

    __slots__ = ("open", "write")

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write, self.open = write, True


class Flow:
    """`heads` is called at every ping, for the heads that it tells (R5); `end` when the connection has to be closed.

    Where the server offers a line, a prepared frame is written to it directly, unless earlier ones still wait in the
    outbox.
    """

    __slots__ = (
        "_end", "_heads", "_line", "_next_ping", "_number", "_outbox", "_ping_over_bytes", "_pings", "_waiting",
        "acknowledged_bytes", "sent_bytes",
    )  # fmt: skip

    outbox_class: type[Outbox[Any]] = Outbox

    def __init__(
        self,
        send: Send,
        heads: Callable[[], list[Head]],
        end: Callable[[Refused], None],
        line: Line | None = None,
    ) -> None:
        self._outbox = self.outbox_class(send, lambda: end(Refused(CloseCode.TOO_SLOW)))
        self._line = line or NO_LINE
        self._heads, self._end = heads, end
        self._pings: dict[int, OpenPing] = {}
        self._number = 0
        self.sent_bytes = self.acknowledged_bytes = 0
        self._ping_over_bytes = PING_BYTES
        self._waiting: asyncio.Future[None] | None = None  # made when needed: an asyncio.Event takes 700 bytes
        # The first one is spread, so that a thousand that connected together are not pinged together.
        self._next_ping = time.monotonic() + PING_SECONDS * random.random()

    @property
    def outstanding_bytes(self) -> int:
        """Sent, or waiting to be, and not acknowledged by a pong."""
        return self.sent_bytes - self.acknowledged_bytes

    @property
    def waiting_bytes(self) -> int:
        return self._outbox.waiting_bytes

    def push(self, frame: PreparedFrame) -> None:
        self.sent_bytes += frame.size
        line, outbox = self._line, self._outbox
        if line.open and outbox.task is None:
            line.write(frame.websocket)
        else:
            outbox.push(frame)
        if self.sent_bytes > self._ping_over_bytes:
            self.ping()

    def send(self, frame: ServerFrame) -> None:
        self.push(PreparedFrame(encode(frame)))

    def ping(self) -> None:
        self._number += 1
        frame = PreparedFrame(encode(Ping(n=self._number, heads=self._heads())))
        now, sent_bytes = time.monotonic(), self.sent_bytes + frame.size
        self._ping_over_bytes = sent_bytes + PING_BYTES
        self._pings[self._number] = OpenPing(sent_bytes, now)
        self._next_ping = now + PING_SECONDS * random.uniform(0.8, 1.2)
        self.push(frame)

    def acknowledge(self, n: int) -> bool:
        """A pong: everything sent before that ping has been read. False when no such ping is open."""
        if n not in self._pings:
            return False
        self.acknowledged_bytes = max(self.acknowledged_bytes, self._pings[n].sent_bytes)
        for number in [number for number in self._pings if number <= n]:
            del self._pings[number]
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        return True

    async def room(self, window_bytes: int) -> None:
        """Wait until at most `window_bytes` are unacknowledged. Only one task may wait at a time."""
        while self.outstanding_bytes > window_bytes:
            if self.sent_bytes > self._ping_over_bytes - PING_BYTES:
                self.ping()
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting

    def tick(self, now: float) -> None:
        """About once a second: ping when it is time, and end the connection if it does not answer."""
        if self._pings and (refused := self._overdue(next(iter(self._pings.values())), now)) is not None:
            self._end(refused)
        elif self.outstanding_bytes > OUTSTANDING_BYTES:
            self._end(Refused(CloseCode.TOO_SLOW))
        elif now >= self._next_ping:
            self.ping()

    def _overdue(self, oldest: OpenPing, now: float) -> Refused | None:
        """If nothing was sent since the ping, and little before it, the peer is gone. While data is on its way the peer
        may only be slow, and has longer to answer.
        """
        idle = oldest.sent_bytes == self.sent_bytes and self.outstanding_bytes <= PING_BYTES
        if now - oldest.at <= (PONG_SECONDS if idle else PONG_SECONDS_OUTSTANDING):
            return None
        return Refused(CloseCode.NO_PONG if idle else CloseCode.TOO_SLOW)

    def close(self) -> None:
        self._line = NO_LINE
        self._outbox.close()


NO_LINE = Line(len)
NO_LINE.open = False
