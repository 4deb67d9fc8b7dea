"""The JSON that Things are made of, as types: what is stored, sent and shown. At run time these are plain dicts."""

from typing import Literal, NotRequired, Required, TypedDict, TypeGuard, final, get_args

from things.errors import Reason

# What JSON may say, before anything has looked at it.
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]

EndName = Literal["start", "end"]
ENDS: tuple[Literal["start"], Literal["end"]] = ("start", "end")


class Coordinates(TypedDict):
    x: float
    y: float


class Place(Coordinates):
    """`parent`: the id of the widget it lies in; null is the page. `x` and `y` are inside the parent."""

    parent: str | None


class Size(TypedDict):
    width: float
    height: float


class End(Coordinates):
    """An end of a connector. `x` and `y` count where `widget` is null, or gone."""

    widget: str | None
    anchor: str


class Canvas(TypedDict):
    """`width` and `height` null: endless."""

    width: float | None
    height: float | None
    background: str
    grid: bool


MetaName = Literal["title", "canvas", "tags", "visibility", "trashed", "template"]
META_FIELDS: tuple[MetaName, ...] = get_args(MetaName)


class Meta(TypedDict):
    """The Thing's own fields, which `META_FIELDS` names."""

    title: str
    canvas: Canvas
    tags: list[str]
    visibility: str
    trashed: bool
    template: bool


# What one field of a widget, or of the Thing itself, holds.
Value = None | bool | int | float | str | list[str] | Place | Size | End | Canvas

Attributes = dict[str, bool | str | None]


@final
class Insert(TypedDict):
    insert: str
    attributes: NotRequired[Attributes]


@final
class Retain(TypedDict):
    """As many UTF-16 code units. Null among the attributes takes one away."""

    retain: int
    attributes: NotRequired[Attributes]


@final
class Delete(TypedDict):
    delete: int


Operation = Insert | Retain | Delete
Delta = list[Operation]


class Look(TypedDict, total=False):
    """How a widget looks."""

    opacity: float
    rotation: float
    form: str
    fill: str
    stroke: str
    stroke_width: float
    stroke_style: str
    corner_radius: float
    font_size: float
    font_weight: int
    text_color: str
    align: str
    vertical_align: str
    start_cap: str
    end_cap: str


class Fields(Look, total=False):
    """Every field that a kind may have; `things.kinds` says which kind has which. All have a place."""

    place: Required[Place]
    order: str
    name: str
    alt: str
    link: str
    locked: bool
    hidden: bool
    size: Size
    start: End
    end: End
    route: str


class Widget(Fields):
    """A widget as the API shows it. `text` of those kinds that hold text."""

    id: str
    kind: str
    text: NotRequired[Delta]


class Actor(TypedDict):
    """Who made a change: `kind` is `user`, or `system` without an id."""

    id: str | None
    name: str
    kind: str


class AddEffect(TypedDict):
    op: Literal["add"]
    widget: Widget


class SetEffect(TypedDict):
    """`origin`: of the value, where that is not this change (U1). So on the others."""

    op: Literal["set"]
    widget: str
    field: str
    value: Value
    origin: NotRequired[int]


class TextEffect(TypedDict):
    op: Literal["text"]
    widget: str
    delta: Delta


class AliveEffect(TypedDict):
    """`body`: the widget as it comes back to life."""

    op: Literal["alive"]
    widget: str
    value: bool
    body: NotRequired[Widget]
    origin: NotRequired[int]


class MetaEffect(TypedDict):
    op: Literal["meta"]
    field: str
    value: Value
    origin: NotRequired[int]


class CommentEffect(TypedDict):
    op: Literal["comment"]


Effect = AddEffect | SetEffect | TextEffect | AliveEffect | MetaEffect | CommentEffect


@final
class Replaced(TypedDict):
    """What stood there before an effect, and the revision it came with."""

    value: Value
    origin: int


@final
class Inverse(TypedDict):
    """The delta that takes a text effect back."""

    delta: Delta


# What an effect replaced; null for an `add`.
Before = Replaced | Inverse | None


class Skip(TypedDict):
    """What a request could not do (W5). `by` is the revision that stands in the way."""

    action: int
    widget: str
    reason: Reason
    field: NotRequired[str]
    by: NotRequired[int]


class Skipped(TypedDict):
    """A `Skip` as it is told: with who stands in the way."""

    action: int
    widget: str
    reason: Reason
    field: NotRequired[str]
    by: NotRequired[Actor]


class Answer(TypedDict):
    """What a request did. `ids`: old to new, of all that it copied."""

    revision: int
    id: str
    effects: list[Effect]
    skipped: list[Skipped]
    ids: NotRequired[dict[str, str]]


class PersonShown(TypedDict):
    """A person, as others see them on the stream and among members. Without an id it is a guest."""

    id: str | None
    name: str
    color: int


class Card(TypedDict):
    """What the gallery shows of a Thing. `people`: who is inside."""

    title: str
    revision: int
    changed_at: str
    trashed: bool
    people: list[PersonShown]


def is_place(value: Value) -> TypeGuard[Place]:
    return isinstance(value, dict) and "parent" in value


def is_end(value: Value) -> TypeGuard[End]:
    return isinstance(value, dict) and "anchor" in value


def fields_of(values: dict[str, Value]) -> Fields:
    """Of values that the fields of a kind have read, its place among them."""
    return values  # type: ignore[return-value]


def values_of(fields: Fields | Meta | Canvas) -> dict[str, Value]:
    """The same dict, for who looks at fields by names that are not known here."""
    return fields  # type: ignore[return-value]
