"""`manage.py new_epoch`: the histories behind the offsets are no longer the ones that clients followed.

A step after a restore from backup: offsets that were given out since the backup will be given out again for other
changes. With new epochs every client fetches the Thing anew instead of joining two histories.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from things.management.commands.replay import thing_id
from things.models import Thing
from things.models.thing import new_epoch

BATCH = 500


class Command(BaseCommand):
    help = "Give Things a new epoch, so that every client fetches them anew: after a restore from backup."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("things", nargs="*", type=thing_id, metavar="id", default=[])
        which.add_argument("--all", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        things = (
            Thing.objects.only("pk") if options["all"] else Thing.objects.only("pk").filter(pk__in=options["things"])
        )
        wanted = list(things)
        if missing := set(options["things"]) - {thing.pk for thing in wanted}:
            raise CommandError(f"there is no Thing {min(missing)}")
        for thing in wanted:
            thing.epoch = new_epoch()
        Thing.objects.bulk_update(wanted, ["epoch"], batch_size=BATCH)
        self.stdout.write(f"{len(wanted)} Things have a new epoch; open clients notice within 2 s")
