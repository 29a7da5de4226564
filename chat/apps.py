from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    """The redirect: a shopper is carried live to the person behind a store."""

    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("conversations")

    def ready(self) -> None:
        """Handlers of frames register themselves."""
        from chat.frames import browsing, conversations, presence, purchases  # noqa: F401
