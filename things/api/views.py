"""Things over HTTP: thin, each a few calls into the editing path or a snapshot."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from things import editing
from things.api import parameters, shapes
from things.api.access import actor_of, at_position, body_of, via_of, visible_thing
from things.api.actions import answer, perform
from things.api.caching import etag_of, tag_of, unchanged
from things.api.filters import ThingFilter
from things.api.lists import asked_page, page_response
from things.api.numbers import whole_number
from things.api.pointers import SET, without
from things.editing.events import change_as_json
from things.editing.log import page_end
from things.models import Change, Thing
from things.people.permissions import role_listed, visible_to, with_given
from things.reading.thing import summary_as_json, thing_written
from things.transactions import snapshot


class ThingList(APIView):
    """The Things you can see, newest change first; POST makes one."""

    anonymous = ("GET",)

    filterset_class = ThingFilter

    def get_queryset(self) -> QuerySet[Thing]:
        user = actor_of(self.request)
        return with_given(visible_to(user).select_related("owner"), user)

    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"title": "Harbour pool, opening week", "visibility": "private"}

    @extend_schema(
        operation_id="api_things_list",
        parameters=parameters.LIST_PARAMETERS,
        responses={200: shapes.Things, 404: shapes.Problem},
    )
    def get(self, request: Request) -> Response:
        """List the Things you can see.

        Newest change first, in pages: `next` and `previous` are the URLs of those beside it. Parameters that are none
        of these are ignored.
        """
        page = asked_page(request, DjangoFilterBackend().filter_queryset(request, self.get_queryset(), self))
        user = actor_of(request)
        shown = [summary_as_json(thing, role_listed(user, thing)) for thing in page.things]
        return page_response(request, page, shown)

    @extend_schema(
        request=shapes.NewThing,
        parameters=[parameters.LOCATION, parameters.etag(201), parameters.position(201)],
        responses={201: shapes.Thing, 404: shapes.Problem, **shapes.CONFLICT},
    )
    def post(self, request: Request) -> Response:
        """Create a Thing.

        Choose its `id` yourself and a retry makes no second one. `template` is the id of a Thing to start from.
        """
        user = actor_of(request)
        if user is None:
            raise exceptions.NotAuthenticated
        made = editing.create(user, body_of(request), via=via_of(request))
        response = _whole(request, made.pk, status=201)
        response["Location"] = reverse("api-thing", kwargs={"pk": made.pk}, request=request)
        return response


def _whole(request: Request, pk: UUID, status: int = 200, revision: int | None = None) -> Response:
    """Body and position of one snapshot (P1), which is the one of the revision that is shown."""
    with snapshot():
        thing = visible_thing(request, pk)
        shown = thing.revision if revision is None else revision
        if request.method == "GET" and (known := unchanged(request, thing, shown)) is not None:
            return known
        body = thing_written(thing, actor_of(request), shown)
    response = Response(body, status=status, headers={"ETag": etag_of(thing, body["role"], shown)})
    return at_position(response, pk, thing.epoch, shown)


class ThingDetail(APIView):
    """One Thing: its state with its position; PATCH and DELETE are changes like any other."""

    anonymous = ("GET",)

    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"title": "Harbour pool, opening week", "tags": ["plan"]}

    @extend_schema(
        parameters=[parameters.REVISION, *parameters.CONDITIONAL],
        responses={200: shapes.Thing, **shapes.UNCHANGED, **shapes.CONFLICT},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Read a Thing.

        The whole state, now or as it was at a revision, with the position on the stream that belongs to it.
        """
        return _whole(request, pk, revision=whole_number(request, "revision"))

    @extend_schema(
        request=shapes.ThingPatch,
        parameters=[parameters.etag(200), parameters.position(200)],
        responses={200: shapes.Thing, **shapes.CONFLICT},
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change title, tags, visibility, trashed or template.

        One change like any other: it is on the stream and can be undone. `If-Match` is not looked at: fields that you
        do not name stay as they are, whoever changed them meanwhile.
        """
        data = body_of(request)
        actions = [{"type": "rename", "title": data.pop("title")}] if "title" in data else []
        if data or not actions:
            actions.append({"type": "set_thing", "set": data})
        with without(SET):
            perform(request, pk, {"actions": actions})
        return _whole(request, pk)

    @extend_schema(parameters=[parameters.position(200)], responses={200: shapes.Performed, **shapes.CONFLICT})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Move a Thing to the trash.

        Its owner can take it out again: PATCH `{"trashed": false}`.
        """
        return answer(perform(request, pk, {"actions": [{"type": "set_thing", "set": {"trashed": True}}]}))


class ChangeList(APIView):
    anonymous = ("GET",)

    @extend_schema(
        parameters=[parameters.SINCE, parameters.LIMIT, *parameters.CONDITIONAL],
        responses={200: shapes.Changes, **shapes.UNCHANGED},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Read the log.

        Changes after `since`, in ascending order. A page holds at most `limit` changes and about 1 MiB, but at least
        one change; `next` is the URL of the next page, or null.
        """
        since = whole_number(request, "since", 0) or 0
        limit = min(whole_number(request, "limit", 100, least=1) or 100, settings.ANSWER_ROWS)
        with snapshot():
            thing = visible_thing(request, pk)
            if (known := unchanged(request, thing, thing.revision)) is not None:
                return known
            etag = tag_of(request, thing)
            last = page_end(thing, since, limit)
            page = Change.objects.filter(thing=thing, revision__gt=since, revision__lte=last)
            rows = list(page.defer("before", "skipped").order_by("revision"))
        more = last < thing.revision
        url = request.build_absolute_uri(f"{request.path}?since={last}&limit={limit}") if more else None
        body = {"results": [change_as_json(change, actions=True) for change in rows], "next": url}
        return at_position(Response(body, headers={"ETag": etag}), pk, thing.epoch, thing.revision)


class Digest(APIView):
    anonymous = ("GET",)

    @extend_schema(parameters=parameters.CONDITIONAL, responses={200: shapes.Digest, **shapes.UNCHANGED})
    def get(self, request: Request, pk: UUID) -> Response:
        """Read the digest.

        Two people with the same revision and digest see the same Thing.
        """
        with snapshot():
            thing = visible_thing(request, pk)
            if (known := unchanged(request, thing, thing.revision)) is not None:
                return known
            etag = tag_of(request, thing)
        body = {"revision": thing.revision, "epoch": thing.epoch, "digest": thing.digest}
        return at_position(Response(body, headers={"ETag": etag}), pk, thing.epoch, thing.revision)
