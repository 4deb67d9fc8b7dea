"""The types a field of a widget can have: each reads one value, checked and normalised (W3)."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeGuard, TypeVar
from uuid import UUID

from things.errors import Fault
from things.shapes import Coordinates, End, JsonObject, JsonValue, Place, Size

LIMIT = 10_000_000
DECIMALS = 3

_COLOUR = re.compile(r"#[0-9a-f]{6}([0-9a-f]{2})?\Z|none\Z")
_LINK = re.compile(r"(https?://|mailto:)[^\s\x00-\x1f]+\Z", re.IGNORECASE)


class Wrong(ValueError):
    """A value is not what a field takes. `pointer` leads from the value to the part that is wrong."""

    def __init__(self, detail: str, pointer: str = "", code: Fault = Fault.INVALID) -> None:
        super().__init__(detail)
        self.detail, self.pointer, self.code = detail, pointer, code

    def below(self, key: str | int) -> "Wrong":
        token = str(key).replace("~", "~0").replace("/", "~1")
        return Wrong(self.detail, f"/{token}{self.pointer}", self.code)


T = TypeVar("T")
Option = TypeVar("Option", bound=int | str)
Read = TypeVar("Read", covariant=True)


class Field(Protocol[Read]):
    """A field of a kind: its default, and how every written value is read."""

    @property
    def default(self) -> Read: ...

    def read(self, value: JsonValue) -> Read:
        """The value as it is stored; raises `Wrong`."""

    def schema(self) -> JsonObject:
        """JSON Schema of a value."""


CANONICAL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def number(value: JsonValue, low: float = -LIMIT, high: float = LIMIT) -> int | float:
    """Finite, within bounds, three decimals, no -0; integral values become integers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"expected a number, got {_sort(value)}", code=Fault.TYPE)
    if not math.isfinite(value) or not low <= value <= high:
        raise Wrong(f"expected a number from {low:g} to {high:g}", code=Fault.RANGE)
    rounded = round(value, DECIMALS)
    return int(rounded) if rounded == int(rounded) else rounded


def identifier(value: JsonValue) -> str:
    """A UUID in its canonical spelling."""
    if isinstance(value, str) and len(value) == 36:
        if CANONICAL.fullmatch(value):
            return value
        try:
            return str(UUID(value))
        except ValueError:
            pass
    raise Wrong(f"expected a UUID, got {_sort(value)}", code=Fault.TYPE)


def is_identifier(value: JsonValue) -> TypeGuard[str]:
    """Whether it is a UUID in its canonical spelling."""
    try:
        return bool(identifier(value) == value)
    except Wrong:
        return False


def record(value: JsonValue, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> JsonObject:
    """What was sent, if it has exactly these keys."""
    if not isinstance(value, dict):
        raise Wrong(f"expected an object, got {_sort(value)}", code=Fault.TYPE)
    for key in value:
        if key not in keys and key not in optional:
            raise Wrong("unknown field", code=Fault.UNKNOWN_FIELD).below(key)
    for key in keys:
        if key not in value:
            raise Wrong("this field is missing", code=Fault.REQUIRED).below(key)
    return value


def _sort(value: JsonValue) -> str:
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), "null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    default: int | float
    low: float = -LIMIT
    high: float = LIMIT

    def read(self, value: JsonValue) -> int | float:
        return number(value, self.low, self.high)

    def schema(self) -> JsonObject:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Angle:
    """Degrees clockwise; stored from 0 up to, not including, 360."""

    default: int | float = 0

    def read(self, value: JsonValue) -> int | float:
        turned = number(number(value) % 360)
        return 0 if turned == 360 else turned

    def schema(self) -> JsonObject:
        return {"type": "number", "description": "degrees clockwise, taken modulo 360"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Generic[Option]):
    default: Option
    options: tuple[Option, ...]

    def read(self, value: JsonValue) -> Option:
        for option in self.options:
            # True == 1 in Python, so the type is compared too.
            if value == option and type(value) is type(option):
                return option
        raise Wrong(f"expected one of {', '.join(map(str, self.options))}", code=Fault.CHOICE)

    def schema(self) -> JsonObject:
        return {"enum": [*self.options]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    default: str

    def read(self, value: JsonValue) -> str:
        if isinstance(value, str) and len(value) < 12 and _COLOUR.match(value.lower()):
            return value.lower()
        raise Wrong("expected a colour: #rrggbb, #rrggbbaa or none", code=Fault.COLOUR)

    def schema(self) -> JsonObject:
        return {"type": "string", "pattern": "^(#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?|none)$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A plain string of at most `limit` characters."""

    default: str = ""
    limit: int

    def read(self, value: JsonValue) -> str:
        if not isinstance(value, str):
            raise Wrong(f"expected a string, got {_sort(value)}", code=Fault.TYPE)
        if len(value) > self.limit:
            raise Wrong(f"expected at most {self.limit} characters, got {len(value)}", code=Fault.LENGTH)
        return value

    def schema(self) -> JsonObject:
        return {"type": "string", "maxLength": self.limit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a click leads: http, https, mailto, or nowhere. Anything else could run as script."""

    default: str = ""

    def read(self, value: JsonValue) -> str:
        text = Plain(limit=2000).read(value)
        if text and not _LINK.match(text):
            raise Wrong("expected an http, https or mailto address, or an empty string", code=Fault.LINK)
        return text

    def schema(self) -> JsonObject:
        return {"type": "string", "maxLength": 2000, "pattern": "^(|(https?://|mailto:).+)$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    default: bool = False

    def read(self, value: JsonValue) -> bool:
        if isinstance(value, bool):
            return value
        raise Wrong(f"expected true or false, got {_sort(value)}", code=Fault.TYPE)

    def schema(self) -> JsonObject:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class PlaceField:
    """Parent and position as one: a torn pair would make widgets fly (M1)."""

    @property
    def default(self) -> Place:
        return {"parent": None, "x": 0, "y": 0}

    def read(self, value: JsonValue) -> Place:
        given = record(value, ("x", "y"), ("parent",))
        parent = given.get("parent")
        return {"parent": None if parent is None else read_part("parent", identifier, parent), **point(given)}

    def schema(self) -> JsonObject:
        return _object({"parent": {"type": ["string", "null"], "format": "uuid"}, **_POINT}, "x", "y")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeField:
    width: int | float
    height: int | float

    @property
    def default(self) -> Size:
        return {"width": self.width, "height": self.height}

    def read(self, value: JsonValue) -> Size:
        given = record(value, ("width", "height"))
        width, height = (read_part(key, _side, given[key]) for key in ("width", "height"))
        return {"width": width, "height": height}

    def schema(self) -> JsonObject:
        side: JsonObject = {"type": "number", "minimum": 0, "maximum": LIMIT}
        return _object({"width": side, "height": side}, "width", "height")


ANCHORS = ("auto", "top", "right", "bottom", "left", "center")
_ANCHOR = Choice(default="auto", options=ANCHORS)


@dataclass(frozen=True, slots=True)
class EndField:
    """An end of a connector: a widget's anchor, and a point where it stays when there is no such widget."""

    @property
    def default(self) -> End:
        return {"widget": None, "anchor": "auto", "x": 0, "y": 0}

    def read(self, value: JsonValue) -> End:
        given = record(value, (), ("widget", "anchor", "x", "y"))
        widget = given.get("widget")
        return {
            "widget": None if widget is None else read_part("widget", identifier, widget),
            "anchor": read_part("anchor", _ANCHOR.read, given.get("anchor", _ANCHOR.default)),
            **point({"x": given.get("x", 0), "y": given.get("y", 0)}),
        }

    def schema(self) -> JsonObject:
        ends: JsonObject = {"widget": {"type": ["string", "null"], "format": "uuid"}, "anchor": {"enum": list(ANCHORS)}}
        return _object({**ends, **_POINT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A fractional index key; empty means: in front (the server makes the key)."""

    default: str = ""

    def read(self, value: JsonValue) -> str:
        text = Plain(limit=200).read(value)
        if not text or not text.isascii() or not text.isalnum():
            raise Wrong("expected an order key of letters and digits", code=Fault.ORDER)
        return text

    def schema(self) -> JsonObject:
        return {"type": "string", "pattern": "^[0-9A-Za-z]{1,200}$"}


def point(given: JsonObject) -> Coordinates:
    return {"x": read_part("x", number, given["x"]), "y": read_part("y", number, given["y"])}


def _side(value: JsonValue) -> int | float:
    return number(value, 0)


def read_part(key: str | int, read: Callable[[JsonValue], T], value: JsonValue) -> T:
    """Read a part; what is wrong with it is told with its place."""
    try:
        return read(value)
    except Wrong as wrong:
        raise wrong.below(key) from None


_POINT: JsonObject = {
    "x": {"type": "number", "minimum": -LIMIT, "maximum": LIMIT},
    "y": {"type": "number", "minimum": -LIMIT, "maximum": LIMIT},
}


def _object(properties: JsonObject, *required: str) -> JsonObject:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
