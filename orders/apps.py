from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("sales")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from orders import signin  # noqa: F401  (connects its receivers)
        from orders.services import file_kinds  # noqa: F401  (offers its kinds of files)
