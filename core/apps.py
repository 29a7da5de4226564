from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core.outbox import discover_handlers
        from core.personal import discover_personal

        discover_handlers()
        discover_personal()
