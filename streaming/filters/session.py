"""The Django session cookie, believed only from a trusted origin (A3)."""

from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from streaming.asgi_types import Application, Receive, Scope, Send, header
from streaming.database import in_database


class Session:
    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = scope["context"]
        key = session_key(scope) if context.origin_trusted else ""
        if key and (user := await in_database(user_of_session, key)) is not None:
            context = replace(context, user=user, session_key=key)
        await self._application({**scope, "context": context}, receive, send)


def session_key(scope: Scope) -> str:
    try:
        cookies = SimpleCookie(header(scope, b"cookie") or "")
    except CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


def user_of_session(key: str) -> Any:
    """The signed-in, active user of a session, with Django's own checks; else None."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user if user.is_authenticated and user.is_active else None
