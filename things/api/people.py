"""Members of a Thing and a person's inbox over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.emails import email_key
from accounts.models import User
from things import inbox, sharing
from things.api import shapes
from things.api.access import actor_of, require_write, visible_thing
from things.api.numbers import whole_number
from things.document import snapshot
from things.models import Inbox, Membership, Role, Thing
from things.permissions import Verb, require

PAGE = 50


def shared_thing(request: Request, pk: UUID, verb: Verb) -> tuple[User, Thing]:
    user = actor_of(request)
    thing = visible_thing(request, pk)
    if user is None:
        raise exceptions.NotAuthenticated
    require(user, thing, verb)
    return user, thing


def member_as_json(user: User, role: str) -> dict[str, Any]:
    return {"user": {"id": str(user.pk), "name": user.name, "color": user.color}, "role": role}


def person_meant(data: Any) -> User:
    """By `user` (an id) or `email`; 422 for somebody who is not here."""
    given = data if isinstance(data, dict) else {}
    name = "user" if "user" in given else "email"
    wanted = str(given.get(name, ""))
    people = User.objects.filter(is_active=True)
    try:
        found = people.filter(pk=UUID(wanted)) if name == "user" else people.filter(email_key=email_key(wanted))
    except ValueError:
        found = people.none()
    if (person := found.first()) is None:
        raise exceptions.ValidationError({name: ["nobody with this name has an account here"]})
    return person


def role_meant(data: Any) -> Role:
    role = data.get("role") if isinstance(data, dict) else None
    if role not in (Role.VIEWER, Role.COMMENTER, Role.EDITOR):
        raise exceptions.ValidationError({"role": ["expected viewer, commenter or editor"]})
    return Role(role)


class Members(APIView):
    """Who may enter a Thing. The owner shares."""

    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"email": "jonas@harbourpool.example", "role": "editor"}

    @extend_schema(responses={200: shapes.Members})
    def get(self, request: Request, pk: UUID) -> Response:
        """List the members of a Thing.

        The owner first.
        """
        _, thing = shared_thing(request, pk, Verb.READ)
        rows = Membership.objects.filter(thing=thing).select_related("user").order_by("created_at", "pk")
        given = [member_as_json(row.user, row.role) for row in rows]
        owner = member_as_json(thing.owner, Role.OWNER)
        return Response({"next": None, "previous": None, "results": [owner, *given]})

    @extend_schema(request=shapes.NewMember, responses={201: shapes.Member})
    def post(self, request: Request, pk: UUID) -> Response:
        """Give somebody a role, or another one.

        Name them by `user`, an id, or by `email`. They find it in their inbox.
        """
        require_write(request)
        by, thing = shared_thing(request, pk, Verb.OWN)
        person, role = person_meant(request.data), role_meant(request.data)
        if person.pk == thing.owner_id:
            raise exceptions.ValidationError({"user": ["this is the owner"]})
        sharing.share(thing, person, role, by=by)
        return Response(member_as_json(person, role), status=201)


class MemberDetail(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID, user: UUID) -> Response:
        """Take a role away.

        What is open ends at once. Members may leave by themselves.
        """
        require_write(request)
        leaving = actor_of(request) is not None and actor_of(request).pk == user  # type: ignore[union-attr]
        _, thing = shared_thing(request, pk, Verb.READ if leaving else Verb.OWN)
        membership = Membership.objects.filter(thing=thing, user_id=user).first()
        if membership is None:
            raise exceptions.NotFound
        sharing.unshare([membership])
        return Response(status=204)


class InboxView(APIView):
    """What concerns you, newest first; the same log as the stream's `inbox`, topic `me`."""

    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"through": 1}

    @extend_schema(parameters=[shapes.BEFORE, shapes.position(200)], responses={200: shapes.InboxPage})
    def get(self, request: Request) -> Response:
        """Read your inbox.

        Newest first; `before` is the offset of the last entry of the page before.
        """
        user = actor_of(request)
        if user is None:
            raise exceptions.NotAuthenticated
        before = whole_number(request, "before")
        inbox.opened([user.pk])
        with snapshot():
            mine = inbox.opened([user.pk])[0]
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

    @extend_schema(request=shapes.ReadThrough, parameters=[shapes.position(200)], responses={200: shapes.InboxState})
    def post(self, request: Request) -> Response:
        """Mark entries as read.

        Everything up to the offset `through`. Your other windows hear it.
        """
        user = actor_of(request)
        if user is None:
            raise exceptions.NotAuthenticated
        require_write(request)
        through = request.data.get("through") if isinstance(request.data, dict) else None
        if not isinstance(through, int) or isinstance(through, bool) or through < 0:
            raise exceptions.ValidationError({"through": ["expected a whole number from 0"]})
        mine = inbox.mark_read(user, through)
        return at_inbox(Response({"unread": inbox.unread_of(mine).count()}), mine)


def at_inbox(response: Response, mine: Inbox) -> Response:
    response["Stream-Position"] = f"inbox/me; epoch={mine.epoch}; offset={mine.head}"
    return response
