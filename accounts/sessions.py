"""Sessions in the database, by keys that could be ours."""

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """A cookie may hold any character, in quotes and octal even U+0000, which PostgreSQL cannot be asked about."""

    def _validate_session_key(self, key: Any) -> bool:
        return isinstance(key, str) and len(key) >= 8 and key.isascii() and key.isalnum()
