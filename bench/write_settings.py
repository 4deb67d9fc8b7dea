"""WidgetApp's settings with an empty view beside its own."""

from widgetapp.settings import *  # noqa: F403

ROOT_URLCONF = "bench.write_urls"
