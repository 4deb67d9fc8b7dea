"""Makes the Things of the demo, marks them so, and puts them back as they were made."""

from uuid import UUID

from accounts.models import User
from things import editing
from things.demo.collection import Piece
from things.demo.sheet import demo_id
from things.editing.request import read_creation
from things.models import Change, Membership, TextChange, Thing, UndoStep, Via, Visibility, Widget
from things.people import sharing
from things.shapes import JsonObject
from things.transactions import one_writer

People = dict[str, User]


def ensure_piece(piece: Piece, people: People) -> bool:
    """Made once; what was done with it since stays. False when a Thing of another maker has its id."""
    found = Thing.objects.filter(pk=piece_id(piece)).first()
    if found is None:
        make(piece, people)
    return found is None or found.is_demo


def put_back(piece: Piece, people: People) -> bool:
    """As it was made, with a new epoch: open editors fetch it anew. What visitors wrote is gone with its log."""
    with one_writer():
        found = Thing.objects.select_for_update().filter(pk=piece_id(piece)).first()
        if found is not None and not found.is_demo:
            return False
        if found is not None:
            empty(found, people[piece.owner])
        make(piece, people)
    return True


def piece_id(piece: Piece) -> UUID:
    return demo_id(piece.sheet().slug)


def make(piece: Piece, people: People) -> None:
    """All or nothing: revision 1 is the title, revision 2 the content. Over an empty Thing, if there is one."""
    pk, owner, sheet = piece_id(piece), people[piece.owner], piece.sheet()
    visibility = Visibility.PUBLIC if piece.public else Visibility.PRIVATE
    wish: JsonObject = {"title": piece.title, "canvas": piece.canvas, "visibility": visibility.value}
    about = {"tags": list(piece.tags), "template": piece.template}
    actions = [{"type": "add", "widgets": sheet.widgets}, {"type": "set_thing", "set": about}]
    wanted = read_creation(wish)
    with one_writer():
        thing, _ = Thing.objects.get_or_create(pk=pk, defaults={"owner": owner, "is_demo": True})
        editing.begin(thing, owner, wanted, editing.draft_of(wanted, owner), via=Via.COMMAND)
        editing.perform(pk, owner, {"id": f"demo-{sheet.slug}", "actions": actions}, via=Via.COMMAND)
        Membership.objects.bulk_create(
            Membership(thing=thing, user=people[key], role=role) for key, role in piece.members.items()
        )


def empty(thing: Thing, owner: User) -> None:
    """Revision 0 of a new epoch, without members. The row stays, so that who waits for its lock finds the new one."""
    for model in (Widget, TextChange, UndoStep, Change, Membership):
        model.objects.filter(thing=thing).delete()
    blank = Thing(
        pk=thing.pk,
        owner=owner,
        is_demo=True,
        created_at=thing.created_at,
    )
    kept = {"id", "access_epoch"}
    changed = [field.name for field in Thing._meta.concrete_fields if field.name not in kept]
    blank.save(force_update=True, update_fields=changed)
    sharing.rights_changed([thing.pk])
