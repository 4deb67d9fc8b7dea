from django.apps import AppConfig


class WidgetappConfig(AppConfig):
    name = "widgetapp"
