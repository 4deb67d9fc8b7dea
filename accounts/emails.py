"""One address, one person: how e-mail addresses are compared.

`User.email` is kept as it was typed and is where mail goes. `User.email_key` is unique and the only one that is ever
compared, so no two databases and no two doors differ about who is meant.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db import models


def email_key(email: str) -> str:
    """Equal for two spellings of one address. Python makes it: databases fold letters each in their own way."""
    folded = unicodedata.normalize("NFKC", email.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)  # a folded letter may compose with the next one


class EmailKey(models.CharField[str, str]):
    """Follows `email` at every save."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = email_key(model_instance.email)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, key)
        return key


def collisions(people: Iterable[tuple[Any, str]]) -> dict[str, list[Any]]:
    """Of pairs of id and e-mail: the keys that several have, with their ids."""
    found: dict[str, list[Any]] = {}
    for pk, email in people:
        found.setdefault(email_key(email), []).append(pk)
    return {key: pks for key, pks in found.items() if len(pks) > 1}
