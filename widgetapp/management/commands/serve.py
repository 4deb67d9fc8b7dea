"""`manage.py serve`: several worker processes on one socket."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from widgetapp.health import database
from widgetapp.hosts import require_private
from widgetapp.serve import Launcher, listen


class Command(BaseCommand):
    help = "Serve HTTP and the stream from several worker processes on one socket."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, default=settings.WORKERS)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        workers, host, port = options["workers"], options["host"], options["port"]
        if workers < 1:
            raise CommandError("--workers takes a whole number from 1")
        if workers > 1 and not settings.REDIS_HOSTS:
            raise CommandError("several workers need Redis: set REDIS_URL, for example redis://127.0.0.1:6379/0")
        require_private(host)
        if database() == "migrations":
            raise CommandError("the database lacks migrations: run  python manage.py migrate  first")
        try:
            listening = listen(host, port)
        except OSError as error:
            raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        self.stdout.write(f"listening on http://{host}:{listening.getsockname()[1]}/")
        sys.exit(Launcher(listening, workers).run())
