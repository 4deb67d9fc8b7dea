"""For load balancers and people on call."""

import os

import prometheus_client
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import multiprocess

from streaming.fanout.hub import running_hub


@csrf_exempt
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@csrf_exempt
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 without the database, with migrations to apply, or while draining. Redis only degrades."""
    hub = running_hub()
    checks = {"database": database(), "channel_layer": "memory", "draining": bool(hub and hub.draining)}
    if settings.REDIS_HOSTS:
        checks["channel_layer"] = "ok" if hub is None or hub.link is None or hub.link.is_up else "degraded"
    ready = checks["database"] == "ok" and not checks["draining"]
    return JsonResponse({"status": "ok" if ready else "unavailable", **checks}, status=200 if ready else 503)


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus, of all worker processes. With `METRICS_TOKEN` for its bearer; without, while developing only."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if not (constant_time_compare(given, token) if token else settings.DEBUG):
        raise Http404
    registry = prometheus_client.REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(prometheus_client.generate_latest(registry), content_type=prometheus_client.CONTENT_TYPE_LATEST)


def database() -> str:
    """`ok`, `migrations` (some are to be applied) or `unavailable`."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unavailable"
    return "migrations" if plan else "ok"
