"""Every expected failure of editing, with its HTTP status and code. Translated once, at the rim of each way in."""

from collections.abc import Sequence
from typing import ClassVar, TypedDict


class FieldError(TypedDict):
    """One thing wrong with a request: `pointer` is an RFC 6901 JSON pointer into the body."""

    pointer: str
    code: str
    detail: str


class ThingsError(Exception):
    """What the rim needs for an answer. `detail` is safe to show and says what was expected and what was got."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str = "", errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)


class NotVisible(ThingsError):
    """Does not exist, or not for this actor: the two look the same."""

    status, code, title = 404, "not_found", "No such Thing, or not visible to you"


class NotAllowed(ThingsError):
    status, code, title = 403, "role", "Your role does not allow this"


class IdReused(ThingsError):
    status, code, title = 409, "id_reused", "This id belongs to another request"


class Cycle(ThingsError):
    status, code, title = 409, "cycle", "A widget cannot be inside itself"


class RevisionAhead(ThingsError):
    status, code, title = 409, "revision_ahead", "This revision does not exist yet"


class BaseTooOld(ThingsError):
    status, code, title = 409, "base_too_old", "The text has changed too often since"


class ThingFull(ThingsError):
    """A Thing holds as much as it may. What only takes away goes on."""

    status, code, title = 409, "quota", "The Thing is full"


class Trashed(ThingsError):
    status, code, title = 409, "trashed", "The Thing is in the trash"


class TooLarge(ThingsError):
    status, code, title = 413, "too_large", "The request is too large"


class Invalid(ThingsError):
    """Well-formed JSON that does not say what is expected; `errors` tells where."""

    status, code, title = 422, "invalid", "The request is not valid"


class TooDeep(Invalid):
    """Named by its own code, beside the entry that says where."""

    code, title = "depth", "Too many parents"

    def __init__(self, detail: str, pointer: str) -> None:
        super().__init__(detail, [{"pointer": pointer, "code": self.code, "detail": detail}])
