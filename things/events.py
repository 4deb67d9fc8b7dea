"""A change as it goes over the wire, encoded once (F4)."""

from typing import Any

import msgspec

from streaming.protocol import Event, encode
from things.models import Change

EVENT_BYTES = 256 * 1024
SERVICE = "things"


def actor_as_json(change: Change) -> dict[str, Any]:
    """Of a deleted account what was kept beside the key."""
    if change.actor_id_kept is None:
        return {"id": None, "name": "WidgetApp", "kind": "system"}
    return {"id": str(change.actor_id_kept), "name": change.actor_name, "kind": "user"}


def change_as_json(change: Change, *, actions: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "revision": change.revision,
        "id": change.request_id,
        "actor": actor_as_json(change),
        "via": change.via,
        "types": change.types,
        "effects": change.effects,
        "undoes": change.undoes,
        "group": change.group or None,
        "digest": change.digest,
        "created_at": change.created_at.isoformat().replace("+00:00", "Z"),
    }
    return {**shown, "actions": change.actions} if actions else shown


def stored_bytes(change: Change) -> int:
    """Of the row of the log: what a page of changes shows of it, and what is kept beside that."""
    shown = change_as_json(change, actions=True)
    return len(msgspec.json.encode(shown)) + len(msgspec.json.encode([change.before, change.skipped]))


def event_frame(change: Change) -> bytes:
    """The whole event frame; where it would be too large, the one that says: fetch it (F5)."""
    frame = _frame(change, change_as_json(change, actions=False))
    if len(frame) <= EVENT_BYTES:
        return frame
    return _frame(change, {"revision": change.revision, "id": change.request_id, "large": True})


def _frame(change: Change, data: dict[str, Any]) -> bytes:
    topic = str(change.thing_id)
    return encode(Event(service=SERVICE, topic=topic, offset=change.revision, event="change", data=data))
