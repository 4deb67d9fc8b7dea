"""`manage.py limits`: docs/limits.md, from the table."""

from typing import Any

from django.core.management.base import BaseCommand

from widgetapp.limits import page


class Command(BaseCommand):
    help = "Print the page of limits."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")
