"""`manage.py start`: what `./run` does once Python is there. One process from the migrations to the server, because
loading everything is most of a start.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from widgetapp.ports import free_port


class Command(BaseCommand):
    help = "Migrate, make the demo, print where to go, and serve."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, default=1)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000, help="the first free one from here on")
        parser.add_argument("--no-demo", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], free_port(options["host"], options["port"])
        call_command("migrate", verbosity=0)
        if not options["no_demo"]:
            call_command("demo", stdout=self.stdout)
        self.stdout.write(f"admin http://{host}:{port}/admin/")
        self.stdout.write(f"url http://{host}:{port}/")
        if options["workers"] > 1:
            call_command("serve", workers=options["workers"], host=host, port=port)
        else:
            call_command("runserver", f"{host}:{port}", use_reloader=False)
