"""WidgetApp's addresses, and an empty DRF view behind the same middleware and authentication."""

from typing import Any

from django.urls import URLPattern, URLResolver, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from widgetapp.urls import urlpatterns as of_widgetapp


class Empty(APIView):
    def post(self, request: Request) -> Response:
        """Reads the body and knows who asks, as every view that writes does."""
        answer: dict[str, Any] = {"fields": len(request.data), "user": str(request.user.pk)}
        return Response(answer)


urlpatterns: list[URLPattern | URLResolver] = [path("api/bench/empty/", Empty.as_view()), *of_widgetapp]
