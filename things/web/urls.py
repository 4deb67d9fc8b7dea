"""The pages people open."""

from django.urls import path

from things.web import views, visitors

app_name = "things"
urlpatterns = [
    path("", views.index, name="gallery"),
    path("demo/", visitors.enter, name="demo"),
    path("things/new/", views.create, name="create"),
    path("things/<uuid:pk>/", views.editor, name="editor"),
    path("things/<uuid:pk>/state.json", views.state, name="state"),
    path("things/<uuid:pk>/thumbnail.svg", views.thumbnail, name="thumbnail"),
    path("things/<uuid:pk>/duplicate/", views.duplicate, name="duplicate"),
    path("things/<uuid:pk>/trash/", views.trash, name="trash"),
]
