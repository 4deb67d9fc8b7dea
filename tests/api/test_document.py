"""The OpenAPI document: whole, valid, and what it shows is what happens."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.test import Client

from accounts.models import User
from tests.api.performing import Performing
from tests.servers import ROOT
from things.actions import ACTIONS
from things.api.filters import ThingFilter
from things.models import Thing
from widgetapp.openapi.examples import told
from widgetapp.site.error_codes import PROBLEMS

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/openapi.json").read_text())
Operation = tuple[str, str, dict[str, Any]]


def operations() -> Iterator[Operation]:
    for path, found in DOCUMENT["paths"].items():
        for method, operation in found.items():
            yield path, method, operation


OPERATIONS = list(operations())
NAMED = [f"{method} {path}" for path, method, _ in OPERATIONS]
each = pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=NAMED)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(below)


def valid(value: Any, schema: dict[str, Any]) -> None:
    whole = {"components": DOCUMENT["components"], **schema}
    jsonschema.Draft202012Validator(whole).validate(value)


def test_w8_it_speaks_3_1_and_no_older_dialect() -> None:
    """`nullable` is of 3.0: a strict validator refused real answers for it."""
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["servers"]
    assert [node for node in nodes(DOCUMENT["components"]) if "nullable" in node] == []


@each
def test_w8_every_operation_says_what_it_is(path: str, method: str, operation: dict[str, Any]) -> None:
    """Summary, description, tag, and an example of what is sent and answered."""
    assert operation["summary"]
    assert operation["description"]
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    for holder in (operation.get("requestBody"), *(operation["responses"].get(status) for status in ("200", "201"))):
        if holder and operation["operationId"] not in UNSHOWN:
            content = holder["content"]["application/json"]
            for example in content["examples"].values():
                valid(example["value"], content["schema"])


# They answer with what is read elsewhere: the catalogue, the kinds, the document of the stream.
UNSHOWN = {"api_actions_retrieve", "api_kinds_retrieve", "api_stream_asyncapi", "action_links"}
UNSHOWN |= {f"describe_{type}" for type in ACTIONS}


@each
def test_w8_every_operation_says_how_it_refuses(path: str, method: str, operation: dict[str, Any]) -> None:
    """A third of them named no 4xx at all; headers, 304 and 503 stood nowhere."""
    answers = set(operation["responses"])
    assert {"400", "401", "403", "406", "429", "500", "503"} <= answers
    assert "{" not in path or "404" in answers
    assert "requestBody" not in operation or {"413", "415", "422"} <= answers
    parameters = operation.get("parameters", [])
    assert not any(entry["in"] == "query" for entry in parameters) or "422" in answers
    assert any(entry["name"] == "If-None-Match" for entry in parameters) == ("304" in answers)
    for status in answers & {"200", "201", "204"}:
        assert {"RateLimit", "RateLimit-Policy", "X-Request-ID"} <= set(operation["responses"][status]["headers"])
    assert "Retry-After" in DOCUMENT["components"]["responses"]["TooMany"]["headers"]


@each
def test_w8_security_is_optional_where_nobody_need_sign_in(
    db: None, client: Client, path: str, method: str, operation: dict[str, Any], thing: Thing
) -> None:
    """It said that a credential is needed where none is."""
    Thing.objects.update(visibility="public")
    url = path.replace("{id}", str(thing.pk)).replace("{user}", str(thing.owner_id))
    sent = {"data": "{}", "content_type": "application/json"} if "requestBody" in operation else {}
    answer = getattr(client, method)(url, **sent)
    assert (answer.status_code == 401) == ({} not in operation["security"])


def test_w8_numbers_and_strings_have_bounds() -> None:
    """Integers were any integers, where negative ones are refused."""
    for path, method, operation in OPERATIONS:
        for entry in operation.get("parameters", []):
            if entry["in"] == "query" and entry["schema"].get("type") == "integer":
                assert "minimum" in entry["schema"], (path, method, entry["name"])
            if entry["in"] == "query" and entry["schema"].get("type") == "string":
                assert {"maxLength", "enum"} & set(entry["schema"]), (path, method, entry["name"])


def test_w12_every_filter_is_a_parameter() -> None:
    listed = {entry["name"] for entry in DOCUMENT["paths"]["/api/things/"]["get"]["parameters"]}
    assert listed == {*ThingFilter.base_filters, "ordering", "limit", "cursor"}


def test_every_action_has_a_path_with_its_own_body() -> None:
    for type in ACTIONS:
        post = DOCUMENT["paths"][f"/api/things/{{id}}/actions/{type}/"]["post"]
        assert post["operationId"] == f"perform_{type}"


def test_every_status_of_a_refusal_has_its_page() -> None:
    """What the document can answer, and what has a page of words, are the same."""
    told = {int(status) for _, _, operation in OPERATIONS for status in operation["responses"] if int(status) >= 400}
    assert told <= {entry.status for entry in PROBLEMS}


def shape(value: Any) -> Any:
    """Names and types, without what differs from run to run."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shape(entry) for entry in value]
    return type(value).__name__


def test_the_examples_are_what_happens(ana: User, jonas: User, thing: Thing) -> None:
    performed = Performing(ana, jonas, thing).all()
    assert json.loads(json.dumps(shape(performed))) == shape(told())
    known = {re.sub(r"^perform_(?!actions).*", "perform", operation["operationId"]) for _, _, operation in OPERATIONS}
    assert known - UNSHOWN <= {*told()}
