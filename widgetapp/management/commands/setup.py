"""`manage.py setup`: everything between an empty database and `manage.py serve`. May be run again at every deploy."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts import administrators


class Command(BaseCommand):
    help = "Migrate, make the first administrator, collect static files."

    def add_arguments(self, parser: CommandParser) -> None:
        administrators.add_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        self.stdout.write("the database is up to date")
        if admin := options["admin"]:
            self.stdout.write(administrators.ensure_administrator(admin))
        elif administrators.is_missing():
            self.stdout.write("there is no administrator: manage.py setup --admin EMAIL makes one")
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write("static files are collected")
