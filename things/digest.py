"""The digest of a Thing: equal at the same revision for everybody who sees the same.

The sum modulo 2^64 of the first 8 bytes (big-endian) of SHA-256 over the RFC 8785 JSON of each living widget, as
16 hexadecimal digits. A sum, so that a change costs only the widgets it touches.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

MODULUS = 1 << 64
EMPTY = "0" * 16


def widget_hash(widget: Mapping[str, Any]) -> int:
    """Of one widget as the API shows it."""
    return int.from_bytes(hashlib.sha256(rfc8785.dumps(dict(widget))).digest()[:8], "big")


def moved(digest: str, *, gone: Iterable[Mapping[str, Any]], came: Iterable[Mapping[str, Any]]) -> str:
    """The digest after some widgets, as they were, are replaced by others, as they are."""
    total = int(digest, 16) - sum(map(widget_hash, gone)) + sum(map(widget_hash, came))
    return f"{total % MODULUS:016x}"


def of(widgets: Iterable[Mapping[str, Any]]) -> str:
    return moved(EMPTY, gone=(), came=widgets)
