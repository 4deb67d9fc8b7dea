from django.apps import AppConfig


class ThingsConfig(AppConfig):
    name = "things"

    def ready(self) -> None:
        from streaming.services.base import register
        from things.streams import PresenceService, ThingsService

        register(ThingsService())
        register(PresenceService())
