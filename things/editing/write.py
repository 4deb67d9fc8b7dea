"""The apply step of editing: a draft becomes widget rows, one row of the log, undo steps and one event.

Nothing else writes these. The caller holds the Thing's row lock in a transaction.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.columns import json_of, key
from accounts.models import User
from accounts.quotas import log_bytes
from streaming import failpoints
from streaming.access import access_moved
from streaming.fanout.publisher import publish
from things.document import WidgetState, digest
from things.document.draft import Draft
from things.document.effects import effects_of
from things.document.undo import is_undoable
from things.editing.events import SERVICE, Written, event_frame, stored_bytes
from things.editing.request import Request
from things.errors import ThingFull, TooLarge
from things.models import Change, Thing, Via
from things.shapes import Before, Effect, EndName, Skipped
from things.writes import Writes

MAX_EFFECTS = 10_000
WORDS = ("name", "alt", "link")  # fields that hold words; text is an effect of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Who asks what of which Thing, and through what."""

    thing: Thing
    actor: User | None
    asked: Request
    via: Via

    @property
    def types(self) -> list[str]:
        return [entry["type"] for entry in self.asked.payload]


def write(edit: Edit, draft: Draft, skipped: list[Skipped]) -> Change | None:
    """One revision (W4, W6); its event goes out after commit (W7). None when the draft changed nothing."""
    thing = edit.thing
    effects, before = effects_of(draft, thing.revision + 1)
    require_few(edit, draft, effects)
    # The first revision is made even when it says nothing: a Thing has a log. And undo moves "my latest" on.
    if not effects and not draft.undoes and thing.revision:
        return None
    weigh(edit, draft, effects)
    writes = Writes()
    save_widgets(thing, draft, writes)
    moved = save_thing(thing, draft, writes)
    change = change_of(edit, draft, effects, before, skipped)
    frame = append(change, writes)
    keep_undo_steps(change, writes)
    writes.say()
    if moved:
        access_moved(Thing, [thing.pk])
        thing.refresh_from_db(fields=["access_epoch"])
    if edit.actor is not None and edit.via.has_quota:
        log_bytes.add(edit.actor, change.stored_bytes)
    epoch, access_epoch = thing.epoch, thing.access_epoch
    transaction.on_commit(lambda: publish_change(change, epoch, access_epoch, frame), robust=True)
    failpoints.hit("before_commit")
    return change


def require_few(edit: Edit, draft: Draft, effects: list[Effect]) -> None:
    """Effects are counted after folding. What deletes or undoes may touch as many widgets as a Thing may hold."""
    if len(effects) <= MAX_EFFECTS or edit.types == ["create"]:
        return
    if set(edit.types) <= {"delete", "undo", "redo"} and len(draft.found) <= settings.THING_WIDGETS:
        return
    raise TooLarge(f"at most {MAX_EFFECTS} effects in a change, got {len(effects)}")


def weigh(edit: Edit, draft: Draft, effects: list[Effect]) -> None:
    """The Thing's digest and what it holds after the draft; refused where it would hold too much."""
    thing = edit.thing
    gone = [digest.weigh(state.as_json()) for state in draft.found.values() if state is not None and state.alive]
    present = [draft.document.widgets[widget] for widget in draft.found]
    came = [digest.weigh(state.as_json()) for state in present if state.alive]
    held = (thing.living, thing.rows, thing.living_bytes)
    thing.digest = digest.moved(thing.digest, gone=gone, came=came)
    thing.living = max(0, thing.living + len(came) - len(gone))
    thing.rows += sum(state is None for state in draft.found.values())
    grown = sum(weight.size_bytes for weight in came) - sum(weight.size_bytes for weight in gone)
    thing.living_bytes = max(0, thing.living_bytes + grown)
    if edit.types != ["undo"] and any(map(adds, effects)):
        require_room(thing.living, thing.rows, thing.living_bytes, than=held)


def adds(effect: Effect) -> bool:
    """Whether it can make a Thing hold more than numbers and names of colours do."""
    comes = effect["op"] in ("add", "text") or (effect["op"] == "alive" and effect["value"])
    return comes or (effect["op"] == "set" and effect["field"] in WORDS)


def require_room(living: int, rows: int, size_bytes: int, *, than: tuple[int, int, int] = (0, 0, 0)) -> None:
    """A Thing that holds too much may hold less, or the same. `than`: what it holds now."""
    most = (settings.THING_WIDGETS, settings.THING_ROWS, settings.THING_BYTES)
    names = ("widgets", "widgets, deleted ones included,", "bytes of widgets")
    for after, before, limit, name in zip((living, rows, size_bytes), than, most, names, strict=True):
        if after > limit and after > before:
            raise ThingFull(f"a Thing holds at most {limit:,} {name}; this would make {after:,}")


def save_widgets(thing: Thing, draft: Draft, writes: Writes) -> None:
    """The only place that writes widget rows. New ones keep the order in which they were added."""
    new, changed = [], []
    thing_key = key(thing.pk)
    for widget, found in draft.found.items():
        state = draft.document.widgets[widget]
        if found is None:
            new.append([thing_key, key(state.id), state.kind, *changing(state)])
        elif found != state:
            changed.append([*changing(state), state.row])
    writes.new_widgets(new)
    writes.changed_widgets(changed)


def changing(state: WidgetState) -> list[Any]:
    """The columns of `writes.WIDGET_CHANGING`."""
    return [
        state.alive,
        key(state.parent),
        state.order.encode("ascii"),
        _target(state, "start"),
        _target(state, "end"),
        json_of(state.fields),
        json_of(state.origins),
        json_of(state.text),
    ]


def _target(state: WidgetState, end: EndName) -> Any:
    return key(state.fields.get(end, {}).get("widget") or None)


def save_thing(thing: Thing, draft: Draft, writes: Writes) -> bool:
    """Whether it moved: others may see it now, or no more."""
    meta = draft.document.meta
    thing.revision += 1
    thing.changed_at = timezone.now()
    fields = ["revision", "digest", "living", "rows", "living_bytes", "changed_at"]
    moved = False
    if draft.found_meta:
        moved = meta["visibility"] != thing.visibility or meta["trashed"] != (thing.trashed_at is not None)
        thing.title, thing.canvas, thing.tags = meta["title"], meta["canvas"], meta["tags"]
        thing.visibility, thing.is_template = meta["visibility"], meta["template"]
        thing.trashed_at = (thing.trashed_at or thing.changed_at) if meta["trashed"] else None
        thing.origins = draft.document.meta_origins
        fields += ["title", "title_key", "canvas", "tags", "visibility", "is_template", "trashed_at", "origins"]
    writes.thing(thing, fields)
    return moved


def change_of(edit: Edit, draft: Draft, effects: list[Effect], before: list[Before], skipped: list[Skipped]) -> Change:
    thing, actor, asked = edit.thing, edit.actor, edit.asked
    return Change(
        thing=thing,
        revision=thing.revision,
        request_id=asked.id,
        actor=actor,
        actor_id_kept=actor.pk if actor else None,
        actor_name=actor.name if actor else "",
        via=edit.via,
        types=edit.types,
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


def append(change: Change, writes: Writes) -> bytes:
    """The row of the log, found again by the widgets whose text it changes. Its event, encoded for everybody (F4)."""
    written = Written.of(change)
    frame = event_frame(change, written)
    change.event_bytes = len(frame)
    change.stored_bytes = stored_bytes(change, written)
    writes.change(change, written.columns())
    texts = [effect["widget"] for effect in change.effects if effect["op"] == "text"]
    writes.text_changes(change.thing_id, texts, change.revision)
    return frame


def keep_undo_steps(change: Change, writes: Writes) -> None:
    """The person's stack: an undone step waits for redo until the next change clears it (U3)."""
    if change.actor_id is None or change.revision == 1:
        return
    if change.types[0] in ("undo", "redo"):
        undone_at = change.revision if change.types[0] == "undo" else None
        writes.mark_steps(change.thing_id, change.actor_id, change.undoes, undone_at)
    elif is_undoable(change.effects):
        writes.new_step(change.thing_id, change.actor_id, change.revision, change.group)
    else:
        writes.end_redo(change.thing_id, change.actor_id)


def publish_change(change: Change, epoch: str, access_epoch: int, frame: bytes) -> None:
    failpoints.hit("commit_to_publish")
    publish(SERVICE, str(change.thing_id), epoch=epoch, access_epoch=access_epoch, offset=change.revision, frame=frame)
    failpoints.hit("publish_to_answer")
