"""Editor actions over HTTP: the catalogue, and performing one or several."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from uuid6 import uuid7

from things import editing
from things.actions import ACTIONS, Action
from things.api import parameters, shapes
from things.api.access import actor_of, at_position, body_of, via_of, visible_thing
from things.api.examples import example_on
from things.api.pointers import ACTION, without
from things.document import load
from things.editing import Performed
from things.errors import Fault, Invalid
from things.kinds import kinds_as_json
from things.transactions import snapshot


def perform(request: Request, pk: UUID, asked: Any) -> Performed:
    """Through the editing path. Anonymous people see 401 for what they could see, 404 for the rest."""
    user = actor_of(request)
    if user is None:
        visible_thing(request, pk)
        raise exceptions.NotAuthenticated
    return editing.perform(pk, user, asked, via=via_of(request))


def answer(performed: Performed) -> Response:
    response = Response(performed.as_json())
    return at_position(response, performed.thing_id, performed.epoch, performed.revision)


class PerformActions(APIView):
    """Perform editor actions: one request, one change, all or nothing."""

    anonymous = ("GET",)

    def example(self, request: Request, method: str) -> dict[str, Any]:
        chosen = (ACTIONS["nudge"], ACTIONS["rename"])
        actions = [{"type": action.type, **thing_example(request, self.kwargs["pk"], action)} for action in chosen]
        return {"id": str(uuid7()), "actions": actions}

    @extend_schema(operation_id="action_links", responses={200: shapes.ActionLinks})
    def get(self, request: Request, pk: UUID) -> Response:
        """List the addresses of the actions of a Thing.

        Opened in a browser, each has a form with an example that works as it stands.
        """
        visible_thing(request, pk)
        names = {"pk": pk}
        urls = {type: reverse("api-perform-one", kwargs={**names, "type": type}, request=request) for type in ACTIONS}
        return Response({"actions": urls})

    @extend_schema(
        operation_id="perform_actions",
        request=shapes.Several,
        parameters=[parameters.position(200)],
        responses={200: shapes.Performed, **shapes.CONFLICT},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Perform actions.

        One request is one change, all or nothing. The same `id` again answers the same and does nothing, so that a
        retry is safe. Changes with one `group` are undone together.
        """
        return answer(perform(request, pk, body_of(request)))


def thing_example(request: Request, pk: UUID, action: type[Action]) -> dict[str, Any]:
    with snapshot():
        return example_on(load(visible_thing(request, pk)), action)


class PerformAction(APIView):
    """One action: its payload at top level, id and group optional beside it."""

    anonymous = ("GET",)

    def example(self, request: Request, method: str) -> dict[str, Any] | None:
        action = ACTIONS.get(self.kwargs["type"])
        return thing_example(request, self.kwargs["pk"], action) if action else None

    @extend_schema(operation_id="describe", responses={200: shapes.CatalogueEntry})
    def get(self, request: Request, pk: UUID, type: str) -> Response:
        """Read what one action takes.

        Its entry of the catalogue.
        """
        visible_thing(request, pk)
        return Response(action_as_json(action_named(type)))

    @extend_schema(
        operation_id="perform",
        request=shapes.AnyObject,
        parameters=[parameters.position(200)],
        responses={200: shapes.Performed, **shapes.CONFLICT},
    )
    def post(self, request: Request, pk: UUID, type: str) -> Response:
        """Perform one action.

        Its payload at top level, `id` and `group` optional beside it.
        """
        payload = body_of(request)
        outer = {key: payload.pop(key) for key in beside(type) if key in payload}
        if payload.pop("type", type) != type:
            detail = f"expected {type}, as in the path, or nothing"
            raise Invalid(detail, [{"pointer": "/type", "code": Fault.CHOICE, "detail": detail}])
        with without(ACTION):
            return answer(perform(request, pk, {**outer, "actions": [{**payload, "type": type}]}))


def beside(type: str) -> list[str]:
    """What is said of the request, not to the action; `undo` has a `group` of its own."""
    fields = action_named(type).__struct_fields__
    return [key for key in ("id", "group") if key not in fields]


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
    anonymous = ("GET",)

    @extend_schema(responses={200: shapes.Catalogue})
    def get(self, request: Request) -> Response:
        """Read the catalogue of actions.

        Of each: description, JSON Schema, example, the role it needs, what happens when two people do it at once.
        """
        return Response({"results": [action_as_json(action) for action in ACTIONS.values()]})


class KindList(APIView):
    anonymous = ("GET",)

    @extend_schema(responses={200: shapes.Kinds})
    def get(self, request: Request) -> Response:
        """Read the kinds of widgets.

        Of each: whether it holds text and other widgets, its fields with their JSON Schema and default.
        """
        return Response({"results": [{"kind": name, **told} for name, told in kinds_as_json().items()]})
