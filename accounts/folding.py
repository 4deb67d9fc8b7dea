"""How words are compared when people search: without case, width or composition, in every script.

Python makes the key, at every save, so both databases find the same: they would fold ASCII only, or by their locale.
"""

import unicodedata
from typing import Any

from django.db import models

FILLED_AT_ONCE = 1000
_UNSEEN = ("Cc", "Cf", "Cs")  # control characters, format characters, lone surrogates
_DOTLESS_I, _DOT_ABOVE = "\u0131", "\u0307"


def fold(text: str) -> str:
    """NFKC and casefold, one space between words, without what nobody sees or types: control characters, soft hyphens,
    joiners, variation selectors. `i` is one letter, with or without its dot: İ folds to `i` and a dot of its own.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).split())
    folded = unicodedata.normalize("NFKC", "".join(filter(_is_seen, words)).casefold())
    return folded.replace(_DOTLESS_I, "i").replace(_DOT_ABOVE, "")


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter) not in _UNSEEN and not "\ufe00" <= letter <= "\ufe0f"


def plain(folded: str) -> str:
    """Without the accents of Latin, Greek and Cyrillic; the marks of other scripts are letters and stay."""
    parts = unicodedata.normalize("NFD", folded)
    return unicodedata.normalize("NFC", "".join(part for part in parts if not "\u0300" <= part <= "\u036f"))


def search_key(text: str) -> str:
    """What `fold` of a search is looked for in: with accents and, on a line of its own, without. So `ecole` finds
    `École`; an accent that is typed is meant.
    """
    folded = fold(text)
    bare = plain(folded)
    return folded if bare == folded else f"{folded}\n{bare}"


class SearchKey(models.TextField[str, str]):
    """The key of another field, made anew at each save."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{"default": "", "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = search_key(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, key)
        return key


def fill_keys(model: Any, key: str, of: str) -> None:
    """For migrations: the keys of the rows there are, a batch at a time."""
    rows = model.objects.order_by("pk").only("pk", of)
    batch = list(rows[:FILLED_AT_ONCE])
    while batch:
        for row in batch:
            setattr(row, key, search_key(getattr(row, of)))
        rows.bulk_update(batch, [key], batch_size=200)
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:FILLED_AT_ONCE])


class FoldedSearch:
    """For a `ModelAdmin` whose `search_fields` name keys: what is searched for is folded as they are."""

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, fold(search_term))  # type: ignore[misc]
