"""`manage.py demo`: people with a known password, Things to open, a fresh token for each person.

May be run at every start. People and Things are made once; what was done with them since stays.
Only digests of tokens are stored, so each run replaces the demo tokens and prints the new ones.
"""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Token, User
from things import editing
from things.demo.collection import PASSWORD, PEOPLE, PIECES, Person, Piece
from things.demo.sheet import thing_id
from things.models import Membership, Thing, Via, Visibility

TOKEN_NAME = "Demo"  # noqa: S105


class Command(BaseCommand):
    help = "Make the demo people and Things; print how to sign in and a personal token for each person."

    def handle(self, *args: Any, **options: Any) -> None:
        people = {person.key: ensure_person(person) for person in PEOPLE}
        for piece in PIECES:
            ensure_piece(piece, people)
        for person in PEOPLE:
            self.stdout.write(f'user {person.email} "{PASSWORD}"')
        for key, user in people.items():
            self.stdout.write(f"token {key} {new_token(user)}")


def ensure_person(person: Person) -> User:
    found = User.objects.filter(email=person.email).first()
    if found:
        return found
    rights = {"is_staff": person.staff, "is_superuser": person.staff}
    return User.objects.create_user(person.email, PASSWORD, name=person.name, color=person.color, **rights)


def ensure_piece(piece: Piece, people: dict[str, User]) -> None:
    """Revision 1 is the title, revision 2 the content: what has both is left alone."""
    sheet, owner = piece.sheet(), people[piece.owner]
    pk = thing_id(sheet.slug)
    if Thing.objects.filter(pk=pk, revision__gt=1).exists():
        return
    visibility = Visibility.PUBLIC if piece.public else Visibility.PRIVATE
    wish = {"id": str(pk), "title": piece.title, "canvas": piece.canvas, "visibility": visibility.value}
    editing.create(owner, wish, via=Via.COMMAND)
    about = {"tags": list(piece.tags), "template": piece.template}
    actions = [{"type": "add", "widgets": sheet.widgets}, {"type": "set_thing", "set": about}]
    editing.perform(pk, owner, {"id": f"demo-{sheet.slug}", "actions": actions}, via=Via.COMMAND)
    for key, role in piece.members.items():
        Membership.objects.get_or_create(thing_id=pk, user=people[key], defaults={"role": role})


def new_token(user: User) -> str:
    """Replaces this person's demo token."""
    Token.objects.filter(user=user, name=TOKEN_NAME).delete()
    _, text = Token.objects.create(user=user, name=TOKEN_NAME, scopes=["read", "write"])
    return str(text)
