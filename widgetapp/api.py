"""The root of the browsable API, and the document of the stream."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from streaming.asyncapi import document
from widgetapp.renderers import JSONRenderer


class StreamDocument(APIView):
    renderer_classes = (JSONRenderer,)
    anonymous = ("GET",)

    @extend_schema(operation_id="api_stream_asyncapi", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Read the AsyncAPI document.

        Every frame of the stream, in both directions.
        """
        return Response(document())


class Addresses(serializers.Serializer[Any]):
    things = serializers.URLField()
    actions = serializers.URLField()
    kinds = serializers.URLField()
    me = serializers.URLField()
    tokens = serializers.URLField()
    tickets = serializers.URLField()
    inbox = serializers.URLField()
    schema = serializers.URLField()
    asyncapi = serializers.URLField()


class Root(APIView):
    """Things, editor actions, your profile and tokens, tickets for the stream."""

    anonymous = ("GET",)

    @extend_schema(responses={200: Addresses})
    def get(self, request: Request) -> Response:
        """See where everything is.

        The addresses to begin from.
        """
        return Response({name: reverse(f"api-{name}", request=request) for name in Addresses().fields})
