from django.urls import path

from things.api import views

urlpatterns = [
    path("things/", views.ThingList.as_view(), name="api-things"),
    path("things/<uuid:pk>/", views.ThingDetail.as_view(), name="api-thing"),
    path("things/<uuid:pk>/actions/", views.PerformActions.as_view(), name="api-perform"),
    path("things/<uuid:pk>/actions/<slug:type>/", views.PerformAction.as_view(), name="api-perform-one"),
    path("things/<uuid:pk>/changes/", views.ChangeList.as_view(), name="api-changes"),
    path("things/<uuid:pk>/digest/", views.Digest.as_view(), name="api-digest"),
    path("actions/", views.ActionCatalogue.as_view(), name="api-actions"),
]
