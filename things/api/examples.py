"""Examples that work as they stand: an action's own example, said of widgets that a Thing really has."""

from collections.abc import Iterator

from uuid6 import uuid7

from things import text
from things.actions import Action
from things.actions.samples import FIRST, SECOND, THIRD
from things.document import Document, WidgetState
from things.shapes import JsonObject, JsonValue

# What the first widget of an action has to be; most take what stands in front.
CONNECTORS = {"connect", "disconnect"}
COPIES = {"duplicate": SECOND, "add": FIRST}


def example_on(document: Document, action: type[Action]) -> JsonObject:
    """The payload with `type` left out; sample ids stay where the Thing has no widget that fits."""
    ids = dict(zip((FIRST, SECOND, THIRD), (state.id for state in fitting(document, action)), strict=False))
    if action.type in COPIES:
        ids[COPIES[action.type]] = str(uuid7())
    example = {key: named(value, ids) for key, value in action.example.items()}
    if action.type == "edit_text":
        held = document.widgets.get(str(example["widget"]))
        length = text.length(text.plain(held.text or [])) if held else 0
        example |= {"base_revision": document.revision, "delta": [*retained(length), {"insert": " abc"}]}
    return example


def retained(length: int) -> list[JsonValue]:
    return [{"retain": length}] if length else []


def fitting(document: Document, action: type[Action]) -> Iterator[WidgetState]:
    """Widgets in the order in which the example's ids stand for them."""
    boxes = [state for state in reversed(document.living()) if state.kind in ("note", "shape") and is_free(state)]
    if action.type in CONNECTORS:
        yield from [state for state in document.living() if "start" in state.fields and is_free(state)][:1]
    elif action.type == "reparent":
        yield from [state for state in boxes if state.parent is not None][:1]
    elif action.type == "restore":
        yield from [state for state in document.widgets.values() if not state.alive][-1:]
    yield from boxes


def is_free(state: WidgetState) -> bool:
    return not state.fields.get("locked")


def named(value: JsonValue, ids: dict[str, str]) -> JsonValue:
    """The same JSON with the sample ids replaced, as values and as keys."""
    if isinstance(value, dict):
        return {ids.get(key, key): named(entry, ids) for key, entry in value.items()}
    if isinstance(value, list):
        return [named(entry, ids) for entry in value]
    return ids.get(value, value) if isinstance(value, str) else value
