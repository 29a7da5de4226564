from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AsccConfig(AppConfig):
    """After-sales service and customer care: what was sold is looked after, with an electronic voucher."""

    name = "ascc"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("after-sales service")

    def ready(self) -> None:
        """What it adds to the daily check, figures, conversations, carts and sign-in registers itself."""
        from ascc import signin  # noqa: F401
        from ascc.cards import voucher  # noqa: F401
        from ascc.presenting import panel  # noqa: F401
        from ascc.queries import extras  # noqa: F401
        from ascc.services import daily_check  # noqa: F401
