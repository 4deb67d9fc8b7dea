"""The digest of a Thing: equal at the same revision for everybody who sees the same.

The sum modulo 2^64 of the first 8 bytes (big-endian) of SHA-256 over the RFC 8785 JSON of each living widget, as
16 hexadecimal digits. A sum, so that a change costs only the widgets it touches.
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from things.document import canonical
from things.kinds import KINDS
from things.shapes import Widget

MODULUS = 1 << 64
EMPTY = "0" * 16


class Weight(NamedTuple):
    """What one widget adds to a Thing: `hash` to its digest, `size_bytes` of JSON to what it holds."""

    hash: int
    size_bytes: int


def weigh(widget: Widget) -> Weight:
    """Of one widget as the API shows it."""
    # What a kind of today has not checked may hold anything: a widget of a kind that is gone.
    dumps = canonical.dumps_checked if widget["kind"] in KINDS else canonical.dumps
    written = dumps(widget)
    return Weight(int.from_bytes(hashlib.sha256(written).digest()[:8], "big"), len(written))


def moved(digest: str, *, gone: Iterable[Weight], came: Iterable[Weight]) -> str:
    """The digest after some widgets, as they were, are replaced by others, as they are."""
    total = int(digest, 16) - sum(weight.hash for weight in gone) + sum(weight.hash for weight in came)
    return f"{total % MODULUS:016x}"


def of(widgets: Iterable[Widget]) -> str:
    return moved(EMPTY, gone=(), came=map(weigh, widgets))
