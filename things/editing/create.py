"""A new Thing, empty or from a template: its first change."""

from collections.abc import Mapping
from uuid import UUID

from uuid6 import uuid7

from accounts.models import User
from accounts.quotas import Quota, log_bytes, spend
from things.actions.create import copy_of
from things.document import ENDS, WidgetState, load_living
from things.document.draft import Draft, NoLog
from things.editing.log import empty_document
from things.editing.request import Creation, Request, read_creation
from things.editing.write import Edit, require_room, write
from things.errors import IdReused, NotVisible
from things.models import Change, Thing, Via
from things.people.permissions import visible_to
from things.shapes import Canvas, JsonValue, Value
from things.transactions import one_writer, snapshot


def create(actor: User, request: Mapping[str, JsonValue], *, via: Via) -> Thing:
    """A new Thing at revision 1, empty or from a template. The same id again, by the same owner, is the same Thing."""
    wanted = read_creation(request)
    thing_id = UUID(wanted.id) if wanted.id else uuid7()
    made = Thing.objects.filter(pk=thing_id).first()
    if made is not None:
        require_created_before(made, actor, wanted)
        return made
    # A template is read before any lock is taken.
    draft = draft_of(wanted, actor)
    with one_writer():
        thing, created = Thing.objects.get_or_create(id=thing_id, defaults={"owner": actor})
        if not created:
            require_created_before(thing, actor, wanted)
            return thing
        if via.has_quota:
            log_bytes.require_room(actor)
            spend(actor, Quota.THINGS)
        begin(thing, actor, wanted, draft, via=via)
    return thing


def begin(thing: Thing, actor: User, wanted: Creation, draft: Draft, *, via: Via) -> None:
    """Revision 1. The caller holds the row of the Thing, which is at revision 0, and has made `draft_of` before."""
    asked = Request(id=str(thing.pk), group="", actions=[], payload=[wanted.payload], hash="", size_bytes=0)
    write(Edit(thing=thing, actor=actor, asked=asked, via=via), draft, [])


def draft_of(wanted: Creation, actor: User) -> Draft:
    """What a new Thing begins with."""
    draft = Draft(empty_document(), NoLog())
    meta: dict[str, Value] = dict(wanted.meta)
    if wanted.template is not None:
        meta = {"canvas": copy_template(draft, actor, wanted.template), **meta}
    for name, value in meta.items():
        draft.set_meta(name, value)
    return draft


def require_created_before(thing: Thing, actor: User, wanted: Creation) -> None:
    first = Change.objects.filter(thing=thing, revision=1).first()
    if thing.owner_id != actor.pk or first is None or first.actions != [wanted.payload]:
        raise IdReused(f"the id {thing.pk} belongs to another Thing")


def alone(copy: WidgetState, copied: frozenset[str]) -> WidgetState:
    """A copy in another Thing: ends let go of what was not copied."""
    for end in ENDS:
        if end in copy.fields and copy.fields[end]["widget"] not in copied:
            copy.fields[end] = {**copy.fields[end], "widget": None}
    return copy


def copy_template(draft: Draft, actor: User, template: str) -> Canvas:
    """Put copies of the template's living widgets into the draft; returns its canvas."""
    with snapshot():
        original = visible_to(actor).filter(pk=UUID(template)).first()
        if original is None:
            raise NotVisible(f"no template {template}")
        require_room(original.living, original.living, original.living_bytes)
        document = load_living(original)
    living = document.living()
    ids = {state.id: str(uuid7()) for state in living}
    copied = frozenset(ids.values())
    for state in living:
        draft.add(alone(copy_of(state, ids, state.order), copied))
    return document.meta["canvas"]
