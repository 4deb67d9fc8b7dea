"""Text as deltas: compose, transform, invert. Pure functions over the JSON of the Quill Delta format.

A delta is a list of operations `{"insert": str}`, `{"retain": n}`, `{"delete": n}`; insert and retain may carry
`attributes`. A document is a delta of inserts. Lengths count UTF-16 code units, as JavaScript does.
Ties (editing rules, text): of two inserts at one place the one that reached the server first stands left; of two
values for one attribute the first to reach the server wins.
"""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import Any, Literal

Operation = dict[str, Any]
Delta = list[Operation]
Attributes = dict[str, Any]

_ENDLESS = 1 << 60
MATCHED_CHARACTERS = 1_000_000


class SplitsSurrogate(ValueError):
    """A delta ends inside a surrogate pair, or reaches beyond the document."""


def length(text: str) -> int:
    """UTF-16 code units of a string."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def split(text: str, units: int) -> tuple[str, str]:
    """The first `units` code units and the rest."""
    if text.isascii():
        return text[:units], text[units:]
    count = 0
    for index, character in enumerate(text):
        if count == units:
            return text[:index], text[index:]
        count += 2 if character > "\uffff" else 1
        if count > units:
            raise SplitsSurrogate(f"offset {units} is inside a surrogate pair")
    return text, ""


def operation_length(operation: Mapping[str, Any]) -> int:
    if "insert" in operation:
        return length(operation["insert"])
    return int(operation["retain"] if "retain" in operation else operation["delete"])


def plain(document: Iterable[Mapping[str, Any]]) -> str:
    return "".join(operation["insert"] for operation in document)


def from_plain(text: str) -> Delta:
    return [{"insert": text}] if text else []


def normalise(delta: Iterable[Operation]) -> Delta:
    """Join neighbours of one sort, drop what does nothing."""
    result: Delta = []
    for operation in delta:
        _push(result, operation)
    return _chop(result)


def compose(first: Delta, second: Delta) -> Delta:
    """One delta that does `first`, then `second`."""
    a, b = _Reader(first), _Reader(second)
    result: Delta = []
    while a.more() or b.more():
        if b.sort() == "insert":
            _push(result, b.take())
        elif a.sort() == "delete":
            _push(result, a.take())
        else:
            units = min(a.left(), b.left())
            _push(result, _composed(a.take(units), b.take(units)))
    return _chop(result)


def apply(document: Delta, delta: Delta) -> Delta:
    """The document after the delta. Raises `SplitsSurrogate` where the delta does not fit the document."""
    reach = sum(operation_length(operation) for operation in delta if "insert" not in operation)
    if reach > sum(operation_length(operation) for operation in document):
        raise SplitsSurrogate("the delta reaches beyond the end of the text")
    return compose(document, delta)


def transform(delta: Delta, over: Delta, *, first: bool) -> Delta:
    """`delta` as it must be said after `over` was applied. `first`: delta reached the server before `over`."""
    a, b = _Reader(over), _Reader(delta)
    result: Delta = []
    while a.more() or b.more():
        if a.sort() == "insert" and not (first and b.sort() == "insert"):
            _push(result, {"retain": operation_length(a.take())})
        elif b.sort() == "insert":
            _push(result, b.take())
        else:
            units = min(a.left(), b.left())
            _push_transformed(result, a.take(units), b.take(units), units, first)
    return _chop(result)


def invert(delta: Delta, document: Delta) -> Delta:
    """The delta that undoes `delta`, which was made on `document`."""
    base = _Reader(document)
    result: Delta = []
    for operation in delta:
        if "insert" in operation:
            _push(result, {"delete": operation_length(operation)})
            continue
        left = operation_length(operation)
        while left > 0 and base.more():
            piece = base.take(min(left, base.left()))
            left -= operation_length(piece)
            _push(result, piece if "delete" in operation else _reversed(operation, piece))
    return _chop(result)


def difference(before: Delta, after: str) -> Delta:
    """A delta that makes the text read `after` and touches little: what stays keeps its attributes and its place."""
    old = plain(before)
    start = 0
    while start < min(len(old), len(after)) and old[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(old), len(after)) - start and old[-1 - end] == after[-1 - end]:
        end += 1
    delta: Delta = [{"retain": length(old[:start])}] if start else []
    for removed, added, kept in _pieces(old[start : len(old) - end], after[start : len(after) - end]):
        delta += [{"insert": added}, {"delete": length(removed)}, {"retain": length(kept)}]
    return normalise(delta)


def _pieces(old: str, new: str) -> Iterable[tuple[str, str, str]]:
    """What is removed, added, then kept. Long texts are replaced whole: the matcher is quadratic."""
    if len(old) * len(new) > MATCHED_CHARACTERS:
        yield old, new, ""
        return
    for sort, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield ("", "", old[a:b]) if sort == "equal" else (old[a:b], new[c:d], "")


class _Reader:
    """Walks a delta in pieces of any length; behind its end it retains for ever."""

    __slots__ = ("_delta", "_index", "_offset")

    def __init__(self, delta: Delta) -> None:
        self._delta, self._index, self._offset = delta, 0, 0

    def more(self) -> bool:
        return self._index < len(self._delta)

    def sort(self) -> Literal["insert", "retain", "delete"]:
        if not self.more():
            return "retain"
        operation = self._delta[self._index]
        return "insert" if "insert" in operation else "delete" if "delete" in operation else "retain"

    def left(self) -> int:
        return operation_length(self._delta[self._index]) - self._offset if self.more() else _ENDLESS

    def take(self, units: int | None = None) -> Operation:
        if not self.more():
            return {"retain": units}
        operation, left, sort = self._delta[self._index], self.left(), self.sort()
        units = left if units is None else units
        start, self._offset = self._offset, self._offset + units
        if units == left:
            self._index, self._offset = self._index + 1, 0
        if sort == "delete":
            return {"delete": units}
        value = split(split(operation["insert"], start)[1], units)[0] if sort == "insert" else units
        piece: Operation = {sort: value}
        if operation.get("attributes"):
            piece["attributes"] = operation["attributes"]
        return piece


def _push(result: Delta, operation: Operation) -> None:
    if not operation or not operation_length(operation):
        return
    if "delete" in operation:
        if result and "delete" in result[-1]:
            result[-1] = {"delete": result[-1]["delete"] + operation["delete"]}
        else:
            result.append(operation)
        return
    index = len(result)
    # An insert stands before a delete at the same place, so that equal deltas read the same.
    if "insert" in operation and result and "delete" in result[-1]:
        index -= 1
    last = result[index - 1] if index else None
    sort = "insert" if "insert" in operation else "retain"
    if last is not None and sort in last and last.get("attributes") == operation.get("attributes"):
        result[index - 1] = {**last, sort: last[sort] + operation[sort]}
    else:
        result.insert(index, operation)


def _chop(delta: Delta) -> Delta:
    if delta and "retain" in delta[-1] and "attributes" not in delta[-1]:
        delta.pop()
    return delta


def _composed(a: Operation, b: Operation) -> Operation:
    """Two pieces of one length, `a` an insert or retain, `b` a retain or delete."""
    if "delete" in b:
        return {} if "insert" in a else b
    keep_null = "retain" in a
    merged = {**a.get("attributes", {}), **b.get("attributes", {})}
    attributes = {key: value for key, value in merged.items() if keep_null or value is not None}
    sort = "insert" if "insert" in a else "retain"
    return {sort: a[sort], "attributes": attributes} if attributes else {sort: a[sort]}


def _push_transformed(result: Delta, over: Operation, delta: Operation, units: int, first: bool) -> None:
    if "delete" in over or units == _ENDLESS:
        return
    if "delete" in delta:
        _push(result, delta)
        return
    attributes = delta.get("attributes", {})
    if not first:
        taken = over.get("attributes", {})
        attributes = {key: value for key, value in attributes.items() if key not in taken}
    _push(result, {"retain": units, "attributes": attributes} if attributes else {"retain": units})


def _reversed(operation: Operation, piece: Operation) -> Operation:
    """A retain that gives a piece of the document the attributes back that `operation` changed."""
    had = piece.get("attributes", {})
    back = {key: had.get(key) for key, value in operation.get("attributes", {}).items() if had.get(key) != value}
    retain: Operation = {"retain": operation_length(piece)}
    return {**retain, "attributes": back} if back else retain
