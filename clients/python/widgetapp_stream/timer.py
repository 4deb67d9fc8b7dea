"""One thing that shall happen later, at most once, and can be called off."""

from collections.abc import Callable
from typing import Any

from widgetapp_stream.environment import Timers


class Timer:
    __slots__ = ("_handle", "_timers")

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._handle: Any = None

    @property
    def pending(self) -> bool:
        return self._handle is not None

    def set(self, seconds: float, callback: Callable[[], None]) -> None:
        """Replaces what was set before."""
        self.clear()

        def fire() -> None:
            self._handle = None
            callback()

        self._handle = self._timers.call_later(seconds, fire)

    def clear(self) -> None:
        if self._handle is not None:
            self._timers.cancel(self._handle)
        self._handle = None
