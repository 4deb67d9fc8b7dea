"""What a person may be called: something that others can read, and that does not rearrange what stands around it."""

import unicodedata

from django.core.exceptions import ValidationError

# Letters that draw nothing: fillers of Hangul, and the blank of Braille.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Controls, what overrides the direction of writing, and halves of a surrogate pair: they spoil the line they stand on.
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
# Spaces, what is not drawn, and marks that need a letter below them.
UNSEEN = {"Zs", "Cf", "Cn", "Mn", "Me"}


def is_seen(character: str) -> bool:
    return character not in BLANK and unicodedata.category(character) not in UNSEEN


def require_readable(name: str) -> None:
    """A validator. Joiners inside of a name are some scripts' spelling, and stay."""
    if any(character in BIDI or unicodedata.category(character) in FORBIDDEN for character in name):
        raise ValidationError("control characters cannot be part of a name", code="control")
    if not any(map(is_seen, name)):
        raise ValidationError("a name needs a letter that can be seen", code="unseen")
