"""Text as it comes from outside: a plain string, a document, a delta; checked, bounded, normalised."""

from things import text
from things.errors import Fault, TooLarge
from things.kinds.fields import Colour, Link, Wrong, record
from things.shapes import Attributes, JsonObject, JsonValue

LIMIT = 100_000
MAX_OPERATIONS = 10_000
# Of a text with its attributes, as `text.weight` counts: a text where every few letters look different is refused
# before it makes all that follows slow.
MAX_WEIGHT = 1_000_000
ATTRIBUTES = ("bold", "italic", "underline", "strike", "color", "link")
_COLOUR, _LINK = Colour(default="none"), Link()


def plain_from(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise Wrong("expected a string", code=Fault.TYPE)
    words = value.replace("\r\n", "\n").replace("\r", "\n")
    if text.length(words) > LIMIT:
        raise Wrong(f"expected at most {LIMIT} characters", code=Fault.LENGTH)
    return words


def document_from(value: JsonValue) -> text.Delta:
    """A string, or a delta of inserts only."""
    if isinstance(value, str):
        return text.from_plain(plain_from(value))
    delta = delta_from(value)
    if any("insert" not in operation for operation in delta):
        raise Wrong("a document is made of inserts only", code=Fault.DELTA)
    require_light(delta)
    return delta


def require_light(document: text.Delta, before: text.Delta | None = None) -> None:
    """A text that was too heavy already may become lighter."""
    weight = text.weight(document)
    if weight > MAX_WEIGHT and weight > text.weight(before or []):
        raise TooLarge(f"a text with its attributes may weigh at most {MAX_WEIGHT:,}, got {weight:,}")


def delta_from(value: JsonValue) -> text.Delta:
    """A checked delta; whether it fits the text it is for is not known here."""
    if not isinstance(value, list) or len(value) > MAX_OPERATIONS:
        raise Wrong(f"expected a list of at most {MAX_OPERATIONS:,} operations", code=Fault.TYPE)
    checked: text.Delta = []
    for index, operation in enumerate(value):
        try:
            checked.append(_operation(operation))
        except Wrong as wrong:
            raise wrong.below(index) from None
    if sum(text.length(operation["insert"]) for operation in checked if "insert" in operation) > LIMIT:
        raise Wrong(f"expected at most {LIMIT} characters", code=Fault.LENGTH)
    return text.normalise(checked)


def _operation(value: JsonValue) -> text.Operation:
    given = record(value, (), ("insert", "retain", "delete", "attributes"))
    if ("insert" in given) + ("retain" in given) + ("delete" in given) != 1:
        raise Wrong("expected exactly one of insert, retain, delete", code=Fault.DELTA)
    if "insert" in given:
        words = plain_from(given["insert"])
        return {"insert": words, "attributes": _set_attributes(given)} if "attributes" in given else {"insert": words}
    if "retain" in given:
        count = _count(given["retain"])
        if "attributes" not in given:
            return {"retain": count}
        return {"retain": count, "attributes": _attributes(given["attributes"])}
    count = _count(given["delete"])
    if "attributes" in given:
        raise Wrong("a delete has no attributes", "/attributes", Fault.DELTA)
    return {"delete": count}


def _count(value: JsonValue) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 10 * LIMIT:
        raise Wrong("expected a positive whole number", code=Fault.DELTA)
    return value


def _set_attributes(given: JsonObject) -> Attributes:
    """A retain may take an attribute away with null; an insert may not."""
    return {name: value for name, value in _attributes(given["attributes"]).items() if value is not None}


def _attributes(value: JsonValue) -> Attributes:
    return {name: _attribute(name, entry) for name, entry in record(value, (), ATTRIBUTES).items()}


def _attribute(name: str, value: JsonValue) -> bool | str | None:
    if value is None:
        return None
    try:
        if name == "color":
            return _COLOUR.read(value)
        if name == "link":
            return _LINK.read(value)
    except Wrong as wrong:
        raise wrong.below(name) from None
    if value is not True:
        raise Wrong("expected true or null", f"/{name}", Fault.TYPE)
    return True
