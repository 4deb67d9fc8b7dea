"""What the views of Things share: who acts, through what, and the position that goes with every answer (P1)."""

from uuid import UUID

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Token, User
from things.models import Thing, Via
from things.people.permissions import visible_to
from things.shapes import JsonObject


def actor_of(request: Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


def via_of(request: Request) -> Via:
    """Set by the server: a session is the editor, a token a program."""
    return Via.API if isinstance(request.auth, Token) else Via.EDITOR


def body_of(request: Request) -> JsonObject:
    """A copy of the body, which has names: the parser has seen to that."""
    return dict(request.data)


def visible_thing(request: Request, pk: UUID) -> Thing:
    """Not visible is 404, whoever asks. Call it inside a `snapshot` where a position is told."""
    thing = visible_to(actor_of(request)).select_related("owner").filter(pk=pk).first()
    if thing is None:
        raise Http404
    return thing


def at_position(response: Response, pk: UUID, epoch: str, offset: int) -> Response:
    response["Stream-Position"] = f"things/{pk}; epoch={epoch}; offset={offset}"
    return response
