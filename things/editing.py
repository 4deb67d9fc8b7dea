"""THE EDITING PATH: the one way a Thing changes.

A request of one or more actions becomes exactly one change: one transaction, one revision, one row of the log, one
event on the stream, one step of undo. API, admin, imports, commands and tests all come through here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid6 import uuid7

from accounts.models import User
from streaming.fanout.publisher import publish
from things import digest
from things.actions.base import at
from things.actions.create import copy_of
from things.asked import Creation, Request, read_creation, read_request
from things.document import Draft, Json, WidgetState, load, open_document
from things.effects import effects_of
from things.errors import IdReused, NotAllowed, NotVisible, TooLarge, Trashed
from things.events import SERVICE, actor_as_json, event_frame
from things.history import ChangeLog, empty_document
from things.models import Change, TextChange, Thing, UndoStep, Via, Widget
from things.permissions import Verb, allows, require, visible_to
from things.undo import is_undoable

MAX_EFFECTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """The answer. `replayed`: the request had been seen and nothing was done again (W1)."""

    thing_id: UUID
    epoch: str
    revision: int
    id: str
    effects: list[Json]
    skipped: list[Json]
    ids: dict[str, str] | None
    replayed: bool

    def as_json(self) -> Json:
        shown: Json = {"revision": self.revision, "id": self.id, "effects": self.effects, "skipped": self.skipped}
        return {**shown, "ids": self.ids} if self.ids is not None else shown


def perform(
    thing_id: UUID, actor: User | None, request: Mapping[str, Any], *, via: Via, staff: bool = False
) -> Performed:
    """Do what is asked, all or nothing, or raise a `ThingsError`. `staff` passes the rights: for the admin only."""
    asked = read_request(request)
    with transaction.atomic():
        thing = lock(thing_id)
        require_rights(actor, thing, asked, staff=staff)
        if (first := answered_before(thing, actor, asked)) is not None:
            return first
        require_untrashed(thing, asked)
        draft = Draft(open_document(thing), ChangeLog(thing, actor))
        apply_actions(draft, asked)
        return write(thing, actor, asked, draft, via)


def create(actor: User, request: Mapping[str, Any], *, via: Via) -> Thing:
    """A new Thing at revision 1, empty or from a template. The same id again, by the same owner, is the same Thing."""
    wanted = read_creation(request)
    thing_id = UUID(wanted.id) if wanted.id else uuid7()
    with transaction.atomic():
        thing, created = Thing.objects.get_or_create(id=thing_id, defaults={"owner": actor})
        if not created:
            return created_before(thing, actor, wanted)
        draft = Draft(empty_document(), ChangeLog(thing, actor))
        meta = dict(wanted.meta)
        if wanted.template is not None:
            meta = {"canvas": copy_template(draft, actor, wanted.template), **meta}
        for name, value in meta.items():
            draft.set_meta(name, value)
        asked = Request(id=str(thing_id), group="", actions=[], payload=[wanted.payload], hash="")
        write(thing, actor, asked, draft, via)
    return thing


def copy_template(draft: Draft, actor: User, template: str) -> Json:
    """Put copies of the template's living widgets into the draft; returns its canvas."""
    original = visible_to(actor).filter(pk=UUID(template)).first()
    if original is None:
        raise NotVisible(f"no template {template}")
    document = load(original)
    ids = {state.id: str(uuid7()) for state in document.living()}
    for state in document.living():
        draft.add(copy_of(state, ids, state.order))
    canvas: Json = document.meta["canvas"]
    return canvas


def lock(thing_id: UUID) -> Thing:
    """The Thing under its row lock: everything after this happens in the order of revisions."""
    thing = Thing.objects.select_for_update().filter(pk=thing_id).first()
    if thing is None:
        raise NotVisible
    return thing


def require_rights(actor: User | None, thing: Thing, asked: Request, *, staff: bool) -> None:
    if staff:
        return
    role = require(actor, thing, Verb.READ)
    if actor is None:
        raise NotAllowed("writing needs an account")
    for action in asked.actions:
        needed = action.role_needed()
        if not allows(role, needed):
            raise NotAllowed(f"{action.type} needs the role {needed}; yours is {role}")


def answered_before(thing: Thing, actor: User | None, asked: Request) -> Performed | None:
    """The first answer to this request, rebuilt from the log (W1)."""
    change = Change.objects.filter(thing=thing, request_id=asked.id).first()
    if change is None:
        return None
    if change.actor_id_kept != (actor.pk if actor else None) or change.payload_hash != asked.hash:
        raise IdReused(f"the id {asked.id} was used for another request")
    return _answer(thing, change, replayed=True)


def require_untrashed(thing: Thing, asked: Request) -> None:
    """Trashed is read-only until the owner takes it out."""
    untrash = [{"type": "set_thing", "set": {"trashed": False}}]
    if thing.trashed_at is not None and asked.payload != untrash:
        raise Trashed("restore the Thing before changing it")


def apply_actions(draft: Draft, asked: Request) -> None:
    for index, action in enumerate(asked.actions):
        draft.action = index
        with at("actions", index):
            action.apply(draft)


def write(thing: Thing, actor: User | None, asked: Request, draft: Draft, via: Via) -> Performed:
    """One revision: rows, log, undo steps; the event after commit (W4, W6, W7)."""
    revision = thing.revision + 1
    effects, before = effects_of(draft, revision)
    if len(effects) > MAX_EFFECTS:
        raise TooLarge(f"at most {MAX_EFFECTS} effects in a change, got {len(effects)}")
    skipped = with_names(thing, draft.skipped)
    # The first revision is made even when it says nothing: a Thing has a log.
    if not effects and not draft.undoes and thing.revision:
        return _unchanged(thing, asked, skipped)
    thing.digest = digest_after(thing.digest, draft)
    save_widgets(thing, draft)
    save_thing(thing, draft, revision)
    change, frame = append(thing, actor, asked, draft, via, effects, before, skipped)
    keep_undo_steps(change, draft)
    transaction.on_commit(lambda: publish_change(change, thing.epoch, frame), robust=True)
    return _answer(thing, change, replayed=False, ids=draft.ids)


def digest_after(before: str, draft: Draft) -> str:
    found = [state for state in draft.found.values() if state is not None and state.alive]
    present = [draft.document.widgets[widget] for widget in draft.found]
    came = [state.as_json() for state in present if state.alive]
    return digest.moved(before, gone=[state.as_json() for state in found], came=came)


def save_widgets(thing: Thing, draft: Draft) -> None:
    """The only place that writes widget rows."""
    changed = [
        (draft.document.widgets[widget], found is None)
        for widget, found in draft.found.items()
        if found is None or found != draft.document.widgets[widget]
    ]
    Widget.objects.bulk_create([row_of(thing, state) for state, new in changed if new])
    rows = [row_of(thing, state) for state, new in changed if not new]
    Widget.objects.bulk_update(rows, ["alive", "parent", "order_key", "fields", "origins", "text"], batch_size=100)


def row_of(thing: Thing, state: WidgetState) -> Widget:
    return Widget(
        row=state.row,
        thing=thing,
        id=UUID(state.id),
        kind=state.kind,
        alive=state.alive,
        parent=UUID(state.parent) if state.parent else None,
        order_key=state.order.encode("ascii"),
        fields=state.fields,
        origins=state.origins,
        text=state.text,
    )


def save_thing(thing: Thing, draft: Draft, revision: int) -> None:
    meta = draft.document.meta
    if meta["visibility"] != thing.visibility or meta["trashed"] != (thing.trashed_at is not None):
        thing.access_epoch += 1
    thing.title, thing.canvas, thing.tags = meta["title"], meta["canvas"], meta["tags"]
    thing.visibility, thing.is_template = meta["visibility"], meta["template"]
    thing.changed_at = timezone.now()
    thing.trashed_at = (thing.trashed_at or thing.changed_at) if meta["trashed"] else None
    thing.origins = draft.document.meta_origins
    thing.revision = revision
    thing.save()


def append(
    thing: Thing,
    actor: User | None,
    asked: Request,
    draft: Draft,
    via: Via,
    effects: list[Json],
    before: list[Json | None],
    skipped: list[Json],
) -> tuple[Change, bytes]:
    """The row of the log and its event, encoded here for everybody (F4)."""
    change = Change(
        thing=thing,
        revision=thing.revision,
        request_id=asked.id,
        actor=actor,
        actor_id_kept=actor.pk if actor else None,
        actor_name=actor.name if actor else "",
        via=via,
        types=[entry["type"] for entry in asked.payload],
        actions=asked.payload,
        effects=effects,
        before=before,
        skipped=skipped,
        payload_hash=asked.hash,
        digest=thing.digest,
        group=asked.group,
        undoes=draft.undoes,
        created_at=thing.changed_at,
    )
    frame = event_frame(change)
    change.event_bytes = len(frame)
    change.save(force_insert=True)
    texts = [effect["widget"] for effect in effects if effect["op"] == "text"]
    TextChange.objects.bulk_create(
        TextChange(thing=thing, widget=UUID(widget), revision=change.revision) for widget in texts
    )
    return change, frame


def keep_undo_steps(change: Change, draft: Draft) -> None:
    """The person's stack: an undone step waits for redo until the next change clears it (U3)."""
    if change.actor_id is None or change.revision == 1:
        return
    mine = UndoStep.objects.filter(thing_id=change.thing_id, user_id=change.actor_id)
    if change.types[0] in ("undo", "redo"):
        undone_at = change.revision if change.types[0] == "undo" else None
        mine.filter(revision__in=draft.undoes).update(undone_at=undone_at)
        return
    mine.exclude(undone_at=None).delete()
    if is_undoable(change.effects):
        mine.create(thing_id=change.thing_id, user_id=change.actor_id, revision=change.revision, group=change.group)


def publish_change(change: Change, epoch: str, frame: bytes) -> None:
    publish(SERVICE, str(change.thing_id), epoch=epoch, offset=change.revision, frame=frame)


def with_names(thing: Thing, skipped: list[Json]) -> list[Json]:
    """`by` as the person who made the revision that stood in the way."""
    revisions = {told["by"] for told in skipped if "by" in told}
    if not revisions:
        return skipped
    rows = Change.objects.filter(thing=thing, revision__in=revisions)
    names = {
        row.revision: actor_as_json(row) for row in rows.only("thing_id", "revision", "actor_id_kept", "actor_name")
    }
    return [_named(told, names) for told in skipped]


def _named(told: Json, names: dict[int, Json]) -> Json:
    rest = {key: value for key, value in told.items() if key != "by"}
    return {**rest, "by": names[told["by"]]} if told.get("by") in names else rest


def _unchanged(thing: Thing, asked: Request, skipped: list[Json]) -> Performed:
    return Performed(
        thing_id=thing.pk,
        epoch=thing.epoch,
        revision=thing.revision,
        id=asked.id,
        effects=[],
        skipped=skipped,
        ids=None,
        replayed=False,
    )


def _answer(thing: Thing, change: Change, *, replayed: bool, ids: dict[str, str] | None = None) -> Performed:
    return Performed(
        thing_id=thing.pk,
        epoch=thing.epoch,
        revision=change.revision,
        id=change.request_id,
        effects=change.effects,
        skipped=change.skipped,
        ids=ids if not replayed else _ids_of(change),
        replayed=replayed,
    )


def _ids_of(change: Change) -> dict[str, str] | None:
    maps = [action["ids"] for action in change.actions if "ids" in action]
    return {old: new for ids in maps for old, new in ids.items()} if maps else None


def created_before(thing: Thing, actor: User, wanted: Creation) -> Thing:
    first = Change.objects.filter(thing=thing, revision=1).first()
    if thing.owner_id != actor.pk or first is None or first.actions != [wanted.payload]:
        raise IdReused(f"the id {thing.pk} belongs to another Thing")
    return thing
