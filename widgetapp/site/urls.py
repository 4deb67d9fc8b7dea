"""The pages for developers."""

from django.urls import path

from widgetapp.site import developers

app_name = "site"
urlpatterns = [
    path("", developers.index, name="developers"),
    path("errors/", developers.errors, name="errors"),
    path("errors/<slug:code>/", developers.error, name="error"),
]
