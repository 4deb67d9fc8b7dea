from django.urls import path

from things.api import actions, inbox, people, views

urlpatterns = [
    path("things/", views.ThingList.as_view(), name="api-things"),
    path("things/<uuid:pk>/", views.ThingDetail.as_view(), name="api-thing"),
    path("things/<uuid:pk>/actions/", actions.PerformActions.as_view(), name="api-perform"),
    path("things/<uuid:pk>/actions/<slug:type>/", actions.PerformAction.as_view(), name="api-perform-one"),
    path("things/<uuid:pk>/changes/", views.ChangeList.as_view(), name="api-changes"),
    path("things/<uuid:pk>/digest/", views.Digest.as_view(), name="api-digest"),
    path("things/<uuid:pk>/members/", people.Members.as_view(), name="api-members"),
    path("things/<uuid:pk>/members/<uuid:user>/", people.MemberDetail.as_view(), name="api-member"),
    path("inbox/", inbox.InboxView.as_view(), name="api-inbox"),
    path("actions/", actions.ActionCatalogue.as_view(), name="api-actions"),
    path("kinds/", actions.KindList.as_view(), name="api-kinds"),
]
