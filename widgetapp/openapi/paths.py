"""The path of one action is one for each of them in the document: each has a body of its own."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec

from things.actions import ACTIONS, Action
from things.editing.request import MAX_ID
from widgetapp.openapi.components import ACTION, REF

Json = dict[str, Any]
OF_ONE = "/actions/{type}/"
TOKEN: Json = {"type": "string", "minLength": 1, "maxLength": MAX_ID}


def expanded(path: str, operations: Json) -> Iterator[tuple[str, Json]]:
    if not path.endswith(OF_ONE):
        yield path, operations
        return
    for type, action in ACTIONS.items():
        found = {method: of_action(deepcopy(told), method, action) for method, told in operations.items()}
        yield path.replace("{type}", type), found


def of_action(operation: Json, method: str, action: type[Action]) -> Json:
    operation["parameters"] = [entry for entry in operation["parameters"] if entry["name"] != "type"]
    operation["operationId"] = f"{operation['operationId']}_{action.type}"
    if method != "post":
        operation["summary"] = f"What {action.type} takes"
        return operation
    title = action.type.replace("_", " ")
    operation["summary"] = title[0].upper() + title[1:]
    operation["description"] = f"{action.description}\n\nRole: {action.role}. {action.conflict}"
    content = operation["requestBody"]["content"]["application/json"]
    content |= {"schema": body_of(action), "examples": {"example": {"value": action.example}}}
    operation["requestBody"]["required"] = bool(body_of(action)["required"])
    return operation


def body_of(action: type[Action]) -> Json:
    """The payload at top level, id and group beside it. Parts of it are those of the request of several."""
    _, found = msgspec.json.schema_components([action], ref_template=REF.format(name=ACTION))
    payload = found[action.__name__]
    beside = {"type": {"const": action.type}, "id": TOKEN, "group": TOKEN}
    return {**payload, "properties": {**beside, **payload["properties"]}}
