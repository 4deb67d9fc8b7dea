"""Text as deltas: compose, transform, invert. Pure functions over the JSON of the Quill Delta format.

A delta is a list of operations `{"insert": str}`, `{"retain": n}`, `{"delete": n}`; insert and retain may carry
`attributes`. A document is a delta of inserts. Lengths count UTF-16 code units, as JavaScript does.
Ties (editing rules, text): of two inserts at one place the one that reached the server first stands left; of two
values for one attribute the first to reach the server wins.
Every function costs time linear in the operations and characters it is given (architecture, decision 14).
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from things.counting import touched
from things.shapes import Attributes, Delta, Insert, Operation, Retain
from things.text.matching import May, pieces

Sort = Literal["insert", "retain", "delete"]

OPERATION_WEIGHT = 16
ATTRIBUTE_WEIGHT = 16
_ENDLESS = 1 << 60
_AS_IT_IS: Operation = {"retain": _ENDLESS}


class SplitsSurrogate(ValueError):
    """A delta ends inside a surrogate pair, or reaches beyond the document."""


def length(text: str) -> int:
    """UTF-16 code units of a string."""
    return len(text) if text.isascii() else len(_encoded(text)) // 2


def _encoded(text: str) -> bytes:
    touched(len(text))
    return text.encode("utf-16-le", "surrogatepass")


def operation_length(operation: Operation) -> int:
    if "insert" in operation:
        return length(operation["insert"])
    return operation["retain"] if "retain" in operation else operation["delete"]


def total(document: Iterable[Operation]) -> int:
    """UTF-16 code units of a document."""
    return length(plain(document))


def reach(delta: Iterable[Operation]) -> int:
    """How many code units a document must have for the delta to fit it."""
    return sum(operation_length(operation) for operation in delta if "insert" not in operation)


def growth(delta: Iterable[Operation]) -> int:
    """By how many code units a document is longer after the delta."""
    return sum(
        length(operation["insert"]) if "insert" in operation else -operation["delete"] if "delete" in operation else 0
        for operation in delta
    )


def weight(delta: Iterable[Operation]) -> int:
    """About as many characters as its JSON has: its text, its operations and their attributes."""
    return sum(map(_weight, delta))


def _weight(operation: Operation) -> int:
    if "delete" in operation:
        return OPERATION_WEIGHT
    words = len(operation["insert"]) if "insert" in operation else 0
    return words + OPERATION_WEIGHT + (_attributes_weight(operation["attributes"]) if "attributes" in operation else 0)


def _attributes_weight(attributes: Attributes) -> int:
    return sum(ATTRIBUTE_WEIGHT + (len(value) if isinstance(value, str) else 0) for value in attributes.values())


def plain(document: Iterable[Operation]) -> str:
    words = "".join([operation["insert"] for operation in document if "insert" in operation])
    touched(len(words))
    return words


def from_plain(text: str) -> Delta:
    return [{"insert": text}] if text else []


def normalise(delta: Iterable[Operation]) -> Delta:
    """Join neighbours of one sort, drop what does nothing."""
    result = _Writer()
    for operation in delta:
        result.push(operation)
    return result.delta()


def compose(first: Delta, second: Delta) -> Delta:
    """One delta that does `first`, then `second`."""
    a, b = _Reader(first), _Reader(second)
    result = _Writer()
    while b.more():
        if b.sort == "insert":
            result.push(b.take(b.left))
        elif a.sort == "delete":
            result.push(a.take(a.left))
        else:
            units = min(a.left, b.left)
            result.push(_composed(a.take(units), b.take(units)))
    for operation in a.rest():
        result.push(operation)
    return result.delta()


def apply(document: Delta, delta: Delta) -> Delta:
    """The document after the delta. Raises `SplitsSurrogate` where the delta does not fit the document."""
    if reach(delta) > total(document):
        raise SplitsSurrogate("the delta reaches beyond the end of the text")
    return compose(document, delta)


def transform(delta: Delta, over: Delta, *, first: bool) -> Delta:
    """`delta` as it must be said after `over` was applied. `first`: delta reached the server before `over`."""
    a, b = _Reader(over), _Reader(delta)
    result = _Writer()
    while b.more():
        if a.sort == "insert" and not (first and b.sort == "insert"):
            result.push({"retain": a.left})
            a.take(a.left)
        elif b.sort == "insert":
            result.push(b.take(b.left))
        else:
            units = min(a.left, b.left)
            result.push(_transformed(a.take(units), b.take(units), first))
    return result.delta()


def invert(delta: Delta, document: Delta) -> Delta:
    """The delta that undoes `delta`, which was made on `document`."""
    base = _Reader(document)
    result = _Writer()
    for operation in delta:
        if "insert" in operation:
            result.push({"delete": length(operation["insert"])})
            continue
        left = operation_length(operation)
        while left > 0 and base.more():
            units = min(left, base.left)
            piece = base.take(units)
            left -= units
            result.push(piece if "delete" in operation else _reversed(operation, piece, units))
    return result.delta()


def difference(before: Delta, after: str, may: May = lambda characters: True) -> Delta:
    """A delta that makes the text read `after` and touches little: what stays keeps its attributes and its place,
    as far as it is found by work linear in both. `may` is asked once, with the characters that differ, whether they
    may be compared with each other; else they are replaced whole.
    """
    delta: Delta = []
    for removed, added, kept in pieces(plain(before), after, may):
        delta += [{"insert": added}, {"delete": length(removed)}, {"retain": length(kept)}]
    return normalise(delta)


class _Reader:
    """Walks a delta in pieces of any length; behind its end it retains for ever.

    `sort` and `left` tell of the operation it stands in. Text with surrogate pairs is encoded once and cut as bytes.
    """

    __slots__ = ("_data", "_delta", "_index", "_start", "left", "sort")

    sort: Sort

    def __init__(self, delta: Delta) -> None:
        self._delta = delta
        self._open(0)

    def more(self) -> bool:
        return self._index < len(self._delta)

    def take(self, units: int) -> Operation:
        """The next `units`, at most what is left of the operation."""
        if not self.more():
            return {"retain": units}
        operation, start = self._delta[self._index], self._start
        piece: Operation = {"delete": units}
        if "insert" in operation:
            attributes = operation.get("attributes")
            if units == self.left and not start and (attributes or len(operation) == 1):
                piece = operation
            else:
                words = self._cut(operation["insert"], start, start + units)
                piece = {"insert": words, "attributes": attributes} if attributes else {"insert": words}
        elif "retain" in operation:
            attributes = operation.get("attributes")
            piece = {"retain": units, "attributes": attributes} if attributes else {"retain": units}
        self._move(units)
        return piece

    def rest(self) -> Iterator[Operation | None]:
        if self.more():
            yield self.take(self.left)
        for operation in self._delta[self._index :]:
            yield _composed(operation, _AS_IT_IS)

    def _cut(self, text: str, start: int, end: int) -> str:
        touched(end - start)
        if not self._data:
            return text[start:end]
        if _is_inside_pair(self._data, end):
            raise SplitsSurrogate(f"offset {end} is inside a surrogate pair")
        return self._data[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")

    def _move(self, units: int) -> None:
        self._start += units
        self.left -= units
        if not self.left:
            self._open(self._index + 1)

    def _open(self, index: int) -> None:
        self._index, self._start, self._data = index, 0, b""
        if index == len(self._delta):
            self.sort, self.left = "retain", _ENDLESS
            return
        operation = self._delta[index]
        if "insert" in operation:
            self.sort = "insert"
            self._open_text(operation["insert"])
        elif "retain" in operation:
            self.sort, self.left = "retain", operation["retain"]
        else:
            self.sort, self.left = "delete", operation["delete"]

    def _open_text(self, text: str) -> None:
        self.left = len(text)
        if not text.isascii():
            data = _encoded(text)
            self.left = len(data) // 2
            # Without pairs code units are characters, and the text itself can be cut.
            self._data = data if self.left > len(text) else b""


def _is_inside_pair(data: bytes, units: int) -> bool:
    """Whether an offset into UTF-16 (little-endian) has a high surrogate before it and a low one behind."""
    if not 0 < units < len(data) // 2:
        return False
    return data[2 * units - 1] & 0xFC == 0xD8 and data[2 * units + 1] & 0xFC == 0xDC


class _Writer:
    """Joins neighbours of one sort as they come; texts are joined once, in the end."""

    __slots__ = ("_delta", "_parts")

    def __init__(self) -> None:
        self._delta: Delta = []
        self._parts: dict[int, list[str]] = {}

    def push(self, operation: Operation | None) -> None:
        if operation is None:
            return
        delta = self._delta
        last = delta[-1] if delta else None
        if "insert" in operation:
            if operation["insert"]:
                self._insert(operation, last)
        elif "retain" in operation:
            if last is not None and "retain" in last and last.get("attributes") == operation.get("attributes"):
                delta[-1] = {**last, "retain": last["retain"] + operation["retain"]}
            elif operation["retain"]:
                delta.append(operation)
        elif last is not None and "delete" in last:
            delta[-1] = {"delete": last["delete"] + operation["delete"]}
        elif operation["delete"]:
            delta.append(operation)

    def _insert(self, operation: Insert, last: Operation | None) -> None:
        """Before a delete at the same place, so that equal deltas read the same."""
        delta, index = self._delta, len(self._delta)
        if last is not None and "delete" in last:
            index -= 1
            last = delta[index - 1] if index else None
        if last is None or "insert" not in last or last.get("attributes") != operation.get("attributes"):
            delta.insert(index, operation)
        else:
            self._parts.setdefault(index - 1, [last["insert"]]).append(operation["insert"])

    def delta(self) -> Delta:
        for index, parts in self._parts.items():
            words, operation = "".join(parts), self._delta[index]
            touched(len(words))
            if "insert" in operation:
                self._delta[index] = {**operation, "insert": words}
        if self._delta and "retain" in self._delta[-1] and "attributes" not in self._delta[-1]:
            self._delta.pop()
        return self._delta


def _composed(a: Operation, b: Operation) -> Operation | None:
    """Two pieces of one length, `b` a retain or delete. None: nothing."""
    if "delete" in b:
        return None if "insert" in a else b
    if "delete" in a or ("attributes" not in a and "attributes" not in b):
        return a
    merged = {**a.get("attributes", {}), **b.get("attributes", {})}
    if "retain" in a:
        return {"retain": a["retain"], "attributes": merged} if merged else {"retain": a["retain"]}
    kept: Attributes = {key: value for key, value in merged.items() if value is not None}
    return {"insert": a["insert"], "attributes": kept} if kept else {"insert": a["insert"]}


def _transformed(over: Operation, delta: Operation, first: bool) -> Operation | None:
    """A retain or delete of one length with `over`, a retain or delete, as it must be said after it. None: nothing."""
    if "delete" in over:
        return None
    if "retain" not in delta:
        return delta
    attributes = delta.get("attributes", {})
    if not first:
        taken = over.get("attributes", {})
        attributes = {key: value for key, value in attributes.items() if key not in taken}
    return {"retain": delta["retain"], "attributes": attributes} if attributes else {"retain": delta["retain"]}


def _reversed(operation: Retain, piece: Operation, units: int) -> Operation:
    """A retain that gives a piece of the document the attributes back that `operation` changed."""
    had = {} if "delete" in piece else piece.get("attributes", {})
    back = {key: had.get(key) for key, value in operation.get("attributes", {}).items() if had.get(key) != value}
    return {"retain": units, "attributes": back} if back else {"retain": units}
