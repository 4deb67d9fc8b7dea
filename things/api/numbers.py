"""Query parameters that are numbers."""

from rest_framework import exceptions
from rest_framework.request import Request


def whole_number(request: Request, name: str, default: int | None = None) -> int | None:
    """A query parameter, or 422 with its name."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        raise exceptions.ValidationError({name: ["expected a whole number from 0"]})
    return int(given)
