"""Which credentials still hold, for connections that are open (A4), and how the stream hears that one may not."""

from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import tickets, tokens
from accounts.models import Token, User, access_changed
from streaming.close_codes import CloseCode
from streaming.context import Credential, RequestContext, Scope
from streaming.credentials import expiry_of
from streaming.fanout.publisher import publish_access


class AccountCredentials:
    """Implements `streaming.credentials.Credentials`."""

    def access_epochs(self, users: Sequence[str]) -> dict[str, int]:
        rows = User.objects.filter(pk__in=users).values_list("pk", "access_epoch")
        return {str(pk): epoch for pk, epoch in rows}

    def ended(self, contexts: Sequence[RequestContext]) -> dict[str, CloseCode]:
        people = {context.connection: context.user.pk for context in contexts if context.user is not None}
        users = User.objects.in_bulk(set(people.values()))
        tokens = Token.objects.in_bulk({context.token.pk for context in contexts if context.token is not None})
        sessions = sessions_of({context.session_key for context in contexts if context.session_key})
        found = {
            context.connection: code_of(context, users.get(people.get(context.connection)), tokens, sessions)
            for context in contexts
        }
        return {connection: code for connection, code in found.items() if code is not None}

    def redeem(self, ticket: str) -> Credential | None:
        return redeem(ticket)


def of_bearer(user: User, token: Token) -> Credential:
    expires_at = token.expiry.timestamp() if token.expiry else None
    return Credential(user=user, token=token, scopes=frozenset(map(Scope, token.scopes)), expires_at=expires_at)


def redeem(ticket: str) -> Credential | None:
    """A ticket lives by the session or token that made it, and ends with it (A3)."""
    row = tickets.redeem(ticket)
    if row is None:
        return None
    if row.token is not None:
        return of_bearer(row.user, row.token)
    if not row.session_key:
        return Credential(user=row.user)
    if of_session(sessions_of([row.session_key]).get(row.session_key, {}), row.user) is not None:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(row.session_key)
    return Credential(user=row.user, session_key=row.session_key, expires_at=expiry_of(store, row.session_key))


def sessions_of(keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """What the sessions hold that have not ended: one query where they are rows, one look each where they are not."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    if (model := getattr(store(), "model", None)) is None:
        return {key: store(key).load() for key in keys}
    rows = model.objects.filter(expire_date__gt=timezone.now()).in_bulk(keys)
    return {key: store().decode(row.session_data) for key, row in rows.items()}


def code_of(
    context: RequestContext, user: User | None, tokens: Mapping[Any, Token], sessions: Mapping[str, dict[str, Any]]
) -> CloseCode | None:
    if user is None or not user.is_active:
        return CloseCode.NOT_SIGNED_IN
    if context.token is not None:
        return of_token(tokens.get(context.token.pk))
    return of_session(sessions.get(context.session_key, {}), user) if context.session_key else None


def of_token(token: Token | None) -> CloseCode | None:
    if token is None:
        return CloseCode.NOT_SIGNED_IN
    expired = token.expiry is not None and token.expiry < timezone.now()
    return CloseCode.CREDENTIAL_EXPIRED if expired else None


def of_session(data: Mapping[str, Any], user: User) -> CloseCode | None:
    if SESSION_KEY not in data:
        return CloseCode.NOT_SIGNED_IN
    if data[SESSION_KEY] != str(user.pk):
        return CloseCode.IDENTITY_CHANGED
    same = constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return None if same else CloseCode.CREDENTIAL_EXPIRED


def token_ended(sender: Any, instance: Token, **_: Any) -> None:
    """Receives `post_delete`: whoever ends a token, and those that it made with it, the streams hear of it."""
    access_changed(instance.user_id)


def sign_out_everywhere(user: User, *, programs: bool) -> None:
    """No session of before goes on, on any device; with `programs` no token does either."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        access_changed(user.pk)
        if programs:
            tokens.end(user)


def signed_out(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    """Receives `user_logged_out`. The session is flushed right after, so its key is told, not asked about."""
    if user is not None and request.session.session_key:
        publish_access(sessions=[request.session.session_key])
        access_changed(user.pk)
