"""A Thing as the API shows it."""

from typing import Any

import msgspec

from things import store
from things.document import META_FIELDS, Document, load_living, meta_of
from things.editing.log import document_at
from things.models import Thing
from things.people.permissions import Actor, role_of


def thing_as_json(thing: Thing, actor: Actor, revision: int | None = None) -> dict[str, Any]:
    """The whole state, now or at a revision. Call it inside a `snapshot` so that body and position agree (P1)."""
    past = revision is not None and revision != thing.revision
    document = document_at(thing, revision or 0) if past else load_living(thing)
    return {**summary_as_json(thing, role_of(actor, thing)), **_shown(document, past)}


def thing_written(thing: Thing, actor: Actor, revision: int) -> dict[str, Any]:
    """As `thing_as_json`, for whoever only passes it on: of now, `widgets` is JSON already, and was never decoded."""
    if revision != thing.revision:
        return thing_as_json(thing, actor, revision)
    return {**summary_as_json(thing, role_of(actor, thing)), "widgets": msgspec.Raw(store.living_json(thing.pk))}


def state_written(thing: Thing, revision: int) -> bytes:
    """JSON of what a revision holds, and of nobody: the same for whoever may see it. The caller is in a `snapshot` and
    read the Thing there.
    """
    if revision != thing.revision:
        shown = _shown(document_at(thing, revision), past=True)
    else:
        widgets = msgspec.Raw(store.living_json(thing.pk))
        shown = {"revision": revision, "digest": thing.digest, **meta_of(thing), "widgets": widgets}
    return msgspec.json.encode({"epoch": thing.epoch, **shown})


def summary_as_json(thing: Thing, role: str | None) -> dict[str, Any]:
    """What lists show: everything but the widgets. `thing.owner` is read: select it with the Thing."""
    return {
        "id": str(thing.pk),
        "title": thing.title,
        "owner": {"id": str(thing.owner_id), "name": thing.owner.name},
        "revision": thing.revision,
        "epoch": thing.epoch,
        "digest": thing.digest,
        "role": role,
        "canvas": thing.canvas,
        "visibility": thing.visibility,
        "tags": thing.tags,
        "template": thing.is_template,
        "trashed": thing.trashed_at is not None,
        "created_at": _moment(thing.created_at),
        "changed_at": _moment(thing.changed_at),
    }


def _shown(document: Document, past: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"widgets": document.widgets_as_json()}
    if past:
        shown |= {name: document.meta[name] for name in META_FIELDS}
        shown |= {"revision": document.revision, "digest": document.digest()}
    return shown


def _moment(value: Any) -> str:
    text: str = value.isoformat()
    return text.replace("+00:00", "Z")
