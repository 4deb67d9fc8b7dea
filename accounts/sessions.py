"""Sessions in the database, by keys that could be ours."""

from functools import cache
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.columns import columns_of
from accounts.statements import Statement


class SessionStore(db.SessionStore):
    """A cookie may hold any character, in quotes and octal even U+0000, which PostgreSQL cannot be asked about."""

    def _validate_session_key(self, key: Any) -> bool:
        return isinstance(key, str) and len(key) >= 8 and key.isascii() and key.isalnum()

    def _get_session_from_db(self) -> Session | None:
        """At every request of a browser."""
        row = _by_key().one([self.session_key])
        found = columns_of(Session).instance(row) if row is not None else None
        if found is None or found.expire_date <= timezone.now():
            self._session_key = None
            return None
        return found


@cache
def _by_key() -> Statement:
    return Statement(f"SELECT {columns_of(Session).sql} FROM django_session WHERE session_key = %s")  # noqa: S608
