import json
import os
from importlib import import_module

from django.apps import AppConfig


class AlteredConfig(AppConfig):
    name = "tests.altered"
    label = "altered"

    def ready(self) -> None:
        for path, value in json.loads(os.environ["ALTERED"]).items():
            module, _, constant = path.rpartition(".")
            getattr(import_module(module), constant)  # one that is not there is a mistake of the test
            setattr(import_module(module), constant, value)
