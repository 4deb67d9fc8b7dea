"""The effects: made from a draft, applied to a document. A client applies only these, whatever the action was.

Beside each effect of a change stands what it replaced (`before`): the value and its origin, or the inverse delta.
"""

from typing import Any

from things import text
from things.document.document import NEVER, Document, Json, WidgetState, widget_from_json
from things.document.draft import Draft, value_of


def effects_of(draft: Draft, revision: int) -> tuple[list[Json], list[Json | None]]:
    """The draft as normalised effects (W6) with what each replaces; origins of the new values are set."""
    effects: list[Json] = []
    before: list[Json | None] = []
    for widget, found in draft.found.items():
        for effect, replaced in _widget_effects(draft, draft.document.widgets[widget], found, revision):
            effects.append(effect)
            before.append(replaced)
    for name, (value, origin) in draft.found_meta.items():
        given = draft.given_origins.get((None, name))
        if draft.document.meta[name] != value or _moved(given, origin):
            draft.document.meta_origins[name] = revision if given is None else given
            effects.append(_with_origin({"op": "meta", "field": name, "value": draft.document.meta[name]}, given))
            before.append({"value": value, "origin": origin})
    return effects, before


def _widget_effects(
    draft: Draft, state: WidgetState, found: WidgetState | None, revision: int
) -> list[tuple[Json, Json | None]]:
    if found is None:
        return _added(state, revision)
    made: list[tuple[Json, Json | None]] = []
    for name in draft.written.get(state.id, ()):
        value, given = state.fields[name], draft.given_origins.get((state.id, name))
        if found.fields.get(name) != value or _moved(given, found.origins.get(name, NEVER)):
            replaced = {"value": found.fields.get(name), "origin": found.origins.get(name, NEVER)}
            state.origins[name] = revision if given is None else given
            made.append(
                (_with_origin({"op": "set", "widget": state.id, "field": name, "value": value}, given), replaced)
            )
    if state.id in draft.deltas and (delta := text.normalise(draft.deltas[state.id])):
        replaced = {"delta": text.invert(delta, found.text or [])}
        made.append(({"op": "text", "widget": state.id, "delta": delta}, replaced))
    given = draft.given_origins.get((state.id, "alive"))
    if state.alive != found.alive or _moved(given, found.origins.get("alive", NEVER)):
        replaced = {"value": found.alive, "origin": found.origins.get("alive", NEVER)}
        state.origins["alive"] = revision if given is None else given
        effect: Json = {"op": "alive", "widget": state.id, "value": state.alive}
        if state.alive:
            effect["body"] = state.as_json()
        made.append((_with_origin(effect, given), replaced))
    return made


def _moved(given: int | None, origin: int) -> bool:
    """Undo and redo bring the earlier origin back even where the value is the same again, as after undoing a group
    that unlocked and locked: what was done before it could not be undone otherwise (U2).
    """
    return given is not None and given != origin


def _added(state: WidgetState, revision: int) -> list[tuple[Json, Json | None]]:
    state.origins = dict.fromkeys([*state.fields, "alive"], revision)
    made: list[tuple[Json, Json | None]] = [({"op": "add", "widget": state.as_json()}, None)]
    if not state.alive:
        made.append(({"op": "alive", "widget": state.id, "value": False}, {"value": True, "origin": revision}))
    return made


def _with_origin(effect: Json, origin: int | None) -> Json:
    return effect if origin is None else {**effect, "origin": origin}


def apply_change(document: Document, effects: list[Json], revision: int) -> None:
    """Apply the effects of one change to a whole document: the same that every client does."""
    for effect in effects:
        _APPLY[effect["op"]](document, effect, revision)
    document.revision = revision


def _apply_add(document: Document, effect: Json, revision: int) -> None:
    shown = effect["widget"]
    document.widgets[shown["id"]] = widget_from_json(shown, revision)


def _apply_set(document: Document, effect: Json, revision: int) -> None:
    if (state := document.widgets.get(effect["widget"])) is not None:
        state.fields[effect["field"]] = effect["value"]
        state.origins[effect["field"]] = effect.get("origin", revision)


def _apply_text(document: Document, effect: Json, revision: int) -> None:
    if (state := document.widgets.get(effect["widget"])) is not None:
        state.text = text.apply(state.text or [], effect["delta"])


def _apply_alive(document: Document, effect: Json, revision: int) -> None:
    state = document.widgets.get(effect["widget"])
    if state is None and effect["value"]:
        state = document.widgets[effect["widget"]] = widget_from_json(effect["body"], revision)
    if state is not None:
        state.alive = effect["value"]
        state.origins["alive"] = effect.get("origin", revision)


def _apply_meta(document: Document, effect: Json, revision: int) -> None:
    document.meta[effect["field"]] = effect["value"]
    document.meta_origins[effect["field"]] = effect.get("origin", revision)


def _apply_nothing(document: Document, effect: Json, revision: int) -> None:
    """Comments stand outside the document."""


_APPLY: dict[str, Any] = {
    "add": _apply_add,
    "set": _apply_set,
    "text": _apply_text,
    "alive": _apply_alive,
    "meta": _apply_meta,
    "comment": _apply_nothing,
}

__all__ = ["apply_change", "effects_of", "value_of"]
