"""What all operations of the document have in common: how they refuse, and the headers of their answers."""

from typing import Any

from widgetapp.openapi.components import components
from widgetapp.openapi.examples import with_examples
from widgetapp.openapi.paths import expanded
from widgetapp.problem_json import MEDIA_TYPE
from widgetapp.site.error_codes import PROBLEMS

Json = dict[str, Any]
# A body that an operation does not take is read all the same.
ALWAYS = (400, 401, 403, 406, 408, 413, 429, 431, 500, 503)
WITH_BODY = (415, 422)
NAMES = {
    400: "Malformed",
    401: "NotSignedIn",
    403: "Refused",
    404: "NotFound",
    406: "NotAcceptable",
    408: "TooSlow",
    409: "Conflict",
    413: "TooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooMany",
    431: "HeadersTooLarge",
    500: "Broken",
    503: "Unavailable",
}
RETRIED = (429, 503)
HEADERS = {
    "X-Request-ID": ("The id of the request, also of its log lines; yours, if you sent one.", {"type": "string"}),
    "RateLimit": ('`"actions";r=N`: N writes are left to you now.', {"type": "string"}),
    "RateLimit-Policy": ('`"actions";q=N;w=S`: N writes at once; none left fill up again in S.', {"type": "string"}),
    "Retry-After": ("Seconds after which to try again.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("How to say who you are.", {"type": "string"}),
}


def whole(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """Called by drf-spectacular with the finished document."""
    result["paths"] = dict(pair for path, operations in result["paths"].items() for pair in expanded(path, operations))
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            complete(path, method, operation)
            with_examples(operation)
    parts = result["components"]
    parts["schemas"] = dict(sorted({**parts["schemas"], **components()}.items()))
    parts["responses"] = {NAMES[status]: refusal(status) for status in NAMES if status in known_statuses()}
    parts["headers"] = {name: {"description": words, "schema": schema} for name, (words, schema) in HEADERS.items()}
    return result


def known_statuses() -> set[int | None]:
    return {entry.status for entry in PROBLEMS}


def refusal(status: int) -> Json:
    entries = [entry for entry in PROBLEMS if entry.status == status]
    names = ["X-Request-ID"]
    names += ["Retry-After"] if status in RETRIED else []
    names += ["WWW-Authenticate"] if status == 401 else []
    return {
        "description": " ".join(f"`{entry.code}`: {entry.meaning}" for entry in entries),
        "headers": headers(names),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def headers(names: list[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def complete(path: str, method: str, operation: Json) -> None:
    """Add the refusals that its form allows, and the headers that every answer has."""
    answers = operation["responses"]
    statuses = {*ALWAYS, *(WITH_BODY if "requestBody" in operation else ()), *((404,) if "{" in path else ())}
    if any(entry["in"] == "query" for entry in operation.get("parameters", [])):
        statuses.add(422)
    statuses |= {int(status) for status in answers if int(status) >= 400}
    for status in statuses & known_statuses():
        answers[str(status)] = {"$ref": f"#/components/responses/{NAMES[status]}"}
    for status, answer in answers.items():
        if "$ref" not in answer:
            told = answer.setdefault("headers", {})
            told |= headers(["X-Request-ID", "RateLimit", "RateLimit-Policy"])
            answer["description"] = answer["description"] or DESCRIPTIONS[status]
    operation["responses"] = dict(sorted(answers.items()))


DESCRIPTIONS = {
    "200": "As asked.",
    "201": "Made.",
    "204": "Done; there is nothing to say.",
    "304": "You have it already.",
}
