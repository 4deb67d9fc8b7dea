"""JSON with one place made wrong, for tests that try to break things."""

import copy
import random
from collections.abc import Iterator
from typing import Any

from tests.things.making import wid

DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]
VALUES: list[Any] = [
    None, True, False, 0, -1, -0.0, 1e308, -1e308, 1e-320, float("nan"), float("inf"), 10**400, 2**63, "", "x", "\x00",
    "\ud800", "a\udfff", "x" * 70_000, "🐙" * 300, [], {}, [[]], [None], {"": 0}, {"__proto__": {"x": 1}}, DEEP,
    wid(1), wid(99), wid(1).upper(), "not-a-uuid", "#ff0000", "#ggg", "none", "javascript:alert(1)", "start", "2",
    [{"insert": "x"}], [{"retain": 10**9}], [{"delete": -1}], [{"insert": {"image": "x"}}], [{"insert": ""}],
    {"parent": wid(1), "x": 0, "y": 0}, {"parent": wid(6), "x": 1e7, "y": -1e7}, {"width": 0, "height": -1},
    {"widget": wid(5)}, {"widget": wid(1), "x": 1e308}, {"x": 1, "y": 2, "z": 3},
]  # fmt: skip


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in items:
        yield from paths_in(entry, (*path, key))


def spoiled(chance: random.Random, body: Any) -> Any:
    """The body with one place replaced, removed, doubled or added to."""
    body = copy.deepcopy(body)
    path = chance.choice(list(paths_in(body)))
    if not path:
        return chance.choice(VALUES)
    place: Any = body
    for key in path[:-1]:
        place = place[key]
    match chance.randint(0, 4):
        case 0:
            del place[path[-1]]
        case 1 if isinstance(place, dict):
            place[chance.choice(["extra", "type", "id", "\x00", "__proto__"])] = chance.choice(VALUES)
        case 2 if isinstance(place, list):
            place.extend(place * chance.choice([1, 40]))
        case _:
            place[path[-1]] = chance.choice(VALUES)
    return body
