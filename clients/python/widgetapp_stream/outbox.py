"""Messages of all state topics of a connection, one topic after the other, at most 30 a second in all (B4, T2)."""

from typing import Any

from widgetapp_stream.connection import Connection
from widgetapp_stream.environment import Timers
from widgetapp_stream.frames import Frame
from widgetapp_stream.state import State
from widgetapp_stream.timer import Timer
from widgetapp_stream.topic import PASSING

APART_SECONDS = 0.034
REMEMBERED = 64


class Outbox:
    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._timer = Timer(timers)
        self._queue: dict[State, None] = {}
        self._sent: dict[int, tuple[State, dict[str, Any]]] = {}  # only errors are answered
        self._connection: Connection | None = None
        self._free = 0.0

    def connect(self, connection: Connection | None) -> None:
        self._connection = connection
        self._sent.clear()
        if connection is None:
            self._timer.clear()

    def add(self, state: State) -> None:
        self._queue[state] = None
        if not self._timer.pending:
            self._flush()

    def failed(self, error: Frame) -> bool:
        """Whether this error was about a message of ours that will be said again."""
        lost = self._sent.pop(error.get("id", 0), None)
        if lost is None:
            return False
        if error["code"] not in PASSING:
            lost[0].disown(lost[1])
            return False
        self._free = max(self._free, self._timers.now() + (error.get("retry_after") or 1.0))
        lost[0].put_back(lost[1])
        return True

    def _flush(self) -> None:
        for state in list(self._queue):
            wait = self._free - self._timers.now()
            if wait > 0:
                self._timer.set(wait, self._flush)
                return
            del self._queue[state]
            self._send(state)

    def _send(self, state: State) -> None:
        data = state.take() if self._connection else None
        if not data or not self._connection:
            return
        id = self._connection.request("message", service=state.service, topic=state.topic, data=data)
        self._sent[id] = (state, data)
        if len(self._sent) > REMEMBERED:
            del self._sent[next(iter(self._sent))]
        self._free = self._timers.now() + APART_SECONDS
