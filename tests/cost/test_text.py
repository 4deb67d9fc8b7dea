"""Every function over deltas costs work linear in operations and characters, whatever they are."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.cost.counting import Work, assert_linear, sized
from things import text
from things.text import Delta

MARKS: list[dict[str, Any]] = [{"bold": True}, {"italic": True, "color": "#ff0000"}, {}]


def marked(operation: dict[str, Any], number: int) -> dict[str, Any]:
    attributes = MARKS[number % len(MARKS)]
    return {**operation, "attributes": attributes} if attributes else operation


# Documents of n operations or n characters.
DOCUMENTS: dict[str, Callable[[int], Delta]] = {
    "one ASCII insert": lambda n: [{"insert": "a" * 2 * n}],
    "one insert without pairs": lambda n: [{"insert": "é" * 2 * n}],
    "one insert of pairs": lambda n: [{"insert": "🐙" * n}],
    "an insert a character": lambda n: [marked({"insert": ("éb", "🐙")[number % 2]}, number) for number in range(n)],
    "inserts that join": lambda n: [{"insert": "ab"} for _ in range(n)],
}
# Deltas of up to n operations that fit each of them (2n code units, at least).
DELTAS: dict[str, Callable[[int], Delta]] = {
    "nothing": lambda n: [],
    "one insert in the middle": lambda n: [{"retain": n - n % 2}, {"insert": "x" * n}],
    "inserts everywhere": lambda n: [each for _ in range(n // 2) for each in ({"retain": 4}, {"insert": "🐙🐙"})],
    "inserts at one place": lambda n: [marked({"insert": "x"}, number) for number in range(n)],
    "deletes everywhere": lambda n: [each for _ in range(n // 4) for each in ({"retain": 4}, {"delete": 4})],
    "marks everywhere": lambda n: [marked({"retain": 4}, number) for number in range(n // 2)],
    "all goes": lambda n: [{"delete": 2 * n}],
}
# Before and after of n characters.
TEXTS: dict[str, Callable[[int], tuple[str, str]]] = {
    "every second letter differs": lambda n: ("aX" * n, "Ya" * n),
    "turned around": lambda n: (words(n), words(n)[::-1]),
    "other words": lambda n: (words(n), words(n).replace("1", "one")),
    "words in another order": lambda n: (words(n), shuffled(words(n))),
    "one letter more": lambda n: ("a" * n, "a" * (n // 2) + "b" + "a" * (n // 2)),
    "shifted by one": lambda n: ("ab" * n, "ba" * n),
    "marks only": lambda n: ("a" + "\u0301" * n, "b" + "\u0301" * n),
    "newlines and spaces": lambda n: ("\n " * n, " \n" * n + "\n"),
    "nothing before": lambda n: ("", words(n)),
}


def words(n: int) -> str:
    return " ".join(str(number) for number in range(n // 4))


def shuffled(text: str) -> str:
    parts = text.split()
    random.Random(9).shuffle(parts)
    return " ".join(parts)


def works(n: int, document: Delta, delta: Delta) -> Iterator[tuple[str, Work]]:
    yield "apply", partial(text.apply, document, delta)
    yield "compose", partial(text.compose, delta, delta)
    yield "compose over its inverse", partial(text.compose, delta, text.invert(delta, document))
    yield "transform, later", partial(text.transform, delta, delta, first=False)
    yield "transform, first", partial(text.transform, delta, delta, first=True)
    yield "transform over all", partial(text.transform, delta, [{"delete": 2 * n}], first=False)
    yield "invert", partial(text.invert, delta, document)
    yield "normalise", partial(text.normalise, [*document, *delta])
    yield "length", partial(text.total, document)


NAMES = [name for name, _ in works(2, [{"insert": "abcd"}], [])]


@sized
@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("delta", DELTAS)
def test_deltas_are_linear(document: str, delta: str, least: int) -> None:
    def make(n: int, name: str) -> Work:
        return dict(works(n, DOCUMENTS[document](n), DELTAS[delta](n)))[name]

    for name in NAMES:
        assert_linear(partial(make, name=name), least)


@sized
@pytest.mark.parametrize("case", TEXTS)
def test_a_difference_is_linear(case: str, least: int) -> None:
    def make(n: int) -> Work:
        before, after = TEXTS[case](n)
        return partial(text.difference, text.from_plain(before), after)

    assert_linear(make, least)


@pytest.mark.parametrize("case", TEXTS)
def test_a_difference_leads_there(case: str) -> None:
    before, after = TEXTS[case](400)
    made = text.difference(text.from_plain(before), after)
    assert text.plain(text.apply(text.from_plain(before), made)) == after
