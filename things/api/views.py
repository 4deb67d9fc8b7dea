"""Things over HTTP: thin, each a few calls into the editing path or a snapshot."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, generics
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from uuid6 import uuid7

from things import editing
from things.actions import ACTIONS, Action
from things.api import shapes
from things.api.access import actor_of, at_position, require_write, via_of, visible_thing
from things.api.examples import example_on
from things.api.numbers import whole_number
from things.api.throttling import ActionThrottle
from things.document import load, snapshot
from things.editing import Performed
from things.events import change_as_json
from things.models import Change, Thing, Visibility
from things.permissions import given_to, role_listed, visible_to, with_given
from things.reading import summary_as_json, thing_as_json

MAX_CHANGES = 1000


class ThingPages(CursorPagination):
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = ("-changed_at", "-id")


class ThingFilter(filters.FilterSet):
    search = filters.CharFilter(field_name="title", lookup_expr="icontains")
    mine = filters.BooleanFilter(method="filter_mine")
    shared = filters.BooleanFilter(method="filter_shared")
    template = filters.BooleanFilter(field_name="is_template")
    trashed = filters.BooleanFilter(field_name="trashed_at", lookup_expr="isnull", exclude=True)
    visibility = filters.ChoiceFilter(choices=Visibility.choices)

    class Meta:
        model = Thing
        fields: ClassVar[list[str]] = []

    def filter_mine(self, things: QuerySet[Thing], name: str, value: bool) -> QuerySet[Thing]:
        user = actor_of(self.request)
        return things.filter(owner=user) if value else things.exclude(owner=user)

    def filter_shared(self, things: QuerySet[Thing], name: str, value: bool) -> QuerySet[Thing]:
        user = actor_of(self.request)
        given = given_to(user) if user is not None else Q(pk=None)
        return things.filter(given) if value else things.exclude(given)


class ThingList(generics.ListAPIView[Thing]):
    """The Things you can see, newest change first; POST makes one."""

    queryset = Thing.objects.none()
    pagination_class = ThingPages
    filterset_class = ThingFilter
    serializer_class = shapes.ThingSummary

    def get_queryset(self) -> QuerySet[Thing]:
        user = actor_of(self.request)
        things = with_given(visible_to(user).select_related("owner"), user)
        return things if "trashed" in self.request.query_params else things.filter(trashed_at=None)

    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"title": "Harbour pool, opening week", "visibility": "private"}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        user = actor_of(request)
        return self.get_paginated_response([summary_as_json(thing, role_listed(user, thing)) for thing in page])

    @extend_schema(request=shapes.NewThing, responses={201: shapes.Thing, **shapes.WRITE_PROBLEMS})
    def post(self, request: Request) -> Response:
        """Create a Thing: `{"title","id"?,"canvas"?,"visibility"?,"template"?}`; `template`: a Thing to start from."""
        user = actor_of(request)
        if user is None:
            raise exceptions.NotAuthenticated
        require_write(request)
        made = editing.create(user, cast(dict[str, Any], request.data), via=via_of(request))
        return _whole(request, made.pk, status=201)


def _whole(request: Request, pk: UUID, status: int = 200, revision: int | None = None) -> Response:
    """Body and position of one snapshot (P1)."""
    with snapshot():
        thing = visible_thing(request, pk)
        etag = f'"{thing.epoch}-{thing.revision}-{thing.access_epoch}"'
        if revision is None and status == 200 and request.headers.get("If-None-Match") == etag:
            return at_position(Response(status=304, headers={"ETag": etag}), pk, thing.epoch, thing.revision)
        body = thing_as_json(thing, actor_of(request), revision)
    response = at_position(Response(body, status=status), pk, thing.epoch, thing.revision)
    if revision is None:
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
    return response


class ThingDetail(APIView):
    """One Thing: its state with its position; PATCH and DELETE are changes like any other."""

    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"title": "Harbour pool, opening week", "tags": ["plan"]}

    @extend_schema(parameters=[shapes.REVISION], responses={200: shapes.Thing, **shapes.READ_PROBLEMS})
    def get(self, request: Request, pk: UUID) -> Response:
        """The whole state, now or with `?revision=N` as it was."""
        return _whole(request, pk, revision=whole_number(request, "revision"))

    @extend_schema(request=shapes.ThingPatch, responses={200: shapes.Thing, **shapes.WRITE_PROBLEMS})
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change title, visibility, tags, trashed or template."""
        data = dict(request.data) if isinstance(request.data, dict) else {}
        actions = [{"type": "rename", "title": data.pop("title")}] if "title" in data else []
        if data or not actions:
            actions.append({"type": "set_thing", "set": data})
        perform(request, pk, {"actions": actions})
        return _whole(request, pk)

    @extend_schema(responses={200: shapes.Performed, **shapes.WRITE_PROBLEMS})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Move the Thing to the trash."""
        return answer(perform(request, pk, {"actions": [{"type": "set_thing", "set": {"trashed": True}}]}))


def perform(request: Request, pk: UUID, asked: Any) -> Performed:
    """Through the editing path. Anonymous people see 401 for what they could see, 404 for the rest."""
    user = actor_of(request)
    if user is None:
        visible_thing(request, pk)
        raise exceptions.NotAuthenticated
    require_write(request)
    return editing.perform(pk, user, asked, via=via_of(request))


def answer(performed: Performed) -> Response:
    response = Response(performed.as_json())
    return at_position(response, performed.thing_id, performed.epoch, performed.revision)


class ActionsView(APIView):
    """Perform editor actions: one request, one change, all or nothing."""

    throttle_classes = (ActionThrottle,)
    tokens_left = settings.ACTIONS_BURST

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        final["RateLimit-Policy"] = f'"actions";q={settings.ACTIONS_BURST};w={_window_seconds()}'
        final["RateLimit"] = f'"actions";r={self.tokens_left}'
        return final


def _window_seconds() -> int:
    return int(settings.ACTIONS_BURST / settings.ACTIONS_PER_MINUTE * 60)


class PerformActions(ActionsView):
    def example(self, request: Request, method: str) -> dict[str, Any]:
        chosen = (ACTIONS["nudge"], ACTIONS["rename"])
        actions = [{"type": action.type, **thing_example(request, self.kwargs["pk"], action)} for action in chosen]
        return {"id": str(uuid7()), "actions": actions}

    @extend_schema(operation_id="action_links", responses={200: shapes.ActionLinks, **shapes.READ_PROBLEMS})
    def get(self, request: Request, pk: UUID) -> Response:
        """The address of every editor action for this Thing; each has a form with an example."""
        visible_thing(request, pk)
        names = {"pk": pk}
        urls = {type: reverse("api-perform-one", kwargs={**names, "type": type}, request=request) for type in ACTIONS}
        return Response({"actions": urls})

    @extend_schema(
        operation_id="perform", request=shapes.ActionRequest, responses={200: shapes.Performed, **shapes.WRITE_PROBLEMS}
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """`{"id","group"?,"actions":[{"type",…}]}`. The same id again answers the same and does nothing (W1)."""
        return answer(perform(request, pk, request.data))


def thing_example(request: Request, pk: UUID, action: type[Action]) -> dict[str, Any]:
    with snapshot():
        return example_on(load(visible_thing(request, pk)), action)


class PerformAction(ActionsView):
    """One action: its payload at top level, id and group optional beside it."""

    def example(self, request: Request, method: str) -> dict[str, Any] | None:
        action = ACTIONS.get(self.kwargs["type"])
        return thing_example(request, self.kwargs["pk"], action) if action else None

    @extend_schema(responses={200: shapes.CatalogueEntry, **shapes.READ_PROBLEMS})
    def get(self, request: Request, pk: UUID, type: str) -> Response:
        """What this action takes, with an example on widgets of this Thing."""
        visible_thing(request, pk)
        return Response(action_as_json(action_named(type)))

    @extend_schema(
        operation_id="perform_one", request=shapes.AnyObject, responses={200: shapes.Performed, **shapes.WRITE_PROBLEMS}
    )
    def post(self, request: Request, pk: UUID, type: str) -> Response:
        """Perform this one action."""
        action_named(type)
        data = dict(request.data) if isinstance(request.data, dict) else {}
        outer = {key: data.pop(key) for key in ("id", "group") if key in data}
        return answer(perform(request, pk, {**outer, "actions": [{**data, "type": type}]}))


def action_named(type: str) -> type[Action]:
    action = ACTIONS.get(type)
    if action is None:
        raise exceptions.NotFound
    return action


def action_as_json(action: type[Action]) -> dict[str, Any]:
    return {
        "type": action.type,
        "family": action.family,
        "description": action.description,
        "role": action.role,
        "conflict": action.conflict,
        "schema": action.json_schema(),
        "example": {"type": action.type, **action.example},
    }


class ActionCatalogue(APIView):
    @extend_schema(responses={200: shapes.Catalogue})
    def get(self, request: Request) -> Response:
        """Every editor action: description, JSON Schema, example, role needed, conflict rule."""
        return Response({"results": [action_as_json(action) for action in ACTIONS.values()]})


class ChangeList(APIView):
    @extend_schema(parameters=[shapes.SINCE, shapes.LIMIT], responses={200: shapes.Changes, **shapes.READ_PROBLEMS})
    def get(self, request: Request, pk: UUID) -> Response:
        """The log after `since`, in ascending order; `next` is the URL of the next page, or null."""
        since = whole_number(request, "since", 0) or 0
        limit = min(whole_number(request, "limit", 100) or 100, MAX_CHANGES)
        with snapshot():
            thing = visible_thing(request, pk)
            rows = list(Change.objects.filter(thing=thing, revision__gt=since).order_by("revision")[:limit])
        last = rows[-1].revision if rows else since
        more = last < thing.revision
        url = request.build_absolute_uri(f"{request.path}?since={last}&limit={limit}") if more else None
        body = {"results": [change_as_json(change, actions=True) for change in rows], "next": url}
        return at_position(Response(body), pk, thing.epoch, thing.revision)


class Digest(APIView):
    @extend_schema(responses={200: shapes.Digest, **shapes.READ_PROBLEMS})
    def get(self, request: Request, pk: UUID) -> Response:
        """Revision and digest: two people with the same pair see the same Thing."""
        with snapshot():
            thing = visible_thing(request, pk)
        body = {"revision": thing.revision, "epoch": thing.epoch, "digest": thing.digest}
        return at_position(Response(body), pk, thing.epoch, thing.revision)
