"""The signed-in person over HTTP: profile, personal tokens, tickets for the stream."""

from typing import Any

from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import tickets
from accounts.authentication import ScopeNeeded
from accounts.credentials import revoke
from accounts.models import Token, User
from accounts.quotas import Quota, spend
from accounts.visitors import last_expiry


def require_user(request: Request) -> User:
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def require_full(request: Request) -> User:
    """Tokens make no tokens and change no profile, unless they may write."""
    user = require_user(request)
    if isinstance(request.auth, Token) and "write" not in request.auth.scopes:
        raise ScopeNeeded
    return user


class Profile(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "name", "email", "color")
        read_only_fields = ("id", "email", "color")


class Me(APIView):
    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"name": request.user.get_short_name() if isinstance(request.user, User) else "Ana"}

    @extend_schema(responses=Profile)
    def get(self, request: Request) -> Response:
        """Who you are."""
        return Response(Profile(require_user(request)).data)

    @extend_schema(request=Profile, responses=Profile)
    def patch(self, request: Request) -> Response:
        """Change your name."""
        profile = Profile(require_full(request), data=request.data, partial=True)
        profile.is_valid(raise_exception=True)
        profile.save()
        return Response(profile.data)


class TokenShape(serializers.ModelSerializer[Token]):
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=["read", "write"]), min_length=1, max_length=2)
    expires_at = serializers.DateTimeField(source="expiry", required=False, allow_null=True)
    prefix = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="created", read_only=True)

    class Meta:
        model = Token
        fields = ("id", "name", "scopes", "prefix", "created_at", "expires_at", "last_used_at")
        read_only_fields = ("id", "last_used_at")

    def get_prefix(self, token: Token) -> str:
        return str(token.token_key[:8])


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


class Tokens(APIView):
    def example(self, request: Request, method: str) -> dict[str, Any]:
        return {"name": "My script", "scopes": ["read", "write"]}

    @extend_schema(responses=TokenPage)
    def get(self, request: Request) -> Response:
        """Your personal tokens, without their secrets."""
        rows = Token.objects.filter(user=require_user(request))
        return Response({"next": None, "previous": None, "results": TokenShape(rows, many=True).data})

    @extend_schema(request=TokenShape, responses={201: NewToken})
    def post(self, request: Request) -> Response:
        """Make a token. `token` is shown now and never again: only its digest is kept."""
        user = require_full(request)
        shape = TokenShape(data=request.data)
        shape.is_valid(raise_exception=True)
        wanted = shape.validated_data
        scopes = sorted(set(wanted["scopes"]))
        with transaction.atomic():
            spend(user, Quota.TOKENS)
            row, token = Token.objects.create(user=user, name=wanted["name"], scopes=scopes)
        if expiry := last_expiry(user, wanted.get("expiry")):
            row.expiry = expiry
            row.save(update_fields=["expiry"])
        return Response({**TokenShape(row).data, "token": token}, status=201)


class TokenDetail(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: Any) -> Response:
        """Revoke a token."""
        token = Token.objects.filter(user=require_full(request), id=pk).first()
        if token is None:
            raise exceptions.NotFound
        revoke(token)
        return Response(status=204)


class TicketShape(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()


class Tickets(APIView):
    @extend_schema(request=None, responses={201: TicketShape})
    def post(self, request: Request) -> Response:
        """A single-use ticket to send in the `hello` of the stream."""
        user = require_user(request)
        token = request.auth if isinstance(request.auth, Token) else None
        session_key = "" if token else (request.session.session_key or "")
        ticket = tickets.issue(user, session_key=session_key, token=token)
        lifetime = int(settings.TICKET_LIFETIME.total_seconds())
        return Response({"ticket": ticket, "expires_in": lifetime}, status=201)
