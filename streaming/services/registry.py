"""The services that the stream offers, by name. An app registers its own when it is ready."""

from streaming.errors import Denied
from streaming.service import Service

SERVICES: dict[str, Service] = {}


def register(service: Service) -> None:
    """Call it from `AppConfig.ready()`. A later service of the same name takes the place of an earlier one."""
    SERVICES[service.name] = service


def service_named(name: str) -> Service:
    """Raises `Denied`, `unknown_service`, for a name that nobody registered."""
    service = SERVICES.get(name)
    if service is None:
        raise Denied("unknown_service", "no service has this name")
    return service
