"""What one picture may cost. What goes beyond is drawn coarsely or left out: a card shows no more, and the editor draws
its own picture when it has started. A file that leaves the site is drawn whole.
"""

from dataclasses import dataclass

# Characters that are broken into lines for one picture, and those that are put on it, on a page and on a card.
CHARACTERS = 100_000
SHOWN_CHARACTERS = 100_000
CARD_CHARACTERS = 20_000
# Widgets that are drawn with all their parts; of more, the largest are, and the others are plain boxes and lines.
DETAILED_WIDGETS = 1_000
# A line costs about as much as so many characters of it.
ROW_CHARACTERS = 8


@dataclass(slots=True)
class Allowance:
    """What is left for one picture; None bounds nothing."""

    laid_out: int | None = CHARACTERS
    shown: int | None = SHOWN_CHARACTERS
    detailed: int | None = DETAILED_WIDGETS

    def lay_out(self, characters: int) -> bool:
        """Whether a text of so many characters may still be broken into lines; if so, it is spent."""
        if self.laid_out is None:
            return True
        if characters > self.laid_out:
            return False
        self.laid_out -= characters
        return True

    def show(self, lengths: list[int]) -> int:
        """How many lines of these lengths may be put on the picture; they are spent."""
        if self.shown is None:
            return len(lengths)
        for count, length in enumerate(lengths):
            self.shown -= ROW_CHARACTERS + length
            if self.shown < 0:
                return count
        return len(lengths)


def page() -> Allowance:
    return Allowance()


def card() -> Allowance:
    return Allowance(shown=CARD_CHARACTERS)


def whole() -> Allowance:
    return Allowance(laid_out=None, shown=None, detailed=None)
