"""The language that the client asks for, among those the site speaks (A2)."""

from collections.abc import Awaitable
from dataclasses import replace

from django.conf import settings
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from streaming.asgi_types import Application, Receive, Scope, Send, header


class Locale:
    def __init__(self, application: Application, *, default: str | None = None) -> None:
        self._application = application
        self._default = settings.LANGUAGE_CODE if default is None else default

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        context = replace(
            scope["context"], locale=language_of(header(scope, b"accept-language") or "") or self._default
        )
        return self._application({**scope, "context": context}, receive, send)


def language_of(accepted: str) -> str:
    """The first that the site speaks; empty for none."""
    for language, _ in parse_accept_lang_header(accepted.lower()):
        try:
            return get_supported_language_variant(language)
        except LookupError:
            continue
    return ""
