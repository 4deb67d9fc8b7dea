"""`manage.py demo`: people with a known password, Things to open, a fresh token for each person.

May be run at every start. People and Things are made once; what was done with them since stays, unless `--reset` puts
the Things back.
Only digests of tokens are stored, so each run replaces the demo tokens and prints the new ones.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts.emails import email_key
from accounts.models import Token, User
from things.demo.collection import PASSWORD, PEOPLE, PIECES, Person
from things.demo.making import ensure_piece, piece_id, put_back

TOKEN_NAME = "Demo"  # noqa: S105


class Command(BaseCommand):
    help = "Make the demo people and Things; print how to sign in and a personal token for each person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reset", action="store_true", help="put the demo's Things back as they were made, and purge"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        people = {person.key: ensure_person(person) for person in PEOPLE}
        bring = put_back if options["reset"] else ensure_piece
        for piece in PIECES:
            if not bring(piece, people):
                self.stderr.write(f"left alone: {piece_id(piece)} is not the demo's ({piece.title})")
        if options["reset"]:
            call_command("purge", stdout=self.stdout)
        for person in PEOPLE:
            self.stdout.write(f'user {person.email} "{PASSWORD}"')
        for key, user in people.items():
            self.stdout.write(f"token {key} {new_token(user)}")


def ensure_person(person: Person) -> User:
    found = User.objects.filter(email_key=email_key(person.email)).first()
    if found:
        return found
    rights = {"is_staff": person.staff, "is_superuser": person.staff}
    return User.objects.create_user(person.email, PASSWORD, name=person.name, color=person.color, **rights)


def new_token(user: User) -> str:
    """Replaces this person's demo token."""
    Token.objects.filter(user=user, name=TOKEN_NAME).delete()
    _, text = Token.objects.create(user=user, name=TOKEN_NAME, scopes=["read", "write"])
    return str(text)
