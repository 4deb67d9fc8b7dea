"""What every editor action is: a typed payload, words about itself, and what it does to a draft."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

import msgspec

from things.document import WidgetState
from things.document.draft import Draft
from things.errors import Fault, FieldError, Invalid
from things.kinds.fields import EndField, PlaceField, SizeField, Wrong, identifier, is_identifier
from things.kinds.registry import KINDS, PLACE
from things.models import Role
from things.shapes import JsonObject, JsonValue, Place, Value
from things.work import WIDGET_STEPS

UNBOUND_REVISION = 1 << 53

Id = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uuid"})]
Ids = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=10_000)]
# What msgspec leaves as it is, for the kind of the widget to read.
if TYPE_CHECKING:
    Unread = JsonValue
else:
    Unread = Any
PlaceValue = Annotated[Unread, msgspec.Meta(extra_json_schema=PlaceField().schema())]
SizeValue = Annotated[Unread, msgspec.Meta(extra_json_schema=SizeField(width=0, height=0).schema())]
EndValue = Annotated[Unread, msgspec.Meta(extra_json_schema=EndField().schema())]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a payload: what is said of one widget."""

    id: Id


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """An editor action. `check` and `apply` raise `Invalid` with pointers relative to the action.

    What `check` makes of the payload is kept as cached properties, so that nothing is decoded under the lock.
    """

    type: ClassVar[str]
    family: ClassVar[str]
    description: ClassVar[str]
    conflict: ClassVar[str] = "Per field and widget, the last write in server order wins."
    role: ClassVar[Role] = Role.EDITOR
    example: ClassVar[JsonObject]
    alone: ClassVar[bool] = False

    def check(self) -> None:
        """All that can be judged without the Thing, before its lock is taken."""

    def cost(self) -> int:
        """Steps of work that the payload asks for by itself; `check` has passed."""
        return WIDGET_STEPS * max(1, len(getattr(self, "widgets", ())))

    def named(self) -> Iterable[str]:
        """Widgets to load for all the request's actions at once; `check` has passed."""
        widget = getattr(self, "widget", None)
        return [widget] if is_identifier(widget) else []

    def bases(self) -> dict[str, int]:
        """Widgets whose text was read at a revision, so that what came since is loaded for all actions at once."""
        return {}

    def apply(self, draft: Draft) -> None:
        """Change the draft. The caller holds the Thing's row lock."""
        raise NotImplementedError

    def role_needed(self) -> Role:
        return self.role

    @classmethod
    def json_schema(cls) -> JsonObject:
        """Of the payload, without `type`."""
        _, definitions = msgspec.json.schema_components([cls], ref_template="#/$defs/{name}")
        main = definitions.pop(cls.__name__)
        return {**main, "title": cls.type, **({"$defs": definitions} if definitions else {})}


P = TypeVar("P", bound=Part)

ACTIONS: dict[str, type[Action]] = {}


def register(action: type[Action]) -> type[Action]:
    ACTIONS[action.type] = action
    return action


class at:  # noqa: N801 — read as a word: with at("actions", 3)
    """Puts the place before what is found wrong below it."""

    __slots__ = ("_keys",)

    def __init__(self, *keys: str | int) -> None:
        self._keys = keys

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Wrong):
            pointer = self._pointer() + error.pointer
            entry: FieldError = {"pointer": pointer, "code": error.code, "detail": error.detail}
            raise Invalid(error.detail, [entry]) from None
        if isinstance(error, Invalid):
            for told in error.errors:
                told["pointer"] = self._pointer() + told["pointer"]

    def _pointer(self) -> str:
        return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in self._keys)


def parse(payload: JsonValue) -> Action:
    """A typed action from decoded JSON, or `Invalid`."""
    if not isinstance(payload, dict):
        raise _invalid("", Fault.TYPE, "expected an object")
    name = payload.get("type")
    if not isinstance(name, str) or name not in ACTIONS:
        raise _invalid("/type", Fault.UNKNOWN_ACTION, "no editor action has this name")
    try:
        action = msgspec.convert({key: value for key, value in payload.items() if key != "type"}, ACTIONS[name])
    except msgspec.ValidationError as error:
        raise _from_msgspec(str(error)) from None
    action.check()
    return action


def _invalid(pointer: str, code: Fault, detail: str) -> Invalid:
    return Invalid(detail, [{"pointer": pointer, "code": code, "detail": detail}])


_MSGSPEC = re.compile(r"(?P<what>.*?)(?: - at `\$?(?P<path>[^`]*)`)?\Z", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_MISSING = re.compile(r"required field `([^`]*)`")


def _from_msgspec(message: str) -> Invalid:
    match = _MSGSPEC.match(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    pointer = "".join("/" + (key or index) for key, index in _STEP.findall(path))
    if unknown := _UNKNOWN.search(what):
        return _invalid(f"{pointer}/{unknown[1]}", Fault.UNKNOWN_FIELD, "unknown field")
    if missing := _MISSING.search(what):
        return _invalid(f"{pointer}/{missing[1]}", Fault.REQUIRED, "this field is missing")
    return _invalid(pointer, Fault.TYPE, what[:1].lower() + what[1:])


class OnWidgets(Action, frozen=True):
    """An action that names widgets by their ids."""

    widgets: Ids

    @cached_property
    def ids(self) -> list[str]:
        """Canonical, each once."""
        return list(dict.fromkeys(canonical(self.widgets)))

    def check(self) -> None:
        self.ids  # noqa: B018

    def named(self) -> Iterable[str]:
        return self.ids


class OnParts(Action, frozen=True):
    """An action whose `widgets` are parts, each with the id of its widget."""

    widgets: Sequence[Part]

    @cached_property
    def ids(self) -> list[str]:
        """Canonical, one for each part."""
        return canonical((part.id for part in self.widgets), "id")

    def check(self) -> None:
        self.ids  # noqa: B018

    def named(self) -> Iterable[str]:
        return self.ids


def canonical(ids: Iterable[str], *below: str) -> list[str]:
    """Checked and in canonical spelling; what is wrong is told with its place in `widgets`."""
    checked = []
    for index, widget in enumerate(ids):
        try:
            checked.append(identifier(widget))
        except Wrong as wrong:
            with at("widgets", index, *below):
                raise wrong
    return checked


def opened(draft: Draft, ids: list[str], *, field: str | None = None) -> list[WidgetState]:
    """The living, unlocked ones; the others are told in `skipped`. One query for all."""
    draft.document.fetch(ids)
    states = (draft.open(widget, field=field) for widget in ids)
    return [state for state in states if state is not None]


def each(draft: Draft, ids: list[str], parts: Sequence[P], write: Callable[[WidgetState, P], None], field: str) -> None:
    """Open the widget of every part and write to it; what is wrong is told with the part's place."""
    draft.document.fetch(ids)
    for index, (widget, part) in enumerate(zip(ids, parts, strict=True)):
        if (state := draft.open(widget, field=field)) is not None:
            with at("widgets", index):
                write(state, part)


def checked_place(state: WidgetState, value: JsonValue) -> Place:
    """Every kind has a place; a widget of a kind that is gone takes none."""
    if state.kind not in KINDS:
        raise Wrong(f"a {state.kind} has no place", code=Fault.UNKNOWN_FIELD)
    return PLACE.read(value)


def checked(state: WidgetState, name: str, value: JsonValue) -> Value:
    """A value as the kind of the widget takes it."""
    kind = KINDS.get(state.kind)
    if kind is None or name not in kind.fields:
        raise Wrong(f"a {state.kind} has no {name}", code=Fault.UNKNOWN_FIELD)
    return kind.fields[name].read(value)


def write(draft: Draft, state: WidgetState, name: str, value: JsonValue) -> None:
    draft.set(state, name, checked(state, name, value))
