from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "unions"
    default_auto_field = "django.db.models.BigAutoField"
