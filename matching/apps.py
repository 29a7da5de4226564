from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    """Real-time information matching: one wish to all shops that could fulfil it, ranked answers in seconds."""

    name = "matching"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("live matching")
