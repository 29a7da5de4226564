from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    """The redirect: a shopper is carried live to the person behind a store."""

    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("conversations")

    def ready(self) -> None:
        """Handlers of frames, drawers of cards and the receivers of sign-in register themselves."""
        from chat import signin  # noqa: F401
        from chat.cards import order, picture, product, proposal, reservation, response  # noqa: F401
        from chat.frames import (  # noqa: F401
            browsing,
            calls,
            cards,
            conversations,
            drafts,
            lists,
            presence,
            proposals,
            purchases,
            reservations,
            responses,
            rooms,
            standing,
            visits,
            waiting,
        )
        from chat.presenting import panel  # noqa: F401
        from chat.services import daily_check  # noqa: F401
