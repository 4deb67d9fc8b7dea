"""The frames of the wire, and how they are read and written (F1, F2). They stay plain JSON: what is unknown is kept."""

import json
from typing import Any, NamedTuple

VERSION = 1
SUBPROTOCOL = "widgetapp.stream.v1"

SUBSCRIPTIONS = 200
"""How many topics a connection may hold until `welcome` tells it."""

Frame = dict[str, Any]
Key = tuple[str, str]


class Position(NamedTuple):
    """Where in a log: the epoch names the history, the offset the newest event applied."""

    epoch: str
    offset: int

    def as_json(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "offset": self.offset}


def position_from_json(value: Any) -> Position:
    return Position(value["epoch"], value["offset"])


def read_batch(text: str | bytes) -> list[Any]:
    """What stands in one text frame: one value, or a batch to be read in order (F1). Raises ValueError."""
    value = json.loads(text)
    return value if isinstance(value, list) else [value]


def frame_from(value: Any) -> Frame:
    """Raises ValueError."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise ValueError("expected an object with a type")
    return value


def write_frame(frame: Frame) -> str:
    """Raises ValueError and TypeError for what is no JSON: NaN, a date."""
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def key_of(frame: Frame) -> Key:
    return frame["service"], frame["topic"]
