"""What a browser makes of the bytes of an event stream (HTML, 9.2.6): an event counts when its blank line has come, and
the last event id is that of the last event that counted.
"""

import json
from dataclasses import dataclass, field
from typing import Any

Log = tuple[str, str]


@dataclass
class EventSource:
    """`frames`: what was dispatched. A new answer begins with the id of before; what was not whole is thrown away."""

    last_event_id: str = ""
    frames: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    _rest: bytes = b""
    _data: list[str] = field(default_factory=list)
    _id: str = ""

    def __post_init__(self) -> None:
        self._id = self.last_event_id

    def feed(self, received: bytes) -> None:
        *lines, self._rest = (self._rest + received).split(b"\n")
        for line in lines:
            self._line(line.decode())

    def _line(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            self._dispatch()
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value

    def _dispatch(self) -> None:
        self.last_event_id = self._id
        if self._data:
            told = json.loads("\n".join(self._data))
            self.frames += told if isinstance(told, list) else [told]
            self.ids.append(self._id)
        self._data = []

    def offsets(self, service: str) -> list[int]:
        return [frame["offset"] for frame in self.frames if frame["type"] == "event" and frame["service"] == service]
