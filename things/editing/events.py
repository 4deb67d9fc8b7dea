"""A change as it goes over the wire, encoded once (F4)."""

from dataclasses import dataclass, fields
from typing import Any, Self

import msgspec

from streaming.protocol import Event, encode
from things.models import Change
from things.shapes import Actor

EVENT_BYTES = 256 * 1024
SERVICE = "things"


def actor_as_json(change: Change) -> Actor:
    """Of a deleted account what was kept beside the key."""
    if change.actor_id_kept is None:
        return {"id": None, "name": "WidgetApp", "kind": "system"}
    return {"id": str(change.actor_id_kept), "name": change.actor_name, "kind": "user"}


@dataclass(frozen=True, slots=True)
class Written:
    """The long values of a change as JSON, encoded once for its row, its event and its size."""

    actions: msgspec.Raw
    effects: msgspec.Raw
    before: msgspec.Raw
    skipped: msgspec.Raw

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(*(msgspec.Raw(msgspec.json.encode(getattr(change, one.name))) for one in fields(cls)))

    def columns(self) -> dict[str, str]:
        return {one.name: bytes(getattr(self, one.name)).decode() for one in fields(self)}


def change_as_json(change: Change, *, actions: bool, written: Written | None = None) -> dict[str, Any]:
    """`written`: what the long values are already."""
    long = written or change
    shown: dict[str, Any] = {
        "revision": change.revision,
        "id": change.request_id,
        "actor": actor_as_json(change),
        "via": change.via,
        "types": change.types,
        "effects": long.effects,
        "undoes": change.undoes,
        "group": change.group or None,
        "digest": change.digest,
        "created_at": change.created_at.isoformat().replace("+00:00", "Z"),
    }
    return {**shown, "actions": long.actions} if actions else shown


def stored_bytes(change: Change, written: Written) -> int:
    """Of the row of the log: what a page of changes shows of it, and what is kept beside that."""
    shown = change_as_json(change, actions=True, written=written)
    return len(msgspec.json.encode(shown)) + len(msgspec.json.encode([written.before, written.skipped]))


def event_frame(change: Change, written: Written | None = None) -> bytes:
    """The whole event frame; where it would be too large, the one that says: fetch it (F5)."""
    frame = _frame(change, change_as_json(change, actions=False, written=written))
    if len(frame) <= EVENT_BYTES:
        return frame
    return _frame(change, {"revision": change.revision, "id": change.request_id, "large": True})


def _frame(change: Change, data: dict[str, Any]) -> bytes:
    topic = str(change.thing_id)
    return encode(Event(service=SERVICE, topic=topic, offset=change.revision, event="change", data=data))
