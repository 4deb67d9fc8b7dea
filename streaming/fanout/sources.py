"""What a process tells about itself, such as its live connections."""

from collections.abc import Callable
from typing import Any

from streaming.fanout.topics import LEASE_SECONDS, RETELL_SECONDS
from streaming.service import Key


class Source:
    """`read` gives the values of this process by key. Nothing is told while nobody watches."""

    def __init__(self, key: Key, read: Callable[[], dict[str, Any]]) -> None:
        self.key, self.read = key, read
        self._until = float("-inf")
        self._ask_at = float("-inf")

    def watched(self, now: float) -> None:
        self._until = now + LEASE_SECONDS

    def is_watched(self, now: float) -> bool:
        return now < self._until

    def ask_again(self, now: float) -> bool:
        """Whether it is time to tell the other processes that somebody watches."""
        if now < self._ask_at:
            return False
        self._ask_at = now + RETELL_SECONDS
        return True
