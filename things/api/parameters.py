"""Query parameters and headers, for the OpenAPI document."""

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter

from things.actions.canvas import TAG, TITLE
from things.api.lists import MAX_PAGE
from things.models import Visibility
from things.reading.pages import MAX_CURSOR, NEWEST, ORDERINGS

FROM_ZERO = {"type": "integer", "minimum": 0}
FROM_ONE = {"type": "integer", "minimum": 1}
REVISION = OpenApiParameter("revision", FROM_ZERO, description="The Thing as it was at this revision.")
SINCE = OpenApiParameter("since", FROM_ZERO, description="Changes after this revision; 0 is the beginning.")
BEFORE = OpenApiParameter("before", FROM_ZERO, description="Entries older than this offset.")
LIMIT = OpenApiParameter(
    "limit", FROM_ONE, description=f"100 by default; more than {settings.ANSWER_ROWS:,} is {settings.ANSWER_ROWS:,}."
)


def string(name: str, most: int, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", "maxLength": most}, description=description)


def flag(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, bool, description=description)


LIST_PARAMETERS = [
    string("search", TITLE.limit, "Part of the title."),
    string("tag", TAG.limit, "Things with this tag."),
    flag("mine", "Whether they are yours."),
    flag("shared", "Whether somebody shared them with you."),
    flag("template", "Whether they are templates."),
    flag("trashed", "Whether they are in the trash; what is, is left out otherwise."),
    OpenApiParameter("visibility", str, enum=Visibility.values, description="Who may see them."),
    OpenApiParameter("ordering", str, enum=ORDERINGS, default=NEWEST, description="What comes first."),
    OpenApiParameter("limit", FROM_ONE, description=f"Things a page: 50; more than {MAX_PAGE} is {MAX_PAGE}."),
    string("cursor", MAX_CURSOR, "Of `next` or `previous`."),
]


def header(name: str, description: str, *statuses: int) -> OpenApiParameter:
    """Of answers."""
    codes = [str(status) for status in statuses]
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, response=codes, description=description)


def position(*statuses: int) -> OpenApiParameter:
    return header("Stream-Position", "`topic; epoch=…; offset=…`: from here the stream goes on.", *statuses)


def etag(*statuses: int) -> OpenApiParameter:
    return header("ETag", "Of the state that you were shown.", *statuses)


LOCATION = header("Location", "Where it is.", 201)
KNOWN = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="ETags that you have, weak or strong, or `*`."
)
CONDITIONAL = [KNOWN, etag(200, 304), position(200, 304)]
