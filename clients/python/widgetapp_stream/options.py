"""What an application may say about a topic, by keyword."""

from collections.abc import Callable
from typing import TypedDict

from widgetapp_stream.frames import Position
from widgetapp_stream.log_event import LogEvent, OnLarge, OnReset
from widgetapp_stream.state import StateChange


class LogOptions(TypedDict, total=False):
    position: Position | None
    on_event: Callable[[LogEvent], None] | None
    on_reset: OnReset | None
    on_live: Callable[[int], None] | None
    on_large: OnLarge | None
    on_refused: Callable[[str], None] | None
    on_ended: Callable[[str, bool], None] | None


class StateOptions(TypedDict, total=False):
    on_change: Callable[[StateChange], None] | None
    on_refused: Callable[[str], None] | None
    on_ended: Callable[[str, bool], None] | None
