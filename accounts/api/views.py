"""The signed-in person over HTTP: profile, personal tokens, tickets for the stream."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import tickets, tokens
from accounts.api.fields import KnownFields, Text
from accounts.authentication import require_scope
from accounts.models import Token, User
from accounts.names import require_readable
from accounts.visitors import last_expiry
from streaming.context import Scope

# Answers that hold a credential are kept by nobody.
SECRET = cache_control(no_store=True)


def require_user(request: Request) -> User:
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def token_of(request: Request) -> Token | None:
    return request.auth if isinstance(request.auth, Token) else None


class Profile(KnownFields, serializers.ModelSerializer[User]):
    name = Text(max_length=80, validators=[require_readable])

    class Meta:
        model = User
        fields = ("id", "name", "email", "color")
        read_only_fields = ("id", "email", "color")


class Me(APIView):
    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"name": request.user.get_short_name() if isinstance(request.user, User) else "Ana"}

    @extend_schema(responses=Profile)
    def get(self, request: Request) -> Response:
        """Read who you are.

        Your name, e-mail address and colour.
        """
        return Response(Profile(require_user(request)).data)

    @extend_schema(request=Profile, responses=Profile)
    def patch(self, request: Request) -> Response:
        """Change your name.

        It is shown with all that you do from now on.
        """
        profile = Profile(require_user(request), data=request.data, partial=True)
        profile.is_valid(raise_exception=True)
        profile.save()
        return Response(profile.data)


class TokenShape(KnownFields, serializers.ModelSerializer[Token]):
    name = Text(max_length=80)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=[*Scope]), min_length=1, max_length=2)
    expires_at = serializers.DateTimeField(source="expiry", required=False, allow_null=True)
    prefix = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="created", read_only=True)

    class Meta:
        model = Token
        fields = ("id", "name", "scopes", "prefix", "created_at", "expires_at", "last_used_at")
        read_only_fields = ("id", "last_used_at")

    def get_prefix(self, token: Token) -> str:
        return str(token.token_key[:8])

    def validate_scopes(self, scopes: list[str]) -> list[str]:
        parent = self.context["parent"]
        if parent is not None and not set(scopes) <= set(parent.scopes):
            raise serializers.ValidationError("a token gives no more than it has", code="scope")
        return sorted(set(scopes))

    def validate_expires_at(self, ends: datetime | None) -> datetime | None:
        """Without an end of its own a token ends with its parent."""
        latest = self.context["parent"] and self.context["parent"].expiry
        if ends is not None and ends <= timezone.now():
            raise serializers.ValidationError("this is over already", code="past")
        if ends is not None and latest is not None and ends > latest:
            raise serializers.ValidationError("a token outlives no token that made it", code="scope")
        return ends


class NewToken(TokenShape):
    token = serializers.CharField(read_only=True)

    class Meta:
        model = Token
        fields = (*TokenShape.Meta.fields, "token")
        read_only_fields = TokenShape.Meta.read_only_fields


class TokenPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TokenShape(many=True)


@method_decorator(SECRET, name="dispatch")
class Tokens(APIView):
    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"name": "My script", "scopes": ["read", "write"]}

    @extend_schema(responses=TokenPage)
    def get(self, request: Request) -> Response:
        """List your personal tokens.

        Without their secrets: those are shown once.
        """
        rows = Token.objects.filter(user=require_user(request))
        return Response({"next": None, "previous": None, "results": TokenShape(rows, many=True).data})

    @extend_schema(request=TokenShape, responses={201: NewToken})
    def post(self, request: Request) -> Response:
        """Make a personal token.

        `token` is shown now and never again: only its digest is kept. A token makes others that may no more than itself
        and end with it.
        """
        user, parent = require_user(request), token_of(request)
        shape = TokenShape(data=request.data, context={"parent": parent})
        shape.is_valid(raise_exception=True)
        wanted = shape.validated_data
        ends = last_expiry(user, wanted.get("expiry") or (parent and parent.expiry))
        try:
            row, token = tokens.make(user, name=wanted["name"], scopes=wanted["scopes"], ends=ends, parent=parent)
        except tokens.ParentEnded:
            raise exceptions.AuthenticationFailed from None
        return Response({**TokenShape(row).data, "token": token}, status=201)


class TokenDetail(APIView):
    scopes = {"DELETE": None}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: Any) -> Response:
        """Revoke a token.

        Those that were made with it end too. Every token may revoke itself.
        """
        token = Token.objects.filter(user=require_user(request), id=pk).first()
        if token is None or token != token_of(request):
            require_scope(request, Scope.WRITE)
        if token is None:
            raise exceptions.NotFound
        tokens.end(token.user, pk=token.pk)
        return Response(status=204)


class TicketShape(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()


@method_decorator(SECRET, name="dispatch")
class Tickets(APIView):
    scopes = {"POST": None}  # a ticket may what its token may

    @extend_schema(request=None, responses={201: TicketShape})
    def post(self, request: Request) -> Response:
        """Make a ticket for the stream.

        It is sent in the `hello`, within 30 seconds and once. It may what the session or token may that made it.
        """
        user = require_user(request)
        token = token_of(request)
        session_key = "" if token else (request.session.session_key or "")
        ticket = tickets.issue(user, session_key=session_key, token=token)
        lifetime = int(settings.TICKET_LIFETIME.total_seconds())
        return Response({"ticket": ticket, "expires_in": lifetime}, status=201)
