"""Every path of the site."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from streaming.admin import connections, cut
from widgetapp.api import Root, stream_document
from widgetapp.health import healthz, metrics, readyz
from widgetapp.problems import unknown_path

api: list[URLPattern | URLResolver] = [
    path("", Root.as_view(), name="api-root"),
    path("", include("things.api.urls")),
    path("", include("accounts.api.urls")),
    path("stream/asyncapi.json", stream_document, name="asyncapi"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    re_path(r"^(?P<path>.*)$", unknown_path),
]

urlpatterns = [
    path("", include("things.web.urls")),
    path("", include("accounts.urls")),
    path("api/", include(api)),
    path("developers/rest/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="swagger"),
    path("developers/rest/redoc/", SpectacularRedocView.as_view(url_name="api-schema"), name="redoc"),
    path("admin/connections/", connections, name="connections"),
    path("admin/connections/cut/", cut, name="cut"),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]
