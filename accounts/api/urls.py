from django.urls import path

from accounts.api import views

urlpatterns = [
    path("me/", views.Me.as_view(), name="api-me"),
    path("tokens/", views.Tokens.as_view(), name="api-tokens"),
    path("tokens/<uuid:pk>/", views.TokenDetail.as_view(), name="api-token"),
    path("stream/tickets/", views.Tickets.as_view(), name="api-tickets"),
]
