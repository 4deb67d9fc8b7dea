"""`manage.py email_collisions`: accounts whose e-mail addresses are one and the same address.

Made before there was one spelling of each. Runs before the migration that refuses them, so it touches no newer column.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.emails import collisions
from accounts.models import User, access_changed


class Command(BaseCommand):
    help = "List accounts that share an e-mail address; with --keep ID deactivate and rename the others. Never merges."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep", action="append", default=[], metavar="ID", help="the account that keeps the address"
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        people = dict(User.objects.order_by("date_joined").values_list("pk", "email"))
        found, kept = collisions(people.items()), set(options["keep"])
        if unknown := kept - {str(pk) for pks in found.values() for pk in pks}:
            raise CommandError(f"not one of the accounts that share an address: {', '.join(sorted(unknown))}")
        for key, pks in found.items():
            keep = [pk for pk in pks if str(pk) in kept]
            if len(keep) > 1:
                raise CommandError(f"{key}: only one account can keep it")
            if keep:
                self._set_aside([pk for pk in pks if pk != keep[0]])
            else:
                self._list(key, pks)

    def _list(self, key: str, pks: list[Any]) -> None:
        self.stdout.write(f"{key}")
        columns = ("pk", "email", "name", "is_active", "date_joined", "last_login")
        for pk, email, name, active, joined, last in User.objects.filter(pk__in=pks).values_list(*columns):
            state = "active" if active else "inactive"
            self.stdout.write(
                f"  {pk} {email} {name!r} {state}, joined {joined:%Y-%m-%d}, last signed in {last or '-'}"
            )

    def _set_aside(self, pks: list[Any]) -> None:
        """Their Things stay theirs; an administrator can give them another address."""
        for pk in pks:
            email = f"{pk}@renamed.invalid"
            with transaction.atomic():
                User.objects.filter(pk=pk).update(email=email, is_active=False)
                access_changed(pk)
            self.stdout.write(f"{pk} is inactive, and has the address {email}")
