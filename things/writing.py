"""The apply step of editing: a draft becomes widget rows, one row of the log, undo steps and one event.

Nothing else writes these. The caller holds the Thing's row lock in a transaction.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.quotas import log_bytes
from streaming import failpoints
from streaming.fanout.publisher import publish
from things import digest
from things.asked import Request
from things.document import Json, WidgetState
from things.draft import Draft
from things.effects import effects_of
from things.errors import TooLarge
from things.events import SERVICE, event_frame
from things.models import Change, TextChange, Thing, UndoStep, Via, Widget
from things.undo import is_undoable

MAX_EFFECTS = 10_000


_one_writer = threading.Lock()


@contextmanager
def one_writer() -> Iterator[None]:
    """A transaction that writes. SQLite takes one writer and lets the others poll with growing sleeps (1.8 s at the
    99th percentile of eight); threads of one process wait here instead. Inside another transaction nobody waits twice.
    """
    queue = connection.vendor == "sqlite" and not connection.in_atomic_block
    with _one_writer if queue else nullcontext(), transaction.atomic():
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Who asks what of which Thing, and through what."""

    thing: Thing
    actor: User | None
    asked: Request
    via: Via


def write(edit: Edit, draft: Draft, skipped: list[Json]) -> Change | None:
    """One revision (W4, W6); its event goes out after commit (W7). None when the draft changed nothing."""
    thing = edit.thing
    effects, before = effects_of(draft, thing.revision + 1)
    if len(effects) > MAX_EFFECTS:
        raise TooLarge(f"at most {MAX_EFFECTS} effects in a change, got {len(effects)}")
    # The first revision is made even when it says nothing: a Thing has a log. And undo moves "my latest" on.
    if not effects and not draft.undoes and thing.revision:
        return None
    save_widgets(thing, draft)
    save_thing(thing, draft)
    change = change_of(edit, draft, effects, before, skipped)
    frame = append(change)
    if edit.actor is not None and edit.via.has_quota:
        log_bytes.add(edit.actor, len(frame) + edit.asked.size_bytes)
    keep_undo_steps(change)
    epoch = thing.epoch
    transaction.on_commit(lambda: publish_change(change, epoch, frame), robust=True)
    failpoints.hit("before_commit")
    return change


def save_widgets(thing: Thing, draft: Draft) -> None:
    """The only place that writes widget rows. New ones keep the order in which they were added."""
    new, changed = [], []
    for widget, found in draft.found.items():
        state = draft.document.widgets[widget]
        if found is None:
            new.append(row_of(thing, state))
        elif found != state:
            changed.append(row_of(thing, state))
    Widget.objects.bulk_create(new, batch_size=100)
    # One statement that knows every row already: bulk_update would build a CASE of every row for every column,
    # which took 20 times the CPU for 100 widgets.
    fields = ["alive", "parent", "order_key", "fields", "origins", "text"]
    Widget.objects.bulk_create(
        changed, batch_size=100, update_conflicts=True, unique_fields=["row"], update_fields=fields
    )


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


def save_thing(thing: Thing, draft: Draft) -> None:
    meta = draft.document.meta
    thing.revision += 1
    thing.digest = digest_after(thing.digest, draft)
    thing.changed_at = timezone.now()
    fields = ["revision", "digest", "changed_at"]
    if draft.found_meta:
        if meta["visibility"] != thing.visibility or meta["trashed"] != (thing.trashed_at is not None):
            thing.access_epoch += 1
        thing.title, thing.canvas, thing.tags = meta["title"], meta["canvas"], meta["tags"]
        thing.visibility, thing.is_template = meta["visibility"], meta["template"]
        thing.trashed_at = (thing.trashed_at or thing.changed_at) if meta["trashed"] else None
        thing.origins = draft.document.meta_origins
        fields += ["title", "title_key", "canvas", "tags", "visibility", "is_template", "trashed_at", "origins"]
        fields.append("access_epoch")
    thing.save(update_fields=fields)


def digest_after(before: str, draft: Draft) -> str:
    found = [state for state in draft.found.values() if state is not None and state.alive]
    present = [draft.document.widgets[widget] for widget in draft.found]
    came = [state.as_json() for state in present if state.alive]
    return digest.moved(before, gone=[state.as_json() for state in found], came=came)


def change_of(edit: Edit, draft: Draft, effects: list[Json], before: list[Json | None], skipped: list[Json]) -> Change:
    thing, actor, asked = edit.thing, edit.actor, edit.asked
    return Change(
        thing=thing,
        revision=thing.revision,
        request_id=asked.id,
        actor=actor,
        actor_id_kept=actor.pk if actor else None,
        actor_name=actor.name if actor else "",
        via=edit.via,
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


def append(change: Change) -> bytes:
    """The row of the log, found again by the widgets whose text it changes. Its event, encoded for everybody (F4)."""
    frame = event_frame(change)
    change.event_bytes = len(frame)
    change.save(force_insert=True)
    texts = [effect["widget"] for effect in change.effects if effect["op"] == "text"]
    TextChange.objects.bulk_create(
        TextChange(thing_id=change.thing_id, widget=UUID(widget), revision=change.revision) for widget in texts
    )
    return frame


def keep_undo_steps(change: Change) -> None:
    """The person's stack: an undone step waits for redo until the next change clears it (U3)."""
    if change.actor_id is None or change.revision == 1:
        return
    mine = UndoStep.objects.filter(thing_id=change.thing_id, user_id=change.actor_id)
    if change.types[0] in ("undo", "redo"):
        undone_at = change.revision if change.types[0] == "undo" else None
        mine.filter(revision__in=change.undoes).update(undone_at=undone_at)
        return
    mine.exclude(undone_at=None).delete()
    if is_undoable(change.effects):
        mine.create(thing_id=change.thing_id, user_id=change.actor_id, revision=change.revision, group=change.group)


def publish_change(change: Change, epoch: str, frame: bytes) -> None:
    failpoints.hit("commit_to_publish")
    publish(SERVICE, str(change.thing_id), epoch=epoch, offset=change.revision, frame=frame)
    failpoints.hit("publish_to_answer")
