"""Short ways to say what tests do often."""

from typing import Any
from uuid import UUID

from accounts.models import User
from things import editing
from things.document import load
from things.editing import Performed
from things.editing.log import document_at
from things.models import Thing, Via


def wid(number: int) -> str:
    """The id of the n-th widget of a test."""
    return str(UUID(int=(7 << 76) | (2 << 62) | number))


def do(thing: Thing, actor: User | None, *actions: dict[str, Any], **request: Any) -> Performed:
    return editing.perform(thing.pk, actor, {**request, "actions": list(actions)}, via=Via.EDITOR)


def note(number: int, x: float = 0, y: float = 0, **fields: Any) -> dict[str, Any]:
    return {"id": wid(number), "kind": "note", "place": {"parent": None, "x": x, "y": y}, **fields}


def add(*widgets: dict[str, Any]) -> dict[str, Any]:
    return {"type": "add", "widgets": list(widgets)}


def shown(thing: Thing) -> list[dict[str, Any]]:
    return load(fresh(thing)).widgets_as_json()


def widget(thing: Thing, number: int) -> dict[str, Any]:
    return next(entry for entry in shown(thing) if entry["id"] == wid(number))


def fresh(thing: Thing) -> Thing:
    return Thing.objects.get(pk=thing.pk)


def require_replayed(thing: Thing) -> None:
    """The effects from revision 0 give the present state byte for byte, origins and digest included."""
    thing = fresh(thing)
    present, replayed = load(thing), document_at(thing, thing.revision)
    assert replayed.widgets_as_json() == present.widgets_as_json()
    assert replayed.meta == present.meta
    assert replayed.meta_origins == present.meta_origins
    assert {w: (s.alive, s.origins, s.text) for w, s in replayed.widgets.items()} == {
        w: (s.alive, s.origins, s.text) for w, s in present.widgets.items()
    }
    assert replayed.digest() == present.digest() == thing.digest
