"""Registers the system checks when Django starts."""

from django.apps import AppConfig


class WidgetappConfig(AppConfig):
    name = "widgetapp"

    def ready(self) -> None:
        from widgetapp import checks  # noqa: F401 — registers the checks
