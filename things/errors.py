"""Every expected failure of editing, with its HTTP status and code. Translated once, at the rim of each way in."""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar, TypedDict


class Code(StrEnum):
    """Of an answer that refuses a request. Programs read it: a name that was given stays."""

    NOT_FOUND = "not_found"
    ROLE = "role"
    ID_REUSED = "id_reused"
    CYCLE = "cycle"
    REVISION_AHEAD = "revision_ahead"
    BASE_TOO_OLD = "base_too_old"
    QUOTA = "quota"
    TRASHED = "trashed"
    TOO_LARGE = "too_large"
    INVALID = "invalid"
    DEPTH = "depth"


class Fault(StrEnum):
    """What is wrong with one part of a request."""

    ALONE = "alone"
    CHOICE = "choice"
    COLOUR = "colour"
    DELTA = "delta"
    DEPTH = "depth"
    INVALID = "invalid"
    KIND = "kind"
    LENGTH = "length"
    LINK = "link"
    NOT_YOURS = "not_yours"
    ORDER = "order"
    PARENT = "parent"
    RANGE = "range"
    REQUIRED = "required"
    TWICE = "twice"
    TYPE = "type"
    UNKNOWN_ACTION = "unknown_action"
    UNKNOWN_FIELD = "unknown_field"


class Reason(StrEnum):
    """Why a request left a widget as it was (W5)."""

    GONE = "gone"
    LOCKED = "locked"
    CHANGED = "changed"
    EXISTS = "exists"
    PARENT_GONE = "parent_gone"
    CYCLE = "cycle"
    DEPTH = "depth"


class FieldError(TypedDict):
    """One thing wrong with a request: `pointer` is an RFC 6901 JSON pointer into the body."""

    pointer: str
    code: Fault
    detail: str


class ThingsError(Exception):
    """What the rim needs for an answer. `detail` is safe to show and says what was expected and what was got."""

    status: ClassVar[int]
    code: ClassVar[Code]
    title: ClassVar[str]

    def __init__(self, detail: str = "", errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)


class NotVisible(ThingsError):
    """Does not exist, or not for this actor: the two look the same."""

    status, code, title = 404, Code.NOT_FOUND, "No such Thing, or not visible to you"


class NotAllowed(ThingsError):
    status, code, title = 403, Code.ROLE, "Your role does not allow this"


class IdReused(ThingsError):
    status, code, title = 409, Code.ID_REUSED, "This id belongs to another request"


class Cycle(ThingsError):
    status, code, title = 409, Code.CYCLE, "A widget cannot be inside itself"


class RevisionAhead(ThingsError):
    status, code, title = 409, Code.REVISION_AHEAD, "This revision does not exist yet"


class BaseTooOld(ThingsError):
    status, code, title = 409, Code.BASE_TOO_OLD, "The text has changed too often since"


class ThingFull(ThingsError):
    """A Thing holds as much as it may. What only takes away goes on."""

    status, code, title = 409, Code.QUOTA, "The Thing is full"


class Trashed(ThingsError):
    status, code, title = 409, Code.TRASHED, "The Thing is in the trash"


class TooLarge(ThingsError):
    status, code, title = 413, Code.TOO_LARGE, "The request is too large"


class Invalid(ThingsError):
    """Well-formed JSON that does not say what is expected; `errors` tells where."""

    status, code, title = 422, Code.INVALID, "The request is not valid"


class TooDeep(Invalid):
    """Named by its own code, beside the entry that says where."""

    code, title = Code.DEPTH, "Too many parents"

    def __init__(self, detail: str, pointer: str) -> None:
        super().__init__(detail, [{"pointer": pointer, "code": Fault.DEPTH, "detail": detail}])
