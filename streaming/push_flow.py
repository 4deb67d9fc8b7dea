"""What goes out on one answer of HTTP push: the frames that all get, as events with the ids of this answer (E1).

A frame is made into an event once for all (F4). Where a log moved, the line with the id is put before the event, in the
same message: an answer that was cut between the two would lose what the id says was written.
"""

import asyncio
from collections.abc import Sequence

from streaming.asgi_types import Message
from streaming.close_codes import CloseCode
from streaming.errors import Refused
from streaming.fanout.outbox import Outbox
from streaming.fanout.prepared import PreparedFrame, joined
from streaming.flow import Flow
from streaming.places import ID_BYTES, Places


class ServerSentEvent:
    """A frame as this answer sends it. `id`: the place after this frame."""

    __slots__ = ("frame", "id", "size")

    def __init__(self, frame: PreparedFrame, id: str) -> None:
        self.frame, self.id, self.size = frame, id, frame.size + len(id)

    @property
    def message(self) -> Message:
        event = self.frame.event
        return event if not self.id else chunk(b"id: %b\n%b" % (self.id.encode(), event["body"]))


def joined_events(events: Sequence[ServerSentEvent]) -> ServerSentEvent:
    """All of them as one event, under the newest id."""
    id = next((event.id for event in reversed(events) if event.id), "")
    return ServerSentEvent(joined([event.frame for event in events]), id)


class EventOutbox(Outbox[ServerSentEvent]):
    __slots__ = ()
    join = staticmethod(joined_events)


class PushFlow(Flow):
    """Nobody answers pings here. What the server has taken counts as acknowledged; an answer is bounded."""

    outbox_class = EventOutbox
    places: Places

    async def room(self, window_bytes: int) -> None:
        """Wait until the server has taken what was sent, but for a page."""
        while self.waiting_bytes > window_bytes:  # noqa: ASYNC110 — the outbox tells nobody when it moves on
            await asyncio.sleep(0.05)

    def push(self, frame: PreparedFrame) -> None:
        event = ServerSentEvent(frame, self.places.news())
        if len(event.id) > ID_BYTES:
            self._end(
                Refused(CloseCode.PROTOCOL_ERROR, "too many logs for one answer: their positions take over 4 KiB")
            )
            return
        self.sent_bytes += event.size
        self._outbox.push(event)
        self.take_stock()

    def take_stock(self) -> None:
        self.acknowledged_bytes = self.sent_bytes - self.waiting_bytes

    def tick(self, now: float) -> None:
        if now >= self._next_ping:
            self.ping()
            self._pings.clear()


def chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}
