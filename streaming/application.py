"""THE STREAMING PATH: accept, filter chain, splitter, services."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from streaming.accept import Accept
from streaming.asgi_types import Application
from streaming.push import AcceptPush, Push
from streaming.splitter import Splitter


@cache
def streaming_application() -> Application:
    """The stages, outermost first: a connection meets them in the order in which they stand here."""
    return Accept(filtered(cast(Application, Splitter.as_asgi())))


@cache
def push_application() -> Application:
    """The same stages for HTTP push (E1)."""
    return AcceptPush(filtered(Push()))


def filtered(application: Application) -> Application:
    """Behind the chain of the setting `STREAM_FILTERS`, whose first filter a connection meets first."""
    for path in reversed(settings.STREAM_FILTERS):
        application = import_string(path)(application)
    return application
