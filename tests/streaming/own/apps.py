from django.apps import AppConfig


class OwnConfig(AppConfig):
    name = "tests.streaming.own"
    label = "own"

    def ready(self) -> None:
        from streaming.services.registry import register
        from tests.streaming.own import services

        exec(services.DICE, {})
        for service in (services.Broken(), services.Silent(), services.Clumsy()):
            register(service)
