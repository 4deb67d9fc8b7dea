"""Typed parts of the document that no serializer says: widgets by kind, actions by type, effects by op.

What the server sends may hold more tomorrow: its one-ofs end with a part that takes what is not known yet.
"""

from typing import Any

import msgspec

from things.actions import ACTIONS
from things.actions.canvas import SIDE
from things.kinds import KINDS
from things.kinds.fields import Colour
from widgetapp.site.error_codes import PROBLEMS

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"
ACTION = "Action.{name}"
UUID: Schema = {"type": "string", "format": "uuid"}


def ref(name: str) -> Schema:
    return {"$ref": REF.format(name=name)}


def record(required: Schema, optional: Schema | None = None) -> Schema:
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": [*required]}


def one_of(name: str, key: str, parts: dict[str, Schema]) -> dict[str, Schema]:
    """The parts under names of their own, told apart by a key."""
    named = {f"{name}.{word.title().replace('_', '')}": part for word, part in parts.items()}
    mapping = {word: REF.format(name=part) for word, part in zip(parts, named, strict=True)}
    told = {"propertyName": key, "mapping": mapping}
    return {name: {"oneOf": [ref(part) for part in named], "discriminator": told}, **named}


def open_one_of(name: str, key: str, parts: dict[str, Schema]) -> dict[str, Schema]:
    """Those known, or what is none of them."""
    known = one_of(name, key, parts)
    other = {**record({key: {"type": "string", "not": {"enum": list(parts)}}}), "description": f"A {key} of later."}
    names = {f"{name}.Known": known.pop(name), f"{name}.Other": other}
    return {name: {"oneOf": [ref(part) for part in names]}, **names, **known}


def widgets() -> dict[str, Schema]:
    parts = {}
    for name, kind in KINDS.items():
        fields = {field: found.schema() for field, found in kind.fields.items()}
        first = {"id": UUID, "kind": {"const": name}, "place": fields.pop("place"), "order": fields.pop("order")}
        words = {"text": ref("Delta")} if kind.text else {}
        parts[name] = {**record(first, {**fields, **words}), "description": kind.title}
    return open_one_of("Widget", "kind", parts)


def effects() -> dict[str, Schema]:
    origin: Schema = {"origin": {"type": "integer", "description": "The revision that the value is of."}}
    touched: Schema = {"widget": UUID}
    parts = {
        "add": record({"op": {"const": "add"}, "widget": ref("Widget")}),
        "set": record({"op": {"const": "set"}, **touched, "field": {"type": "string"}, "value": {}}, origin),
        "text": record({"op": {"const": "text"}, **touched, "delta": ref("Delta")}),
        "alive": record(
            {"op": {"const": "alive"}, **touched, "value": {"type": "boolean"}}, {"body": ref("Widget"), **origin}
        ),
        "meta": record({"op": {"const": "meta"}, "field": {"type": "string"}, "value": {}}, origin),
    }
    return open_one_of("Effect", "op", parts)


def actions() -> dict[str, Schema]:
    """As entries of a request of several, with their `type`; what is of another type is refused."""
    _, found = msgspec.json.schema_components(list(ACTIONS.values()), ref_template=REF.format(name=ACTION))
    parts = {type: with_type(found.pop(action.__name__), type) for type, action in ACTIONS.items()}
    below = {ACTION.format(name=name): schema for name, schema in found.items()}
    return {**one_of("Action", "type", parts), **below}


def with_type(payload: Schema, type: str) -> Schema:
    properties = {"type": {"const": type}, **payload["properties"]}
    required = ["type", *payload.get("required", [])]
    return {**payload, "title": type, "properties": properties, "required": required}


def skipped() -> Schema:
    told = {"action": {"type": "integer", "minimum": 0}, "widget": UUID, "reason": {"type": "string"}}
    return record(told, {"field": {"type": "string"}, "by": ref("Actor")})


def canvas() -> Schema:
    side = {"anyOf": [SIDE.schema(), {"type": "null"}]}
    parts = {"width": side, "height": side, "background": Colour(default="none").schema(), "grid": {"type": "boolean"}}
    return {**record({}, parts), "additionalProperties": False}


def delta() -> Schema:
    return {
        "type": "array",
        "description": "Text with its attributes, or a change of it, in the form of Quill's Delta.",
        "items": {"type": "object"},
    }


def code() -> Schema:
    """Known ones; further ones may come."""
    known = sorted({entry.code for entry in PROBLEMS})
    return {"anyOf": [{"enum": known}, {"type": "string"}], "description": "Each has a page, which `type` names."}


def components() -> dict[str, Schema]:
    single = {"Skipped": skipped(), "Canvas": canvas(), "Delta": delta(), "Code": code()}
    return {**widgets(), **effects(), **actions(), **single}
