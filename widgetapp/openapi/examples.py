"""Requests and answers as they were, by operation. A test performs them again and compares; so they stay true."""

import json
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FILE = Path(__file__).with_name("examples.json")


@cache
def told() -> Json:
    """`{operation: {"request"?, "answer"?}}`; of all actions the one that stands for them is `perform`."""
    read: Json = json.loads(FILE.read_text())
    return read


def with_examples(operation: Json) -> None:
    found = told().get(operation["operationId"]) or told().get(operation["operationId"].partition("_")[0], {})
    if "request" in found and "examples" not in (content := body(operation["requestBody"])):
        content["examples"] = {"example": {"value": found["request"]}}
    for status, answer in operation["responses"].items():
        if status in ("200", "201") and "answer" in found:
            body(answer)["examples"] = {"example": {"value": found["answer"]}}


def body(holder: Json) -> Json:
    content: Json = holder["content"]["application/json"]
    return content
