"""How a list of Things is asked for and answered: ordering, limit, cursor."""

from django.db.models import QuerySet
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from things.api.numbers import whole_number
from things.models import Thing
from things.reading.pages import NEWEST, ORDERINGS, Cursor, Page, page_of, read_cursor
from things.shapes import JsonObject

PAGE = 50
MAX_PAGE = 200


def asked_page(request: Request, things: QuerySet[Thing]) -> Page:
    ordering = ordering_asked(request)
    size = min(whole_number(request, "limit", PAGE, least=1) or PAGE, MAX_PAGE)
    return page_of([things], size=size, ordering=ordering, cursor=cursor_asked(request, ordering))


def ordering_asked(request: Request) -> str:
    ordering = request.query_params.get("ordering") or NEWEST
    if ordering not in ORDERINGS:
        raise exceptions.ValidationError({"ordering": [f"expected one of {', '.join(ORDERINGS)}"]})
    return ordering


def cursor_asked(request: Request, ordering: str) -> Cursor | None:
    """A cursor is of one ordering; any other text leads nowhere."""
    given = request.query_params.get("cursor")
    if given is None:
        return None
    cursor = read_cursor(given)
    if cursor is None or cursor.ordering != ordering:
        raise exceptions.NotFound("this cursor is not one of this list")
    return cursor


def page_response(request: Request, page: Page, results: list[JsonObject]) -> Response:
    return Response({"next": url(request, page.next), "previous": url(request, page.previous), "results": results})


def url(request: Request, cursor: Cursor | None) -> str | None:
    """The same list at that cursor."""
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = str(cursor)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
