"""Every path of the site."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from widgetapp.api import Root
from widgetapp.health import healthz, readyz
from widgetapp.problems import unknown_path

api: list[URLPattern | URLResolver] = [
    path("", Root.as_view(), name="api-root"),
    path("", include("things.api.urls")),
    path("", include("accounts.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    re_path(r"^(?P<path>.*)$", unknown_path),
]

urlpatterns = [
    path("", include("things.web.urls")),
    path("", include("accounts.urls")),
    path("api/", include(api)),
    path("developers/rest/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="swagger"),
    path("developers/rest/redoc/", SpectacularRedocView.as_view(url_name="api-schema"), name="redoc"),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
]
