"""`manage.py new_epoch`: the histories behind the offsets are no longer the ones that clients followed.

A step after a restore from backup: offsets that were given out since the backup will be given out again for other
changes. With new epochs every client fetches the Thing anew instead of joining two histories.
"""

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from things.management.commands.replay import parse_id
from things.models import Thing
from things.models.thing import new_epoch

BATCH = 500


class Command(BaseCommand):
    help = "Give Things a new epoch, so that every client fetches them anew: after a restore from backup."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("things", nargs="*", type=parse_id, metavar="id", default=[])
        which.add_argument("--all", action="store_true")

    def handle(self, *, things: list[UUID], all: bool, **options: str | int | bool | None) -> None:
        rows = Thing.objects.only("pk")
        wanted = list(rows if all else rows.filter(pk__in=things))
        if missing := set(things) - {thing.pk for thing in wanted}:
            raise CommandError(f"there is no Thing {min(missing)}")
        for thing in wanted:
            thing.epoch = new_epoch()
        Thing.objects.bulk_update(wanted, ["epoch"], batch_size=BATCH)
        self.stdout.write(f"{len(wanted)} Things have a new epoch; open clients notice within 2 s")
