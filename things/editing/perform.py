"""THE EDITING PATH: the one way a Thing changes.

A request of one or more actions becomes exactly one change: one transaction, one revision, one row of the log, one
event on the stream, one step of undo. API, admin, imports, commands and tests all come through here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.quotas import log_bytes
from things import store
from things.actions.base import at
from things.document import ends, open_document
from things.document.draft import Draft
from things.editing.events import actor_as_json
from things.editing.log import ChangeLog
from things.editing.request import Request, read_request
from things.editing.write import Edit, write
from things.errors import IdReused, NotAllowed, NotVisible, Trashed
from things.kinds.fields import identifier
from things.models import Change, Thing, Via
from things.people.permissions import Verb, allows, require
from things.shapes import Actor, Answer, Effect, Skip, Skipped
from things.transactions import one_writer
from things.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """The answer. `replayed`: the request had been seen and nothing was done again (W1)."""

    thing_id: UUID
    epoch: str
    revision: int
    id: str
    effects: list[Effect]
    skipped: list[Skipped]
    ids: dict[str, str] | None
    replayed: bool

    def as_json(self) -> Answer:
        shown: Answer = {"revision": self.revision, "id": self.id, "effects": self.effects, "skipped": self.skipped}
        return {**shown, "ids": self.ids} if self.ids is not None else shown


def perform(
    thing_id: UUID, actor: User | None, request: Mapping[str, Any], *, via: Via, staff: bool = False
) -> Performed:
    """Do what is asked, all or nothing, or raise a `ThingsError`. `staff` passes the rights: for the admin only."""
    asked = read_request(request)
    work = paid(asked)
    with one_writer():
        thing = lock(thing_id)
        require_rights(actor, thing, asked, staff=staff)
        if (first := answered_before(thing, actor, asked)) is not None:
            return answer(thing, first, replayed=True)
        require_untrashed(thing, asked)
        if actor is not None and via.has_quota:
            log_bytes.require_room(actor)
        draft = Draft(open_document(thing), ChangeLog(thing, actor, work), work)
        apply_actions(draft, asked)
        skipped = with_names(thing, draft.skipped)
        change = write(Edit(thing=thing, actor=actor, asked=asked, via=via), draft, skipped)
        return answer(thing, change) if change is not None else unchanged(thing, asked, skipped)


def paid(asked: Request) -> Work:
    """A request's own cost, before any lock is taken; the rest of the budget is for what it touches."""
    work = Work()
    work.spend(sum(action.cost() for action in asked.actions), "what the actions name")
    return work


def lock(thing_id: UUID) -> Thing:
    """The Thing under its row lock: everything after this happens in the order of revisions."""
    thing = store.lock(thing_id)
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


def answered_before(thing: Thing, actor: User | None, asked: Request) -> Change | None:
    """The change that this request made when it came first (W1)."""
    if not store.seen(thing.pk, asked.id):
        return None
    change = Change.objects.get(thing=thing, request_id=asked.id)
    if change.actor_id_kept != (actor.pk if actor else None) or change.payload_hash != asked.hash:
        raise IdReused(f"the id {asked.id} was used for another request")
    return change


def require_untrashed(thing: Thing, asked: Request) -> None:
    """Trashed is read-only until the owner takes it out. Who may see it then can be settled before, or with it."""
    if thing.trashed_at is None:
        return
    first = asked.payload[0]
    wanted = first["set"] if first["type"] == "set_thing" and len(asked.payload) == 1 else {}
    if not wanted or wanted.keys() - {"trashed", "visibility"} or wanted.get("trashed"):
        raise Trashed("restore the Thing before changing it")


def apply_actions(draft: Draft, asked: Request) -> None:
    fetch_named(draft, asked)
    for index, action in enumerate(asked.actions):
        draft.action = index
        with at("actions", index):
            action.apply(draft)


def fetch_named(draft: Draft, asked: Request) -> None:
    """Load what all the actions name, what that lies in, and what the connectors among it hold on to, at once."""
    draft.document.fetch(widget for action in asked.actions for widget in action.named())
    held = list(draft.document.widgets.values())
    draft.document.fetch_above(state.parent for state in held)
    ends.fetch_sight(draft, (state for state in held if "start" in state.fields))
    bases = {widget: base for action in asked.actions for widget, base in action.bases().items()}
    if len(bases) > 1:
        draft.log.fetch_texts(bases)


def with_names(thing: Thing, skipped: list[Skip]) -> list[Skipped]:
    """`by` as the person who made the revision that stood in the way."""
    revisions = {told["by"] for told in skipped if "by" in told}
    if not revisions:
        return [_named(told, {}) for told in skipped]
    rows = Change.objects.filter(thing=thing, revision__among=sorted(revisions))
    names = {
        row.revision: actor_as_json(row) for row in rows.only("thing_id", "revision", "actor_id_kept", "actor_name")
    }
    return [_named(told, names) for told in skipped]


def _named(told: Skip, names: dict[int, Actor]) -> Skipped:
    named: Skipped = {"action": told["action"], "widget": told["widget"], "reason": told["reason"]}
    if "field" in told:
        named["field"] = told["field"]
    if "by" in told and told["by"] in names:
        named["by"] = names[told["by"]]
    return named


def answer(thing: Thing, change: Change, *, replayed: bool = False) -> Performed:
    """Rebuilt from the change, so that a retry is answered with the same words."""
    return Performed(
        thing_id=thing.pk,
        epoch=thing.epoch,
        revision=change.revision,
        id=change.request_id,
        effects=change.effects,
        skipped=change.skipped,
        ids=ids_of(change),
        replayed=replayed,
    )


def ids_of(change: Change) -> dict[str, str] | None:
    """Old to new, of all that the change copied."""
    maps = [action["ids"] for action in change.actions if "ids" in action]
    return {identifier(old): identifier(new) for ids in maps for old, new in ids.items()} if maps else None


def unchanged(thing: Thing, asked: Request, skipped: list[Skipped]) -> Performed:
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
