from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    name = "stores"
    verbose_name = _("stores")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from stores.services.files import offered  # noqa: F401  (offers its kinds of files)
