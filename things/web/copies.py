"""A new Thing with the content of another: templates and duplicates. Written through `editing` like any edit."""

from collections.abc import Iterator
from typing import Any

from uuid6 import uuid7

from accounts.models import User
from things import editing
from things.document import load, snapshot
from things.models import Thing, Via

# Below the most effects a change may have.
WIDGETS_AT_ONCE = 5_000


def copy(original: Thing, actor: User, title: str) -> Thing:
    """The caller has checked that `actor` may see `original`. History and members stay with it."""
    with snapshot():
        widgets = load(original).widgets_as_json()
    thing = editing.create(actor, {"title": title[:200], "canvas": original.canvas}, via=Via.EDITOR)
    for group in batches(renamed(widgets)):
        editing.perform(thing.pk, actor, {"actions": [{"type": "add", "widgets": group}]}, via=Via.EDITOR)
    thing.refresh_from_db()
    return thing


def renamed(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The widgets under new ids, parents before their children, joined among themselves as they were."""
    ids = {widget["id"]: str(uuid7()) for widget in widgets}
    return [_renamed(widget, ids) for widget in parents_first(widgets)]


def parents_first(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    children: dict[str | None, list[dict[str, Any]]] = {}
    known = {widget["id"] for widget in widgets}
    for widget in widgets:
        parent = widget["place"]["parent"]
        children.setdefault(parent if parent in known else None, []).append(widget)
    found: list[dict[str, Any]] = list(children.get(None, []))
    for widget in found:  # grows while it is read
        found.extend(children.get(widget["id"], []))
    return found


def batches(widgets: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(widgets), WIDGETS_AT_ONCE):
        yield widgets[start : start + WIDGETS_AT_ONCE]


def _renamed(widget: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    place = widget["place"]
    fresh = {**widget, "id": ids[widget["id"]], "place": {**place, "parent": ids.get(place["parent"])}}
    for end in ("start", "end"):
        if end in widget:
            fresh[end] = {**widget[end], "widget": ids.get(widget[end]["widget"])}
    return fresh
