"""The product with one more app."""

from tests.altered.settings import *  # noqa: F403
from tests.altered.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.streaming.own.apps.OwnConfig"]
