"""A Thing in memory: read, changed as a draft, told as effects, undone."""

from things.document.document import (
    ENDS,
    META_FIELDS,
    NEVER,
    Document,
    Json,
    WidgetState,
    load,
    load_living,
    meta_of,
    open_document,
    painting_key,
    widget_from_json,
)

__all__ = [
    "ENDS",
    "META_FIELDS",
    "NEVER",
    "Document",
    "Json",
    "WidgetState",
    "load",
    "load_living",
    "meta_of",
    "open_document",
    "painting_key",
    "widget_from_json",
]
