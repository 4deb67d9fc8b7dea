"""Replay: for every action of the catalogue, the effects from revision 0 give the present state, and a snapshot with
the effects after it gives the same. An action without a case fails.
"""

from typing import Any

import pytest

from accounts.models import User
from tests.things.making import add, do, fresh, note, require_replayed, shown, wid
from things.actions import ACTIONS
from things.document import Document, load, meta_of, widget_from_json
from things.document.effects import apply_change
from things.models import Change, Thing

Request = list[dict[str, Any]]

SHAPE, OTHER, NOTE, FRAME, LINE = map(wid, (1, 2, 3, 4, 5))
HERE = {"parent": None, "x": 40.5, "y": -3}


def act(name: str, **payload: Any) -> Request:
    return [{"type": name, **payload}]


STAGE: list[Request] = [
    [
        add(
            {"id": FRAME, "kind": "frame", "place": {"parent": None, "x": 0, "y": 0}},
            {"id": SHAPE, "kind": "shape", "place": {"parent": None, "x": 10, "y": 10}, "text": "Pool 🐙"},
            {"id": OTHER, "kind": "shape", "place": {"parent": FRAME, "x": 90, "y": 40}},
            note(3, 200, 10, text="Boats"),
            {"id": LINE, "kind": "connector", "start": {"widget": SHAPE}, "end": {"widget": OTHER}},
        )
    ]
]

# Action → the requests that end with it; each runs on the stage.
CASES: dict[str, list[list[Request]]] = {
    "add": [[act("add", widgets=[note(7, 1, 1, text=[{"insert": "b", "attributes": {"bold": True}}])])]],
    "duplicate": [[act("duplicate", widgets=[FRAME], ids={FRAME: wid(11), OTHER: wid(12)}, dx=5, dy=5)]],
    "delete": [[act("delete", widgets=[FRAME])], [act("delete", widgets=[SHAPE, LINE])]],
    "restore": [
        [act("delete", widgets=[FRAME]), act("restore", widgets=[FRAME])],
        [act("delete", widgets=[FRAME]), act("restore", widgets=[OTHER])],
        [act("delete", widgets=[NOTE]), act("set_text", widget=NOTE, text="Gone"), act("restore", widgets=[NOTE])],
    ],
    "move": [[act("move", widgets=[{"id": SHAPE, "place": HERE}, {"id": NOTE, "place": {**HERE, "parent": FRAME}}])]],
    "resize": [[act("resize", widgets=[{"id": SHAPE, "size": {"width": 7, "height": 9.125}, "place": HERE}])]],
    "rotate": [[act("rotate", widgets=[{"id": SHAPE, "rotation": 400.5}])]],
    "nudge": [[act("nudge", widgets=[SHAPE, OTHER], dx=0.1, dy=-1), act("nudge", widgets=[SHAPE], dx=0.2, dy=0)]],
    "align": [[act("align", widgets=[SHAPE, OTHER, NOTE], edge="middle")]],
    "distribute": [[act("distribute", widgets=[SHAPE, OTHER, NOTE], axis="x")]],
    "reparent": [[act("reparent", widgets=[SHAPE], parent=FRAME)], [act("reparent", widgets=[OTHER], parent=None)]],
    "reorder": [[act("reorder", widgets=[SHAPE], to="front"), act("reorder", widgets=[NOTE], below=SHAPE)]],
    "style": [[act("style", widgets=[SHAPE, NOTE], set={"fill": "#ff000080", "opacity": 0.5})]],
    "set_fields": [[act("set_fields", widgets=[{"id": SHAPE, "name": "Sea", "alt": "The sea"}])]],
    "lock": [[act("lock", widgets=[SHAPE], on=True), act("style", widgets=[SHAPE], set={"fill": "#000000"})]],
    "hide": [[act("hide", widgets=[SHAPE, NOTE], on=True)]],
    "set_text": [[act("set_text", widget=NOTE, text="Boats 🛶 and tea")], [act("set_text", widget=NOTE, text="")]],
    "edit_text": [
        [
            act("edit_text", widget=NOTE, base_revision=2, delta=[{"retain": 2}, {"insert": "🐙"}]),
            act("edit_text", widget=NOTE, base_revision=2, delta=[{"retain": 1}, {"delete": 3}, {"insert": "x"}]),
            act("edit_text", widget=NOTE, base_revision=2, delta=[{"retain": 5, "attributes": {"italic": True}}]),
        ]
    ],
    "connect": [[act("connect", widget=LINE, end="end", to={"widget": NOTE, "anchor": "auto"})]],
    "disconnect": [[act("disconnect", widget=LINE, end="start")]],
    "rename": [[act("rename", title="Harbour 🛶")]],
    "set_canvas": [[act("set_canvas", set={"background": "#ffffff", "grid": False})]],
    "set_thing": [[act("set_thing", set={"tags": ["a", "b"], "visibility": "public", "template": True})]],
    "undo": [
        [act("delete", widgets=[FRAME]), act("undo")],
        [act("set_text", widget=NOTE, text="Boxes"), act("undo"), act("undo")],
    ],
    "redo": [[act("style", widgets=[SHAPE], set={"fill": "#123456"}), act("undo"), act("redo")]],
}


def test_every_action_has_a_case() -> None:
    assert set(CASES) == set(ACTIONS)
    assert all(run[-1][-1]["type"] == name or name == "lock" for name, runs in CASES.items() for run in runs)


@pytest.mark.parametrize(("name", "run"), [(name, run) for name, runs in CASES.items() for run in runs])
def test_replay_gives_the_present(thing: Thing, ana: User, name: str, run: list[Request]) -> None:
    for request in STAGE:
        do(thing, ana, *request)
    before = snapshot_of(thing)
    for request in run:
        revision = fresh(thing).revision
        done = do(thing, ana, *request)
        expected = revision if name == "lock" and request[0]["type"] == "style" else revision + 1
        assert done.revision == expected
        require_replayed(thing)
    require_snapshot_and_effects(thing, before)


def snapshot_of(thing: Thing) -> Document:
    """As a client has it: living widgets and nothing else."""
    now = fresh(thing)
    document = Document(meta_of(now), {}, revision=now.revision)
    document.hold(widget_from_json(entry, now.revision) for entry in shown(thing))
    return document


def require_snapshot_and_effects(thing: Thing, document: Document) -> None:
    for change in Change.objects.filter(thing=thing, revision__gt=document.revision).order_by("revision"):
        apply_change(document, change.effects, change.revision)
        assert document.digest() == change.digest
    present = load(fresh(thing))
    assert document.widgets_as_json() == present.widgets_as_json()
    assert document.meta == present.meta
