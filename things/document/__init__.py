"""A Thing in memory: read, changed as a draft, told as effects, undone."""

from things.document.document import (
    NEVER,
    Document,
    WidgetState,
    load,
    load_living,
    meta_of,
    open_document,
    painting_key,
    widget_from_json,
)
from things.shapes import ENDS, META_FIELDS

__all__ = [
    "ENDS",
    "META_FIELDS",
    "NEVER",
    "Document",
    "WidgetState",
    "load",
    "load_living",
    "meta_of",
    "open_document",
    "painting_key",
    "widget_from_json",
]
