"""Registers the services that Things give to the stream."""

from django.apps import AppConfig


class ThingsConfig(AppConfig):
    name = "things"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from streaming.services.registry import register
        from things.people.sharing import signed_in
        from things.streams import GalleryService, InboxService, PresenceService, ThingsService

        things = ThingsService()
        presence = PresenceService(things)
        for service in (things, presence, GalleryService(things, presence), InboxService()):
            register(service)
        user_logged_in.connect(signed_in, dispatch_uid="things.signed_in")
