"""Members of a Thing over HTTP."""

from typing import TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError as InvalidAddress
from django.core.validators import validate_email
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.emails import email_key
from accounts.models import EMAIL_KEY_LENGTH, User
from things.api import people_shapes as shapes
from things.api.access import actor_of, body_of, visible_thing
from things.errors import NotAllowed
from things.models import Invitation, Role, Thing
from things.people import sharing
from things.people.permissions import Verb, require, standing_of
from things.shapes import JsonObject, JsonValue, PersonShown

INVITED = "invited"
MAX_ADDRESS = 254


class MemberShown(TypedDict):
    user: PersonShown
    role: str


def shared_thing(request: Request, pk: UUID, verb: Verb) -> tuple[User, Thing]:
    user = actor_of(request)
    thing = visible_thing(request, pk)
    if user is None:
        raise exceptions.NotAuthenticated
    require(user, thing, verb)
    return user, thing


def member_as_json(user: User, role: str) -> MemberShown:
    return {"user": {"id": str(user.pk), "name": user.name, "color": user.color}, "role": role}


def invitation_as_json(invitation: Invitation) -> dict[str, str]:
    return {"id": str(invitation.pk), "email": invitation.email, "role": invitation.role, "status": INVITED}


def person_meant(wanted: JsonValue) -> User:
    """By id; 422 for somebody who is not here."""
    try:
        person = User.objects.filter(is_active=True, pk=UUID(str(wanted))).first()
    except ValueError:
        person = None
    if person is None:
        raise exceptions.ValidationError({"user": ["nobody with this id has an account here"]})
    return person


def address_meant(wanted: JsonValue) -> str:
    """One that could be somebody's."""
    address = wanted.strip() if isinstance(wanted, str) else ""
    try:
        validate_email(address)
    except InvalidAddress:
        raise exceptions.ValidationError({"email": ["expected user, an id, or email, an address"]}) from None
    if len(address) > MAX_ADDRESS or len(email_key(address)) > EMAIL_KEY_LENGTH:
        raise exceptions.ValidationError({"email": [f"expected at most {MAX_ADDRESS} characters"]})
    return address


def require_fields(body: JsonObject, *names: str) -> None:
    missing = exceptions.ErrorDetail("this field is missing", code="required")
    if refused := {name: [missing] for name in names if name not in body}:
        raise exceptions.ValidationError(refused)


def role_meant(data: JsonObject) -> Role:
    role = data.get("role")
    if not isinstance(role, str) or role not in (Role.VIEWER, Role.COMMENTER, Role.EDITOR):
        raise exceptions.ValidationError({"role": ["expected viewer, commenter or editor"]})
    return Role(role)


class Members(APIView):
    """Who may enter a Thing. The owner shares."""

    def example(self, request: Request, method: str) -> JsonObject:
        return {"email": "jonas@harbourpool.example", "role": "editor"}

    @extend_schema(responses={200: shapes.Members})
    def get(self, request: Request, pk: UUID) -> Response:
        """List the members of a Thing.

        The owner first. For those who are in it; to the owner also who is invited by e-mail and has not come yet.
        """
        user, thing = shared_thing(request, pk, Verb.READ)
        if (standing := standing_of(user, thing)) is None:
            raise NotAllowed("only who is in this Thing sees who else is")
        given = [member_as_json(row.user, row.role) for row in sharing.shown_members(thing)]
        invited = sharing.invitations(thing) if standing == Role.OWNER else ()
        waiting = [invitation_as_json(invitation) for invitation in invited]
        owner = member_as_json(thing.owner, Role.OWNER)
        return Response({"next": None, "previous": None, "results": [owner, *given, *waiting]})

    @extend_schema(request=shapes.NewMember, responses={201: shapes.GivenMember})
    def post(self, request: Request, pk: UUID) -> Response:
        """Give somebody a role, or another one.

        Name them by `user`, an id, or by `email`. They find it in their inbox. By e-mail the answer is the same whether
        or not somebody has the address; who gets it later is in at their first sign-in.
        """
        by, thing = shared_thing(request, pk, Verb.OWN)
        body = body_of(request)
        require_fields(body, "user" if "user" in body else "email", "role")
        if "user" in body:
            return _share(thing, person_meant(body["user"]), role_meant(body), by)
        return _invite(thing, address_meant(body.get("email")), role_meant(body), by)


def _share(thing: Thing, person: User, role: Role, by: User) -> Response:
    if person.pk == thing.owner_id:
        raise exceptions.ValidationError({"user": ["this is the owner"]})
    sharing.share(thing, person, role, by=by)
    return Response(member_as_json(person, role), status=201)


def _invite(thing: Thing, address: str, role: Role, by: User) -> Response:
    if email_key(address) == thing.owner.email_key:
        raise exceptions.ValidationError({"email": ["this is the owner"]})
    sharing.invite(thing, address, role, by=by)
    return Response({"email": address, "role": role, "status": INVITED}, status=201)


class MemberDetail(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID, user: UUID) -> Response:
        """Take a role away, or an invitation.

        What is open ends at once. Members may leave by themselves.
        """
        actor = actor_of(request)
        leaving = actor is not None and actor.pk == user
        _, thing = shared_thing(request, pk, Verb.READ if leaving else Verb.OWN)
        if (membership := thing.memberships.filter(user_id=user).first()) is not None:
            sharing.unshare([membership])
        elif (invitation := thing.invitations.filter(pk=user).first()) is not None and not leaving:
            sharing.withdraw(invitation)
        else:
            raise exceptions.NotFound
        return Response(status=204)
