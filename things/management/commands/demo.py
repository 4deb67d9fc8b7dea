"""`manage.py demo`: people, Things to open, a fresh token for each person. While `DEBUG` the people have a known
password; where it is off, random ones that are printed once, and none of them is an administrator.

May be run at every start. People and Things are made once; what was done with them since stays, unless `--reset` puts
the Things back.
Only digests of tokens are stored, so each run replaces the demo tokens and prints the new ones.
"""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts import tokens
from accounts.models import Token, User
from things.demo.collection import PIECES
from things.demo.making import ensure_piece, piece_id, put_back
from things.demo.people import ensure_people

TOKEN_NAME = "Demo"  # noqa: S105


class Command(BaseCommand):
    help = "Make the demo people and Things; print how to sign in and a personal token for each person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reset", action="store_true", help="put the demo's Things back as they were made, and purge"
        )

    def handle(self, *, reset: bool, **options: str | int | bool | None) -> None:
        sign_ins = ensure_people(known=settings.DEBUG)
        people = {key: sign_in.user for key, sign_in in sign_ins.items()}
        bring = put_back if reset else ensure_piece
        for piece in PIECES:
            if not bring(piece, people):
                self.stderr.write(f"left alone: {piece_id(piece)} is not the demo's ({piece.title})")
        if reset:
            call_command("purge", stdout=self.stdout)
        for sign_in in sign_ins.values():
            self.stdout.write(str(sign_in))
        for key, user in people.items():
            self.stdout.write(f"token {key} {new_token(user)}")


def new_token(user: User) -> str:
    """Replaces this person's demo token."""
    tokens.end(user, name=TOKEN_NAME)
    _, text = Token.objects.create(user=user, name=TOKEN_NAME, scopes=["read", "write"])
    return str(text)
