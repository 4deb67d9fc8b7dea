"""`manage.py asyncapi` prints the AsyncAPI document of the stream."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from streaming.asyncapi import document


class Command(BaseCommand):
    help = "Print the AsyncAPI 3.0 document of the stream."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(document(), indent=2))
