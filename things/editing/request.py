"""What is asked, read from decoded JSON: shape, limits and types before any lock is taken (W2, W3)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from uuid6 import uuid7

from things.actions import Action, parse
from things.actions.base import at
from things.actions.canvas import checked_canvas, checked_title
from things.document import canonical
from things.errors import Fault, Invalid, TooLarge
from things.kinds.fields import Wrong, identifier
from things.models import Visibility
from things.models.thing import default_canvas
from things.shapes import JsonValue, Value

MAX_ACTIONS = 500
MAX_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, decoded and of the right shape."""

    id: str
    group: str
    actions: list[Action]
    payload: list[dict[str, Any]]
    hash: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A Thing to make."""

    id: str | None
    meta: dict[str, Value]
    template: str | None
    payload: dict[str, Any]


def read_request(request: Mapping[str, JsonValue]) -> Request:
    """Shape, limits and types of a request (W2, W3)."""
    _require_mapping(request)
    with at():
        for key in request:
            if key not in ("id", "group", "actions"):
                raise Wrong("unknown field", code=Fault.UNKNOWN_FIELD).below(key)
        request_id = _token(request, "id") or str(uuid7())
        group = _token(request, "group")
        given = request.get("actions")
        if not isinstance(given, list) or not given:
            raise Wrong("expected a list of at least one action", "/actions", Fault.REQUIRED)
    if len(given) > MAX_ACTIONS:
        raise TooLarge(f"at most {MAX_ACTIONS} actions in a request, got {len(given)}")
    actions = []
    for index, entry in enumerate(given):
        with at("actions", index):
            actions.append(parse(entry))
    _require_alone(actions)
    payload = [entry for entry in given if isinstance(entry, dict)]  # each is: it was parsed
    body = canonical.dumps({"group": group, "actions": payload})
    return Request(
        id=request_id,
        group=group,
        actions=actions,
        payload=payload,
        hash=hashlib.sha256(body).hexdigest(),
        size_bytes=len(body),
    )


def _require_mapping(request: Mapping[str, JsonValue]) -> None:
    """Of whoever comes by another way than a typed call."""
    if not isinstance(request, Mapping):
        raise Invalid("expected an object", [{"pointer": "", "code": Fault.TYPE, "detail": "expected an object"}])


def _token(request: Mapping[str, JsonValue], key: str) -> str:
    if key not in request:
        return ""
    value = request[key]
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID:
        raise Wrong(f"expected a string of at most {MAX_ID} characters", code=Fault.TYPE).below(key)
    return value


def _require_alone(actions: list[Action]) -> None:
    for index, action in enumerate(actions):
        if action.alone and len(actions) > 1:
            with at("actions", index):
                raise Wrong(f"{action.type} stands alone in a request", code=Fault.ALONE)


def read_creation(request: Mapping[str, JsonValue]) -> Creation:
    """`{"title","id"?,"canvas"?,"visibility"?,"template"?}`, checked. `template` is the id of a Thing to start from."""
    _require_mapping(request)
    meta: dict[str, Value] = {}
    with at():
        for key in request:
            if key not in ("id", "title", "canvas", "visibility", "template"):
                raise Wrong("unknown field", code=Fault.UNKNOWN_FIELD).below(key)
    with at("id"):
        thing_id = identifier(request["id"]) if "id" in request else None
    with at("title"):
        meta["title"] = checked_title(request.get("title", ""))
    if "canvas" in request:
        with at("canvas"):
            canvas = request["canvas"]
            if not isinstance(canvas, dict):
                raise Wrong("expected an object", code=Fault.TYPE)
            meta["canvas"] = checked_canvas(canvas, default_canvas())
    if "visibility" in request:
        with at("visibility"):
            visibility = request["visibility"]
            if not isinstance(visibility, str) or visibility not in Visibility.values:
                raise Wrong("expected private or public", code=Fault.CHOICE)
            meta["visibility"] = visibility
    with at("template"):
        template = identifier(request["template"]) if "template" in request else None
    payload = {"type": "create", **meta, **({"template": template} if template else {})}
    return Creation(id=thing_id, meta=meta, template=template, payload=payload)
