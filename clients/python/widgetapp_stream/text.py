"""Applying a text effect: a delta over a document of inserts, in UTF-16 code units (Quill's Delta format).

Costs time linear in both, however many operations walk one long text.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Operation = dict[str, Any]
Delta = list[Operation]


def apply(document: Delta, delta: Delta) -> Delta:
    """The document after the delta; neighbours with the same attributes are one operation."""
    rest = _Text(document)
    result = _Result()
    for operation in delta:
        if "insert" in operation:
            result.push(operation["insert"], _set_only(operation.get("attributes", {})))
        elif "delete" in operation:
            rest.skip(operation["delete"])
        else:
            for text, attributes in rest.take(operation["retain"]):
                result.push(text, _set_only({**attributes, **operation.get("attributes", {})}))
    for text, attributes in rest.take(None):
        result.push(text, attributes)
    return result.document()


class _Text:
    """A document read from the front, by code units. `_start`: bytes of the first piece that are read already."""

    def __init__(self, document: Delta) -> None:
        self._pieces = [
            (operation["insert"].encode("utf-16-le"), operation.get("attributes", {})) for operation in document
        ]
        self._pieces.reverse()
        self._start = 0

    def take(self, units: int | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for text, start, end, attributes in self._spans(units):
            yield text[start:end].decode("utf-16-le", "surrogatepass"), attributes

    def skip(self, units: int) -> None:
        for _ in self._spans(units):
            pass

    def _spans(self, units: int | None) -> Iterator[tuple[bytes, int, int, Mapping[str, Any]]]:
        left = None if units is None else units * 2
        while self._pieces and left != 0:
            text, attributes = self._pieces[-1]
            start, end = self._start, len(text) if left is None else min(len(text), self._start + left)
            self._start = end
            if end == len(text):
                self._pieces.pop()
                self._start = 0
            left = None if left is None else left - (end - start)
            yield text, start, end, attributes


class _Result:
    """Joins neighbours that look the same; their texts are joined once."""

    def __init__(self) -> None:
        self._runs: list[tuple[list[str], dict[str, Any]]] = []

    def push(self, text: str, attributes: Mapping[str, Any]) -> None:
        if not text:
            return
        if self._runs and self._runs[-1][1] == attributes:
            self._runs[-1][0].append(text)
        else:
            self._runs.append(([text], dict(attributes)))

    def document(self) -> Delta:
        return [
            {"insert": "".join(texts), **({"attributes": attributes} if attributes else {})}
            for texts, attributes in self._runs
        ]


def _set_only(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in attributes.items() if value is not None}
