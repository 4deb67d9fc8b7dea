"""A person's inbox over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from things.api import parameters
from things.api import people_shapes as shapes
from things.api.access import actor_of, body_of
from things.api.numbers import whole_number
from things.models import Inbox
from things.people import inbox
from things.shapes import JsonObject
from things.transactions import snapshot

PAGE = 50


class InboxView(APIView):
    """What concerns you, newest first; the same log as the stream's `inbox`, topic `me`."""

    def example(self, request: Request, method: str) -> JsonObject:
        return {"through": 1}

    @extend_schema(parameters=[parameters.BEFORE, parameters.position(200)], responses={200: shapes.InboxPage})
    def get(self, request: Request) -> Response:
        """Read your inbox.

        Newest first; `before` is the offset of the last entry of the page before.
        """
        user = actor_of(request)
        if user is None:
            raise exceptions.NotAuthenticated
        before = whole_number(request, "before")
        inbox.inboxes([user.pk])
        with snapshot():
            mine = inbox.inboxes([user.pk])[0]
            rows = list(inbox.entries(mine, before, PAGE + 1))
            unread = inbox.unread_of(mine).count()
        shown = rows[:PAGE]
        url = f"{request.path}?before={shown[-1].offset}" if len(rows) > PAGE else None
        body = {
            "next": request.build_absolute_uri(url) if url else None,
            "previous": None,
            "unread": unread,
            "results": [inbox.as_json(row) for row in shown],
        }
        return at_inbox(Response(body), mine)

    @extend_schema(
        request=shapes.ReadThrough, parameters=[parameters.position(200)], responses={200: shapes.InboxState}
    )
    def post(self, request: Request) -> Response:
        """Mark entries as read.

        Everything up to the offset `through`. Your other windows hear it.
        """
        user = actor_of(request)
        if user is None:
            raise exceptions.NotAuthenticated
        through = body_of(request).get("through")
        if not isinstance(through, int) or isinstance(through, bool) or through < 0:
            raise exceptions.ValidationError({"through": ["expected a whole number from 0"]})
        mine = inbox.mark_read(user, through)
        return at_inbox(Response({"unread": inbox.unread_of(mine).count()}), mine)


def at_inbox(response: Response, mine: Inbox) -> Response:
    response["Stream-Position"] = f"inbox/me; epoch={mine.epoch}; offset={mine.head}"
    return response
