from django.apps import AppConfig


class ThingsConfig(AppConfig):
    name = "things"

    def ready(self) -> None:
        from streaming.services.base import register
        from things.streams import GalleryService, InboxService, PresenceService, ThingsService

        things = ThingsService()
        presence = PresenceService(things)
        for service in (things, presence, GalleryService(things, presence), InboxService()):
            register(service)
