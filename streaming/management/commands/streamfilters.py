"""`manage.py streamfilters`: the filter chain as a connection meets it."""

import inspect
import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Print the filter chain of the stream, in the order in which a connection meets it."

    def handle(self, *args: Any, **options: Any) -> None:
        for number, path in enumerate(settings.STREAM_FILTERS, 1):
            loaded = import_string(path)
            told = inspect.getdoc(loaded) or inspect.getdoc(inspect.getmodule(loaded)) or ""
            told = re.sub(r" \((?:[A-Z]\d+(?:, )?)+\)", "", told)  # the rules' ids are for the source's readers
            self.stdout.write(f"{number:>2}  {path:<48} {told.splitlines()[0] if told else ''}".rstrip())
