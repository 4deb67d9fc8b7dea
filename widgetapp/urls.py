"""Every path of the site."""

from csp.decorators import csp_update
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from accounts.views import PasswordChange
from streaming.admin import connections, cut
from widgetapp.api import Root, StreamDocument
from widgetapp.failures import unknown_path
from widgetapp.health import healthz, metrics, readyz

# Its search runs in a worker that it makes itself.
redoc = csp_update({"worker-src": ["blob:"]})(SpectacularRedocView.as_view(url_name="api-schema"))

api: list[URLPattern | URLResolver] = [
    path("", Root.as_view(), name="api-root"),
    path("", include("things.api.urls")),
    path("", include("accounts.api.urls")),
    path("stream/asyncapi.json", StreamDocument.as_view(), name="api-asyncapi"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    re_path(r"^(?P<path>[\s\S]*)\Z", unknown_path),
]

urlpatterns = [
    path("api/", include(api)),  # the first is found soonest
    path("api", unknown_path),
    path("", include("things.web.urls")),
    path("", include("accounts.urls")),
    path("developers/", include("widgetapp.site.urls")),
    path("developers/rest/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="swagger"),
    path("developers/rest/redoc/", redoc, name="redoc"),
    path("admin/connections/", connections, name="connections"),
    path("admin/connections/cut/", cut, name="cut"),
    # The admin's own would compare the old password behind no door.
    path("admin/password_change/", PasswordChange.as_view()),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]

handler400 = "widgetapp.failures.bad_request"
handler403 = "widgetapp.failures.permission_denied"
handler404 = "widgetapp.failures.page_not_found"
handler500 = "widgetapp.failures.server_error"
