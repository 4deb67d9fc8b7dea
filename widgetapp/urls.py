"""Every path of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("things.web.urls")),
    path("admin/", admin.site.urls),
]
