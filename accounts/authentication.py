"""How a program or a browser says who it is on HTTP, and what its token may; `user_of_token` serves the stream too."""

from datetime import timedelta
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.columns import columns_of
from accounts.doors import Door, throttle
from accounts.models import Token, User
from accounts.statements import Statement
from streaming.context import Scope

USED_EVERY = timedelta(minutes=1)


class CsrfFailed(PermissionDenied):
    default_code = "csrf"
    default_detail = "A session needs its CSRF token"


class ScopeNeeded(PermissionDenied):
    default_code = "scope"
    default_detail = "This token is not for that"


def require_scope(request: Request, scope: Scope) -> None:
    """A token does only what it is for. A session may do everything that its person may."""
    if isinstance(request.auth, Token) and scope not in request.auth.scopes:
        raise ScopeNeeded(f"This token has not the scope {scope}")


class InScope(BasePermission):
    """Of every endpoint: reading needs the scope `read`, anything else `write`. A view whose methods mean something
    else says so in `scopes`; None for what every token may.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        usual = Scope.READ if request.method in SAFE_METHODS else Scope.WRITE
        scope = getattr(view, "scopes", {}).get(request.method, usual)
        if scope is not None:
            require_scope(request, scope)
        return True


class SessionAuthentication(authentication.SessionAuthentication):
    """The session cookie, with CSRF. A bad credential is 401, not 403, and this says how to get a good one."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise CsrfFailed(error.detail) from None

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Session realm="api"'


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]
    """`Authorization: Bearer wap_…`. `request.auth` is the Token; `InScope` asks for what."""

    def authenticate(self, request: Request) -> Any:
        """A token is 256 random bits: wrong ones are counted for what they cost, right ones never wait."""
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            throttle(Door.TOKEN, None, str(request.META.get("REMOTE_ADDR", "")))
            raise

    def authenticate_credentials(self, token: bytes) -> Any:
        """By the digest, which is the key, in one statement; the library reads all tokens that begin alike, prunes the
        person's expired ones and reads the person, at every request.
        """
        found = token_of(hash_token(token.decode())) if token.isascii() else None
        if found is None or (found.expiry is not None and found.expiry < timezone.now()):
            raise AuthenticationFailed("Invalid token.")
        self.validate_user(found)
        touch(found)
        return found.user, found


def token_of(digest: str) -> Token | None:
    """With its person."""
    row = _by_digest().one([digest])
    if row is None:
        return None
    tokens = columns_of(Token)
    token = tokens.instance(row[: len(tokens)])
    token.user = columns_of(User).instance(row[len(tokens) :])
    return token


@cache
def _by_digest() -> Statement:
    tokens, users = columns_of(Token).sql, columns_of(User).sql
    joined = "accounts_token JOIN accounts_user ON accounts_user.id = accounts_token.user_id"
    return Statement(f"SELECT {tokens}, {users} FROM {joined} WHERE digest = %s")  # noqa: S608


def touch(token: Token) -> None:
    """Remember the use of a token, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)


def user_of_token(token: str) -> tuple[User, Token] | None:
    """The active user and row of a bearer token, or None."""
    try:
        user, found = TokenAuthentication().authenticate_credentials(token.encode())
    except AuthenticationFailed:
        return None
    return user, found
