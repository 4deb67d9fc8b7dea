"""What the stream checks and starts with Django."""

from django.apps import AppConfig


class StreamingConfig(AppConfig):
    name = "streaming"

    def ready(self) -> None:
        from streaming import checks  # noqa: F401 — registers the checks
        from streaming.services.monitor import MonitorService
        from streaming.services.registry import register

        register(MonitorService())
