"""`manage.py replay`: rebuild Things from their logs and compare with what is stored."""

from argparse import ArgumentTypeError
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from things.document import digest, load
from things.editing.log import document_at
from things.models import Thing
from things.transactions import snapshot


def parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not the id of a Thing") from None


class Command(BaseCommand):
    help = "Rebuild Things from their change logs and compare digests; exits with 1 when one differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("things", nargs="*", type=parse_id, metavar="id", help="all Things when none is named")

    def handle(self, *, things: list[UUID], verbosity: int, **options: str | bool | None) -> None:
        wanted = things or list(Thing.objects.order_by("pk").values_list("pk", flat=True))
        differing = 0
        for pk in wanted:
            differences = differences_of(pk)
            differing += bool(differences)
            if differences or things or verbosity > 1:
                self.stdout.write(f"{pk} {'; '.join(differences) or 'equal'}")
        self.stdout.write(f"{len(wanted)} Things, {differing} differ from their log")
        if differing:
            raise CommandError("the stored state is not what the log says")


def differences_of(pk: UUID) -> list[str]:
    """In words; empty when log, rows and digest agree."""
    with snapshot():
        thing = Thing.objects.filter(pk=pk).first()
        if thing is None:
            raise CommandError(f"there is no Thing {pk}")
        present, replayed = load(thing), document_at(thing, thing.revision)
    differences = []
    if replayed.digest() != thing.digest:
        differences.append(f"the log's digest is {replayed.digest()}, the Thing's {thing.digest}")
    living = [digest.weigh(state.as_json()).size_bytes for state in present.living()]
    if (thing.living, thing.rows, thing.living_bytes) != (len(living), len(present.widgets), sum(living)):
        differences.append("how much the Thing holds is not what was counted")
    if present.digest() != thing.digest:
        differences.append(f"the rows' digest is {present.digest()}, the Thing's {thing.digest}")
    if replayed.widgets_as_json() != present.widgets_as_json():
        differences.append("the rows are not what the log says")
    if replayed.meta != present.meta:
        differences.append("title, canvas, tags, visibility, trash or template are not what the log says")
    return differences
