"""`manage.py start`: what `./run` does once Python is there. One process from the migrations to the server, because
loading everything is most of a start.
"""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts import administrators
from things.demo.people import shut_known
from widgetapp.hosts import EVERY_ADDRESS, require_private
from widgetapp.ports import free_port


class Command(BaseCommand):
    help = "Migrate, make the demo where that is wanted, print where to go, and serve."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, default=1)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000, help="the first free one from here on")
        administrators.add_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], free_port(options["host"], options["port"])
        require_private(host)
        call_command("migrate", verbosity=0)
        self._people(options["admin"])
        url = f"http://{settings.ALLOWED_HOSTS[0] if host in EVERY_ADDRESS else host}:{port}"
        self.stdout.write(f"admin {url}/admin/")
        self.stdout.write(f"url {url}/")
        if options["workers"] > 1:
            call_command("serve", workers=options["workers"], host=host, port=port)
        else:
            call_command("runserver", f"{host}:{port}", use_reloader=False)

    def _people(self, admin: str | None) -> None:
        if settings.DEMO:
            call_command("demo", stdout=self.stdout)
        elif not settings.DEBUG:
            shut_known()
        if admin:
            self.stdout.write(administrators.ensure_administrator(admin))
        elif administrators.is_missing():
            self.stdout.write("note there is no administrator: --admin EMAIL makes one")
