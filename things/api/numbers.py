"""Query parameters that are numbers."""

from rest_framework import exceptions
from rest_framework.request import Request


def whole_number(request: Request, name: str, default: int | None = None, *, least: int = 0) -> int | None:
    """A query parameter, or 422 with its name."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or len(given) > 15 or int(given) < least:
        raise exceptions.ValidationError({name: [f"expected a whole number from {least}"]})
    return int(given)
