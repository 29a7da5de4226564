from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    """Real-time information matching: one wish to all shops that could fulfil it, ranked answers in seconds."""

    name = "matching"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("live matching")

    def ready(self) -> None:
        """What consoles are greeted with and sign-in register themselves; words of the tree follow after migrations."""
        from matching import signin  # noqa: F401
        from matching.frames import counter  # noqa: F401
        from matching.presenting import panel  # noqa: F401
        from matching.services.indexing import put_in_words

        # After unions has put in the short tree: the apps are told one after the other.
        post_migrate.connect(put_in_words, sender=self)
