"""The product with one more app, which changes constants."""

from widgetapp.settings import *  # noqa: F403
from widgetapp.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.altered.apps.AlteredConfig"]
