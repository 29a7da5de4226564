from django.apps import AppConfig


class MartunionConfig(AppConfig):
    name = "martunion"
