"""A Thing kept equal to the server's: a snapshot and the effects after it, with the digest that proves it.

A client applies only effects, whatever the action was. It keeps what was deleted, so that text which arrives for a
deleted widget comes back with it (M3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from widgetapp_stream import text
from widgetapp_stream.frames import Position

Json = dict[str, Any]

META = ("title", "canvas", "tags", "visibility", "trashed", "template")


class Replica:
    """`revision` is that of the last change applied; changes are applied in order, each once."""

    def __init__(self, id: str, epoch: str, revision: int, meta: Json, widgets: list[Json]) -> None:
        self.id, self.epoch, self.revision = id, epoch, revision
        self.meta = meta
        self._widgets = {widget["id"]: widget for widget in widgets}
        self._deleted: dict[str, Json] = {}
        self._hashes: dict[str, int] = {}

    @classmethod
    def from_snapshot(cls, thing: Mapping[str, Any]) -> Replica:
        """From the body of `GET /api/things/{id}/`."""
        thing = deepcopy(dict(thing))
        meta = {field: thing[field] for field in META if field in thing}
        return cls(thing["id"], thing["epoch"], thing["revision"], meta, thing["widgets"])

    @property
    def position(self) -> Position:
        """To subscribe from."""
        return Position(self.epoch, self.revision)

    def apply(self, change: Mapping[str, Any]) -> None:
        """The data of a "change" event, or one entry of the changes page."""
        if change["revision"] != self.revision + 1:
            raise ValueError(f"expected revision {self.revision + 1}, got {change['revision']}")
        if change.get("large"):
            raise ValueError("a large change has no effects: fetch it from the changes page")
        for effect in deepcopy(change["effects"]):
            self._apply(effect)
        self.revision = change["revision"]

    def digest(self) -> str:
        """Of the living widgets, as the server computes it; only what changed is hashed again."""
        for id, widget in self._widgets.items():
            if id not in self._hashes:
                self._hashes[id] = _hash(widget)
        total = sum(self._hashes[id] for id in self._widgets)
        return f"{total % 2**64:016x}"

    def widgets(self) -> list[Json]:
        """Living widgets in painting order: siblings by order key and id, a parent before its children."""
        children: dict[str | None, list[Json]] = {}
        for widget in self._widgets.values():
            parent = widget["place"]["parent"]
            children.setdefault(parent if parent in self._widgets else None, []).append(widget)
        painted: list[Json] = []
        waiting = _painting(children.get(None, []))
        while waiting:
            widget = waiting.pop()
            painted.append(widget)
            waiting += _painting(children.get(widget["id"], []))
        return painted

    def as_json(self) -> Json:
        return deepcopy(
            {"id": self.id, "epoch": self.epoch, "revision": self.revision, **self.meta, "widgets": self.widgets()}
        )

    def _apply(self, effect: Json) -> None:
        match effect["op"]:
            case "add":
                self._live(effect["widget"])
            case "set":
                if (widget := self._touched(effect["widget"])) is not None:
                    widget[effect["field"]] = effect["value"]
            case "text":
                if (widget := self._touched(effect["widget"])) is not None:
                    widget["text"] = text.apply(widget.get("text", []), effect["delta"])
            case "alive":
                self._alive(effect)
            case "meta":
                self.meta[effect["field"]] = effect["value"]
            # Comments stand outside the document; what is unknown is for newer clients.

    def _alive(self, effect: Json) -> None:
        id = effect["widget"]
        if not effect["value"]:
            if id in self._widgets:
                self._deleted[id] = self._widgets.pop(id)
                self._hashes.pop(id, None)
        elif id in self._deleted:
            self._live(self._deleted.pop(id))
        elif id not in self._widgets:
            self._live(effect["body"])

    def _live(self, widget: Json) -> None:
        self._deleted.pop(widget["id"], None)
        self._hashes.pop(widget["id"], None)
        self._widgets[widget["id"]] = widget

    def _touched(self, id: str) -> Json | None:
        self._hashes.pop(id, None)
        return self._widgets.get(id) or self._deleted.get(id)


def _painting(widgets: list[Json]) -> list[Json]:
    """The last to be painted first, to be taken from the end."""
    return sorted(widgets, key=lambda widget: (widget.get("order", ""), widget["id"]), reverse=True)


def _hash(widget: Json) -> int:
    try:
        import rfc8785  # only those who prove need it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("a digest needs: pip install widgetapp-stream[replica]", name=error.name) from None
    return int.from_bytes(hashlib.sha256(rfc8785.dumps(widget)).digest()[:8], "big")
