"""The Django session cookie, believed only from a trusted origin (A3)."""

from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from streaming.asgi_types import Application, Receive, Scope, Send, header
from streaming.context import Credential
from streaming.database import in_database


class Session:
    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = session_key(scope) if scope["context"].origin_trusted else ""
        if key and (credential := await in_database(credential_of_session, key)) is not None:
            scope = {**scope, "context": scope["context"].known_by(credential)}
        await self._application(scope, receive, send)


def session_key(scope: Scope) -> str:
    try:
        cookies = SimpleCookie(header(scope, b"cookie") or "")
    except CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


def credential_of_session(key: str) -> Credential | None:
    """The signed-in, active user of a session, with Django's own checks; else None."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    if not user.is_authenticated or not user.is_active:
        return None
    return Credential(user=user, session_key=key, expires_at=expiry_of(request.session, key))


def expiry_of(session: Any, key: str) -> float | None:
    """When the stored session ends. Sessions kept in a cache do not tell; they are found ended by the re-check (A4)."""
    model = getattr(session, "model", None)
    stored = model.objects.filter(pk=key).values_list("expire_date", flat=True).first() if model else None
    return stored.timestamp() if stored else None
