"""A hundred documents within the limits, made by chance from a seed: long texts, one word, many widgets, deep trees,
connectors between all, old trees deeper than any action makes. What `bench.cost` draws.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from things.kinds import KINDS
from things.kinds.words import LIMIT

Widget = dict[str, Any]
SEED = 20261126
COUNT = 100
MANY = 20_000
# A document's text in all, as it comes to be by requests of 1 MiB.
TEXT = 1_000_000
LETTERS = ("a", "é", "🐙", " ", "\n", "\u0301", "word ", "שלום ", "a\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`sort` says what is special about it; `widgets` are as the API shows them."""

    sort: str
    widgets: list[Widget]


def documents(seed: int = SEED, count: int = COUNT) -> Iterator[Document]:
    """Always the same for one seed, each sort as often as the others."""
    chance = random.Random(seed)
    sorts = list(SORTS)
    for number in range(count):
        sort = sorts[number % len(sorts)]
        yield Document(sort=sort, widgets=SORTS[sort](chance))


def widget(chance: random.Random, number: int, kind: str, parent: int | None = None, **given: Any) -> Widget:
    fields = {name: field.default for name, field in KINDS[kind].fields.items()}
    fields |= {"order": f"a{number:06d}", **{name: value for name, value in given.items() if name in fields}}
    fields["place"] = {
        "parent": None if parent is None else _id(parent),
        "x": chance.randint(-5000, 5000),
        "y": chance.randint(-5000, 5000),
    }
    words = {"text": [{"insert": given["text"]}] if given.get("text") else []} if KINDS[kind].text else {}
    return {"id": _id(number), "kind": kind, **fields, **words}


def _id(number: int) -> str:
    return str(UUID(int=number))


def _size(chance: random.Random, most: int = 600) -> dict[str, int]:
    return {"width": chance.randint(1, most), "height": chance.randint(1, most)}


def _kind(chance: random.Random, *, text: bool = False) -> str:
    return chance.choice([name for name, kind in KINDS.items() if name != "connector" and (kind.text or not text)])


def long_texts(chance: random.Random) -> list[Widget]:
    number = chance.randint(1, TEXT // LIMIT)
    aligned = ("top", "middle", "bottom")
    return [
        widget(
            chance,
            index,
            _kind(chance, text=True),
            text=_words(chance),
            size=_size(chance),
            vertical_align=chance.choice(aligned),
        )
        for index in range(number)
    ]


def _words(chance: random.Random) -> str:
    letters = chance.choice(LETTERS)
    return (letters * LIMIT)[: LIMIT // (2 if "🐙" in letters else 1)]


def narrow(chance: random.Random) -> list[Widget]:
    size = {"width": chance.choice((0, 1, 20)), "height": 20}
    return [widget(chance, 0, "text", text=_words(chance), size=size)]


def many(chance: random.Random) -> list[Widget]:
    return [widget(chance, number, _kind(chance), text="Some words", size=_size(chance)) for number in range(MANY)]


def deep(chance: random.Random, depth: int = 32, branches: int = 100) -> list[Widget]:
    numbers = range(depth * branches)
    return [
        widget(chance, number, "frame", number - 1 if number % depth else None, rotation=chance.choice((0, 0, 30)))
        for number in numbers
    ]


def older(chance: random.Random) -> list[Widget]:
    """Deeper than an action allows today."""
    return deep(chance, chance.choice((600, 10_000)), 1)


def connected(chance: random.Random) -> list[Widget]:
    half = MANY // 4
    shapes = [widget(chance, number, "shape", size=_size(chance), text="Box") for number in range(half)]
    lines = (
        widget(chance, half + number, "connector", start=_end(chance, half), end=_end(chance, half), text="to")
        for number in range(half)
    )
    return [*shapes, *lines]


def _end(chance: random.Random, most: int) -> dict[str, Any]:
    anchor = chance.choice(("auto", "auto", "top", "center"))
    return {"widget": _id(chance.randrange(most)), "anchor": anchor, "x": 0, "y": 0}


def mixed(chance: random.Random) -> list[Widget]:
    return [*narrow(chance), *many(chance)[1 : chance.randint(2, MANY)]]


SORTS: dict[str, Callable[[random.Random], list[Widget]]] = {
    "long texts": long_texts,
    "one text in a narrow box": narrow,
    "many widgets": many,
    "as deep as may be": deep,
    "older and deeper": older,
    "connectors": connected,
    "all at once": mixed,
}
