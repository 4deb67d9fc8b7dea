"""How many unacknowledged bytes all connections of a worker may hold together (B1, B4)."""

import logging
from collections.abc import Iterable

from streaming import metrics
from streaming.close_codes import CloseCode
from streaming.errors import Refused
from streaming.fanout.connections import HubConnection

logger = logging.getLogger(__name__)

RETRY_SECONDS = (5.0, 20.0)


class Pressure:
    """Measured once a second. Above the budget the slowest are ended, and newcomers are sent to other workers."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self.is_high = False

    def measure(self, connections: Iterable[HubConnection]) -> None:
        held = sorted(((one.outstanding_bytes, one) for one in connections), key=lambda pair: pair[0])
        total = sum(size for size, _ in held)
        metrics.queue_bytes.set(total)
        self.is_high = total > self._budget_bytes
        while total > self._budget_bytes:
            size, slowest = held.pop()
            total -= size
            slowest.end(Refused(CloseCode.TOO_SLOW, "too slow for a worker under pressure", retry=RETRY_SECONDS))

    def require_room(self) -> None:
        """Raises `Refused` for a newcomer while too much is held."""
        if self.is_high:
            raise Refused(CloseCode.OVERLOADED, retry=RETRY_SECONDS)
