"""The product with one more app."""

from widgetapp.settings import *  # noqa: F403
from widgetapp.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.streaming.own.apps.OwnConfig"]
