"""RFC 8785 JSON: one text for one value, whoever writes it.

msgspec writes the same, but for some numbers and keys: only those are left to the slower reference.
"""

from typing import Any

import msgspec
import rfc8785

_encode = msgspec.json.Encoder(order="sorted").encode

# JavaScript writes no point behind whole numbers, and between these no exponent, as msgspec.
LEAST, MOST = 1e-4, 1e15
SAFE = 1 << 53


def dumps(value: Any) -> bytes:
    """Of what JSON holds, keys being strings; raises `ValueError` for what it does not."""
    return _encode(value) if _is_written_alike(value) else rfc8785.dumps(value)


def dumps_checked(value: Any) -> bytes:
    """As `dumps`, without a look, of what a kind has checked: keys are ASCII, and a number is whole and an `int`, or
    has at most three decimals, within ±10⁷. So no encoder can write it in another way.
    """
    return _encode(value)


def _is_written_alike(value: Any) -> bool:
    """Whether msgspec writes the value as the standard does."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        sort = type(one)
        if sort is dict:
            if not "".join(one).isascii():
                return False
            waiting.extend(one.values())
        elif sort is list:
            waiting.extend(one)
        elif sort is float:
            if not LEAST <= abs(one) < MOST or one.is_integer():
                return False
        elif sort is int:
            if not -SAFE < one < SAFE:
                return False
        elif sort is str:
            if not one.isascii() and not _is_whole(one):
                return False
        elif one is not None and sort is not bool:
            return False
    return True


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
