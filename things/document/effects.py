"""The effects: made from a draft, applied to a document. A client applies only these, whatever the action was.

Beside each effect of a change stands what it replaced (`before`): the value and its origin, or the inverse delta.
"""

from typing import assert_never

from things import text
from things.document.document import NEVER, Document, WidgetState, widget_from_json
from things.document.draft import Draft, value_of
from things.shapes import (
    AddEffect,
    AliveEffect,
    Before,
    Effect,
    MetaEffect,
    Replaced,
    SetEffect,
    TextEffect,
    values_of,
)


def effects_of(draft: Draft, revision: int) -> tuple[list[Effect], list[Before]]:
    """The draft as normalised effects (W6) with what each replaces; origins of the new values are set."""
    effects: list[Effect] = []
    before: list[Before] = []
    for widget, found in draft.found.items():
        for effect, replaced in _widget_effects(draft, draft.document.widgets[widget], found, revision):
            effects.append(effect)
            before.append(replaced)
    meta = values_of(draft.document.meta)
    for name, (value, origin) in draft.found_meta.items():
        given = draft.given_origins.get((None, name))
        if meta[name] != value or _moved(given, origin):
            draft.document.meta_origins[name] = revision if given is None else given
            told: MetaEffect = {"op": "meta", "field": name, "value": meta[name]}
            effects.append(told if given is None else {**told, "origin": given})
            before.append({"value": value, "origin": origin})
    return effects, before


def _widget_effects(
    draft: Draft, state: WidgetState, found: WidgetState | None, revision: int
) -> list[tuple[Effect, Before]]:
    if found is None:
        return _added(state, revision)
    made: list[tuple[Effect, Before]] = []
    present, past = values_of(state.fields), values_of(found.fields)
    for name in draft.written.get(state.id, ()):
        value, given = present[name], draft.given_origins.get((state.id, name))
        if past.get(name) != value or _moved(given, found.origins.get(name, NEVER)):
            replaced: Replaced = {"value": past.get(name), "origin": found.origins.get(name, NEVER)}
            state.origins[name] = revision if given is None else given
            told: SetEffect = {"op": "set", "widget": state.id, "field": name, "value": value}
            made.append((told if given is None else {**told, "origin": given}, replaced))
    if state.id in draft.deltas and (delta := text.normalise(draft.deltas[state.id])):
        inverse = text.invert(delta, found.text or [])
        made.append(({"op": "text", "widget": state.id, "delta": delta}, {"delta": inverse}))
    given = draft.given_origins.get((state.id, "alive"))
    if state.alive != found.alive or _moved(given, found.origins.get("alive", NEVER)):
        replaced = {"value": found.alive, "origin": found.origins.get("alive", NEVER)}
        state.origins["alive"] = revision if given is None else given
        life: AliveEffect = {"op": "alive", "widget": state.id, "value": state.alive}
        if state.alive:
            life["body"] = state.as_json()
        made.append((life if given is None else {**life, "origin": given}, replaced))
    return made


def _moved(given: int | None, origin: int) -> bool:
    """Undo and redo bring the earlier origin back even where the value is the same again, as after undoing a group
    that unlocked and locked: what was done before it could not be undone otherwise (U2).
    """
    return given is not None and given != origin


def _added(state: WidgetState, revision: int) -> list[tuple[Effect, Before]]:
    state.origins = dict.fromkeys([*state.fields, "alive"], revision)
    made: list[tuple[Effect, Before]] = [({"op": "add", "widget": state.as_json()}, None)]
    if not state.alive:
        made.append(({"op": "alive", "widget": state.id, "value": False}, {"value": True, "origin": revision}))
    return made


def apply_change(document: Document, effects: list[Effect], revision: int) -> None:
    """Apply the effects of one change to a whole document: the same that every client does."""
    for effect in effects:
        match effect["op"]:
            case "set":
                _apply_set(document, effect, revision)
            case "text":
                _apply_text(document, effect)
            case "add":
                _apply_add(document, effect, revision)
            case "alive":
                _apply_alive(document, effect, revision)
            case "meta":
                _apply_meta(document, effect, revision)
            case "comment":
                pass  # comments stand outside the document
            case unknown:
                assert_never(unknown)
    document.revision = revision


def _apply_add(document: Document, effect: AddEffect, revision: int) -> None:
    shown = effect["widget"]
    document.widgets[shown["id"]] = widget_from_json(shown, revision)


def _apply_set(document: Document, effect: SetEffect, revision: int) -> None:
    if (state := document.widgets.get(effect["widget"])) is not None:
        values_of(state.fields)[effect["field"]] = effect["value"]
        state.origins[effect["field"]] = effect.get("origin", revision)


def _apply_text(document: Document, effect: TextEffect) -> None:
    if (state := document.widgets.get(effect["widget"])) is not None:
        state.text = text.apply(state.text or [], effect["delta"])


def _apply_alive(document: Document, effect: AliveEffect, revision: int) -> None:
    state = document.widgets.get(effect["widget"])
    if state is None and effect["value"]:
        state = document.widgets[effect["widget"]] = widget_from_json(effect["body"], revision)
    if state is not None:
        state.alive = effect["value"]
        state.origins["alive"] = effect.get("origin", revision)


def _apply_meta(document: Document, effect: MetaEffect, revision: int) -> None:
    values_of(document.meta)[effect["field"]] = effect["value"]
    document.meta_origins[effect["field"]] = effect.get("origin", revision)


__all__ = ["apply_change", "effects_of", "value_of"]
