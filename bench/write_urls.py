"""WidgetApp's addresses, and an empty DRF view behind the same middleware and authentication."""

from typing import Any

from django.db import connection, transaction
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


class Transaction(Empty):
    """And writes as much as a small change does, in the fewest statements that a change could need."""

    def post(self, request: Request) -> Response:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE bench_row SET revision = revision + 1, body = %s WHERE id = 1", ["x" * 300])
            cursor.execute("INSERT INTO bench_log (body) VALUES (%s)", ["x" * 900])
        return super().post(request)


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/bench/empty/", Empty.as_view()),
    path("api/bench/transaction/", Transaction.as_view()),
    *of_widgetapp,
]
