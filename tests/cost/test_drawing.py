"""Every kind in every state, many of them, deep or with long words, is drawn for work linear in what there is."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.cost.counting import Work, assert_linear, sized
from tests.drawing.test_picture import CANVAS, whole
from things.drawing import svg, svg_outlined
from things.drawing.lines import layout
from things.kinds import KINDS

Widget = dict[str, Any]

PENS: dict[str, Callable[[list[Widget]], str]] = {
    "page": lambda widgets: svg(widgets, canvas=CANVAS),
    "card": lambda widgets: svg(widgets, canvas=CANVAS, thumbnail=True),
    "file": lambda widgets: svg_outlined(widgets, canvas=CANVAS),
}
STATES: dict[str, Widget] = {
    "as it comes": {},
    "turned and faint": {"rotation": 30, "opacity": 0.5},
    "hidden": {"hidden": True},
    "in the middle": {"vertical_align": "middle", "align": "center"},
    "at the foot, dashed": {"vertical_align": "bottom", "align": "right", "stroke_style": "dashed", "stroke_width": 3},
    "of no size": {"size": {"width": 0, "height": 0}},
}
WORDS: dict[str, Callable[[int], str]] = {
    "one word": lambda n: "a" * n,
    "words": lambda n: "word " * (n // 5),
    "spaces": lambda n: " " * n,
    "newlines": lambda n: "\n" * n,
    "newlines and letters": lambda n: "a\n" * (n // 2),
    "marks": lambda n: "\u0301" * n,
    "nothing wide": lambda n: "\u200b" * n,
    "pairs": lambda n: "🐙" * n,
    "right to left": lambda n: "שלום " * (n // 5),
    "tabs": lambda n: "\t" * n,
}


def widget(kind: str, number: int, parent: int | None = None, **fields: Any) -> Widget:
    known = {name: value for name, value in fields.items() if name in KINDS[kind].fields}
    place = {"parent": None if parent is None else f"w{parent}", "x": number % 100, "y": number // 100}
    words = {"text": fields.get("text", "ab")} if KINDS[kind].text else {}
    return whole({"id": f"w{number}", "kind": kind, **known, "place": place, **words}, f"a{number:07d}")


def of_kinds(kinds: list[str], number: int, parent: int | None = None) -> Widget:
    """The states of the kinds in turn; what holds others is not hidden, for nothing would be drawn in it."""
    states = [state for name, state in STATES.items() if parent is None or name != "hidden"]
    state = states[number // len(kinds) % len(states)]
    return widget(kinds[number % len(kinds)], number, parent, **state)


def beside(kinds: list[str], n: int) -> list[Widget]:
    return [of_kinds(kinds, number) for number in range(n)]


def nested(kinds: list[str], n: int) -> list[Widget]:
    return [of_kinds(kinds, number, max(number - 1, 0)) for number in range(n)]


def connected(kinds: list[str], n: int) -> list[Widget]:
    """Half of them connectors between the others."""
    ends = [{"widget": f"w{number}", "anchor": "auto", "x": 0, "y": 0} for number in range(n // 2)]
    lines = [widget("connector", n + number, start=end, end=ends[-1 - number]) for number, end in enumerate(ends)]
    return beside(kinds, n // 2) + lines


def in_circles(kinds: list[str], n: int) -> list[Widget]:
    """What no action makes and old rows may hold: each lies in the one before, the first in the last."""
    return [of_kinds(kinds, number, (number - 1) % n) for number in range(n)]


@sized
@pytest.mark.parametrize("pen", ["page", "card"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_many_of_a_kind_in_every_state(kind: str, pen: str, least: int) -> None:
    assert_linear(lambda n: partial(PENS[pen], beside([kind], n)), least)


@sized
@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("lie", [nested, connected, in_circles])
def test_however_they_lie(lie: Callable[[list[str], int], list[Widget]], pen: str, least: int) -> None:
    assert_linear(lambda n: partial(PENS[pen], lie(sorted(KINDS), n)), least)


@sized
@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("words", ["one word", "newlines and letters"])
@pytest.mark.parametrize("kind", [name for name, kind in sorted(KINDS.items()) if kind.text])
def test_long_words_in_a_narrow_box(kind: str, words: str, pen: str, least: int) -> None:
    def make(n: int) -> Work:
        size = {"width": 1, "height": 20}
        return partial(PENS[pen], [widget(kind, 1, size=size, vertical_align="middle", text=WORDS[words](n))])

    assert_linear(make, least)


@sized
@pytest.mark.parametrize("width", [0, 1, 300, 1e9])
@pytest.mark.parametrize("words", WORDS)
def test_line_breaks(words: str, width: float, least: int) -> None:
    assert_linear(lambda n: partial(layout, WORDS[words](n), width, 13, 400), least)
