"""The root of the browsable API."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from streaming.asyncapi import document


@require_safe
def stream_document(request: HttpRequest) -> JsonResponse:
    """The AsyncAPI document of the stream."""
    return JsonResponse(document())


class Root(APIView):
    """Things, editor actions, your profile and tokens, tickets for the stream."""

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        names = ("things", "actions", "me", "tokens", "tickets", "inbox", "schema")
        return Response({name: reverse(f"api-{name}", request=request) for name in names})
