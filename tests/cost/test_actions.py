"""Every editor action costs steps in proportion to what it names and touches, in a constant number of statements.

A new action without a way to make it large fails here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.cost.counting import LEAST, SHORT, assert_linear
from tests.things.making import add, do, note, wid
from things import editing
from things.actions import ACTIONS
from things.document import digest
from things.models import Thing, Via

pytestmark = pytest.mark.django_db

Request = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def only_editing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget is not what is tried here, nor canonical JSON, whose many steps would take most of the time."""
    settings.WORK_STEPS = 1 << 40
    monkeypatch.setattr(digest, "weigh", lambda widget: digest.Weight(1, len(widget)))


def frame(number: int, parent: int | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": wid(number), "kind": "frame", "place": {"parent": parent and wid(parent), "x": 1, "y": 1}, **fields}


def ids(n: int, first: int = 1) -> list[str]:
    return [wid(number) for number in range(first, first + n)]


def notes(n: int, first: int = 1, parent: int | None = None, **fields: Any) -> list[dict[str, Any]]:
    """Of a short text, so that what is counted is widgets."""
    numbers = range(first, first + n)
    return [
        {**note(number, **fields), "place": {"parent": parent and wid(parent), "x": 37 * number % 1000, "y": 4}}
        for number in numbers
    ]


def bushy(n: int, first: int = 1) -> list[dict[str, Any]]:
    """Frames in frames, five to each, and so about log n deep."""
    return [frame(first + index, first + (index - 1) // 5 if index else None) for index in range(n)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """How to make an action large: what there is before, and what is asked."""

    before: Callable[[int], list[Request]]
    asked: Callable[[int], Request]
    twice: bool = False  # it names, or changes, two for each of n: a request takes half as many


def plain(asked: Callable[[int], dict[str, Any]], **fields: Any) -> Large:
    return Large(before=lambda n: [[add(*notes(n, **fields))]], asked=lambda n: [asked(n)])


def on(type: str, **more: Any) -> Callable[[int], dict[str, Any]]:
    return lambda n: {"type": type, "widgets": ids(n), **more}


def parts(type: str, **part: Any) -> Callable[[int], dict[str, Any]]:
    return lambda n: {"type": type, "widgets": [{"id": widget, **part} for widget in ids(n)]}


def each(type: str, numbers: Iterable[int], make: Callable[[int], dict[str, Any]]) -> Request:
    """One action for every number."""
    return [{"type": type, **make(number)} for number in numbers]


def connected(n: int) -> list[Request]:
    """n connectors between n notes."""
    connectors = [
        {
            "id": wid(n + 1 + k),
            "kind": "connector",
            "start": {"widget": wid(1 + k)},
            "end": {"widget": wid(1 + (k + 1) % n)},
        }
        for k in range(n)
    ]
    return [[add(*notes(n))], [add(*connectors)]]


def grouped(n: int) -> list[Request]:
    return [[{"type": "nudge", "widgets": ids(50), "dx": 1}]] * (n // 50)


def tree(n: int) -> list[Request]:
    return [[add(*bushy(n))]]


def many(n: int) -> list[Request]:
    return [[add(*notes(n))]]


def nothing(n: int) -> list[Request]:
    return []


def into_each(n: int) -> Request:
    return [add(*[{**note(n + k), "place": {"parent": wid(k), "x": 0, "y": 0}} for k in range(1, n)])]


def copied(n: int) -> Request:
    new = dict(zip(ids(n), ids(n, n + 1), strict=True))
    return [{"type": "duplicate", "widgets": ids(n), "ids": new, "dx": 5}]


def to_and_fro(n: int) -> Request:
    """Every frame of a tree into another, whatever lies in it."""
    places = [{"parent": wid(20_001 + k % 2), "x": 1, "y": 1} for k in range(n)]
    return [{"type": "move", "widgets": [{"id": wid(k + 1), "place": places[k]} for k in range(n)]}]


def pieces(n: int) -> dict[str, Any]:
    return {"delta": [{"insert": "a", **({"attributes": {"bold": True}} if k % 2 else {})} for k in range(n)]}


UNDO: Request = [{"type": "undo"}]
REDO: Request = [{"type": "redo"}]
BLACK = on("style", set={"fill": "#111111"})
TOP = {"type": "delete", "widgets": [wid(1)]}

# By action; what stands before a dash is its type.
LARGE: dict[str, Large] = {
    "add": Large(before=nothing, asked=lambda n: [add(*notes(n))]),
    "add-bushy": Large(before=nothing, asked=lambda n: [add(*bushy(n))]),
    "add-to-each": Large(before=tree, asked=into_each),
    "duplicate": Large(before=tree, asked=copied),
    "delete": plain(on("delete")),
    "delete-bushy": Large(before=tree, asked=lambda n: [TOP]),
    "delete-connected": Large(before=connected, asked=lambda n: [on("delete")(n)]),
    "restore": Large(before=lambda n: [*many(n), [on("delete")(n)]], asked=lambda n: [on("restore")(n)]),
    "restore-bushy": Large(before=lambda n: [*tree(n), [on("delete")(n)]], asked=lambda n: [on("restore")(n)]),
    "move": plain(parts("move", place={"parent": None, "x": 7, "y": 8})),
    "move-bushy": Large(before=lambda n: [[add(*bushy(n), *bushy(3, 20_000))]], asked=to_and_fro),
    "resize": plain(parts("resize", size={"width": 7, "height": 8})),
    "rotate": plain(parts("rotate", rotation=30)),
    "nudge": plain(on("nudge", dx=3)),
    "nudge-bushy": Large(before=tree, asked=lambda n: [on("nudge", dx=3)(n)]),
    "nudge-connected": Large(before=connected, asked=lambda n: [on("nudge", dx=3)(2 * n)], twice=True),
    "align": plain(on("align", edge="right")),
    "align-bushy": Large(before=tree, asked=lambda n: [on("align", edge="left")(n)]),
    "distribute": plain(on("distribute", axis="x")),
    "reparent": Large(
        before=lambda n: [[add(*notes(n), frame(90_000, rotation=30))]],
        asked=lambda n: [on("reparent", parent=wid(90_000))(n)],
        twice=True,
    ),
    "reparent-bushy": Large(before=tree, asked=lambda n: [on("reparent", parent=None)(n)]),
    "reorder": plain(lambda n: {"type": "reorder", "widgets": ids(n // 2), "to": "front"}),
    "reorder-equal": plain(lambda n: {"type": "reorder", "widgets": [wid(n)], "above": wid(1)}, order="a5"),
    "reorder-again": Large(
        before=lambda n: [[add(*notes(3))]],
        asked=lambda n: each("reorder", range(n // 16), lambda k: {"widgets": [wid(1 + k % 3)], "to": "front"}),
    ),
    "style": plain(BLACK),
    "set_fields": plain(parts("set_fields", name="Desk")),
    "lock": plain(on("lock", on=True)),
    "hide": plain(on("hide", on=True)),
    "connect": Large(
        before=connected,
        asked=lambda n: each(
            "connect", range(n // 16), lambda k: {"widget": wid(n + 1 + k), "end": "end", "to": {"widget": wid(1 + k)}}
        ),
    ),
    "disconnect": Large(
        before=connected,
        asked=lambda n: each("disconnect", range(n // 16), lambda k: {"widget": wid(n + 1 + k), "end": "end"}),
    ),
    "set_text": plain(lambda n: {"type": "set_text", "widget": wid(1), "text": "word " * n}),
    "edit_text": plain(lambda n: {"type": "edit_text", "widget": wid(1), "base_revision": 2, **pieces(n)}),
    "rename": Large(before=nothing, asked=lambda n: each("rename", range(n // 16), lambda k: {"title": f"{k}"})),
    "set_canvas": Large(
        before=nothing, asked=lambda n: each("set_canvas", range(n // 16), lambda k: {"set": {"width": 1 + k}})
    ),
    "set_thing": Large(
        before=nothing, asked=lambda n: each("set_thing", range(n // 16), lambda k: {"set": {"tags": [f"{k}"]}})
    ),
    "undo": Large(before=lambda n: [*many(n), [BLACK(n)]], asked=lambda n: UNDO),
    "undo-delete": Large(before=lambda n: [*tree(n), [TOP]], asked=lambda n: UNDO),
    "undo-add": Large(before=lambda n: [[add(*notes(n, text="words"))]], asked=lambda n: UNDO),
    "undo-group": Large(before=lambda n: [[add(*notes(50))], *grouped(n)], asked=lambda n: UNDO),
    "redo": Large(before=lambda n: [*many(n), [BLACK(n)], UNDO], asked=lambda n: REDO),
    "redo-group": Large(before=lambda n: [[add(*notes(50))], *grouped(n), UNDO], asked=lambda n: REDO),
}


def test_every_action_is_made_large() -> None:
    assert {name.partition("-")[0] for name in LARGE} == set(ACTIONS)


class Maker:
    """Things of growing size, and the one request that is counted on each."""

    def __init__(self, ana: User, name: str) -> None:
        self._ana, self._large = ana, LARGE[name]
        self._names = count()
        self.statements: list[int] = []

    def __call__(self, n: int) -> Callable[[], object]:
        thing = editing.create(self._ana, {"title": str(n)}, via=Via.COMMAND)
        for actions in self._large.before(n):
            group = {"group": "g"} if actions[0]["type"] == "nudge" else {}
            do(thing, self._ana, *actions, **group)
        asked = self._large.asked(n)
        return lambda: self._counted(thing, asked)

    def _counted(self, thing: Thing, asked: Request) -> None:
        with CaptureQueriesContext(connection) as statements:
            done = do(thing, self._ana, *asked)
        assert done.effects
        self.statements.append(len(statements))


@pytest.mark.parametrize("least", [SHORT // 2, pytest.param(LEAST, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", LARGE)
def test_v3_cost_is_linear(name: str, least: int, ana: User) -> None:
    make = Maker(ana, name)
    assert_linear(make, least // 2 if LARGE[name].twice else least)
    assert max(make.statements[1:]) == min(make.statements[1:]), make.statements
