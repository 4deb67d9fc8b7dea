"""What one request may cost: a budget in steps, spent before the work is done (architecture decision: linear, bounded).

A step is about half a microsecond of CPU. What a request costs by itself is spent before the Thing is locked; what it
touches (descendants, siblings, steps of a group, stored text) is spent under the lock from counts, before the work.
"""

from dataclasses import dataclass, field

from django.conf import settings

from things.errors import TooLarge

# To look at one widget and write one field of it, to be spent for every widget that an action names or finds.
WIDGET_STEPS = 20


def _budget() -> int:
    budget: int = settings.WORK_STEPS
    return budget


@dataclass(slots=True)
class Work:
    """The budget of one request."""

    left: int = field(default_factory=_budget)

    def spend(self, steps: int, what: str) -> None:
        """Take the cost of `what` from what is left, or raise `TooLarge` that names it."""
        self.left -= steps
        if self.left < 0:
            raise TooLarge(f"too much work for one request: {what}; send it in parts")

    def widgets(self, count: int, what: str) -> None:
        """Take the cost of looking at some widgets."""
        self.spend(count * WIDGET_STEPS, f"{count:,} {what}")

    def require_widgets(self, count: int, what: str) -> None:
        """Whether that many may still be looked at, to be asked where each will be spent when it is."""
        if count > self.widgets_left:
            self.widgets(count, what)

    @property
    def widgets_left(self) -> int:
        """How many widgets may still be looked at."""
        return self.left // WIDGET_STEPS
