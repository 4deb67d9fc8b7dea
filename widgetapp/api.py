"""The root of the browsable API, and the document of the stream."""

from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from streaming.asyncapi import document


class StreamDocument(APIView):
    renderer_classes = (JSONRenderer,)

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """The AsyncAPI document of the stream."""
        return Response(document())


class Root(APIView):
    """Things, editor actions, your profile and tokens, tickets for the stream."""

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """Where everything is."""
        names = ("things", "actions", "kinds", "me", "tokens", "tickets", "inbox", "schema", "asyncapi")
        return Response({name: reverse(f"api-{name}", request=request) for name in names})
