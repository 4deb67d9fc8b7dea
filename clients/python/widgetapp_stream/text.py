"""Applying a text effect: a delta over a document of inserts, in UTF-16 code units (Quill's Delta format)."""

from collections.abc import Iterator, Mapping
from typing import Any

Operation = dict[str, Any]
Delta = list[Operation]


def apply(document: Delta, delta: Delta) -> Delta:
    """The document after the delta; neighbours with the same attributes are one operation."""
    rest = _Text(document)
    result: Delta = []
    for operation in delta:
        if "insert" in operation:
            _push(result, operation["insert"], _set_only(operation.get("attributes", {})))
        elif "delete" in operation:
            for _ in rest.take(operation["delete"]):
                pass
        else:
            for text, attributes in rest.take(operation["retain"]):
                _push(result, text, _set_only({**attributes, **operation.get("attributes", {})}))
    for text, attributes in rest.take(None):
        _push(result, text, attributes)
    return result


class _Text:
    """A document read from the front, by code units."""

    def __init__(self, document: Delta) -> None:
        self._pieces = [
            (operation["insert"].encode("utf-16-le"), operation.get("attributes", {})) for operation in document
        ]
        self._pieces.reverse()

    def take(self, units: int | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
        left = None if units is None else units * 2
        while self._pieces and left != 0:
            text, attributes = self._pieces.pop()
            if left is not None and len(text) > left:
                self._pieces.append((text[left:], attributes))
                text = text[:left]
            left = None if left is None else left - len(text)
            yield text.decode("utf-16-le", "surrogatepass"), attributes


def _set_only(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in attributes.items() if value is not None}


def _push(result: Delta, text: str, attributes: Mapping[str, Any]) -> None:
    if not text:
        return
    if result and result[-1].get("attributes", {}) == attributes:
        result[-1] = {**result[-1], "insert": result[-1]["insert"] + text}
    else:
        result.append({"insert": text, **({"attributes": dict(attributes)} if attributes else {})})
