"""The body of an error, as RFC 9457 has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from widgetapp.request_ids import current_request_id

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, code: str, title: str, detail: str = "", errors: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The body of a problem."""
    return {
        "type": f"/developers/errors/{code}/",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
        "errors": list(errors),
        "request_id": current_request_id(),
    }
