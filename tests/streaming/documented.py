"""Every frame a test sees is checked against the AsyncAPI document; a field it does not name is an error too."""

import functools
from typing import Any

import jsonschema

from streaming.asyncapi import document


@functools.cache
def _validator(message: str) -> Any:
    components = document()["components"]
    schema = {**components["messages"][message]["payload"], "components": components}
    return jsonschema.Draft202012Validator(schema)


def require_documented(frame: dict[str, Any], by: str = "server", *, unknown_fields: bool = False) -> None:
    message = f"{by}.{frame['type']}"
    components = document()["components"]
    assert message in components["messages"], f"no message {message}"
    _validator(message).validate(frame)
    name = components["messages"][message]["payload"]["$ref"].rpartition("/")[2]
    if not unknown_fields:
        assert set(frame) <= set(components["schemas"][name]["properties"]), f"{message}: {frame}"
