"""The Django session cookie, believed only from a trusted origin (A3)."""

from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from streaming.asgi_types import Application, Receive, Scope, Send, header
from streaming.context import Credential
from streaming.credentials import expiry_of
from streaming.database import in_database


class Session:
    """Finds the person by the session cookie, if the origin is trusted. `store`: the class that keeps sessions."""

    def __init__(
        self, application: Application, *, cookie: str | None = None, store: type[SessionBase] | None = None
    ) -> None:
        self._application = application
        self._cookie = settings.SESSION_COOKIE_NAME if cookie is None else cookie
        self._store = import_module(settings.SESSION_ENGINE).SessionStore if store is None else store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = session_key(scope, self._cookie) if scope["context"].origin_trusted else ""
        if key and (credential := await in_database(credential_of_session, self._store(key), key)) is not None:
            scope = {**scope, "context": scope["context"].known_by(credential)}
        await self._application(scope, receive, send)


def session_key(scope: Scope, name: str) -> str:
    """What the cookie of that name says; empty without one."""
    try:
        cookies = SimpleCookie(header(scope, b"cookie") or "")
    except CookieError:
        return ""
    morsel = cookies.get(name)
    return morsel.value if morsel else ""


def credential_of_session(session: SessionBase, key: str) -> Credential | None:
    """The signed-in, active user of a session, with Django's own checks; else None."""
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    if not user.is_authenticated or not user.is_active:
        return None
    return Credential(user=user, session_key=key, expires_at=expiry_of(session, key))
