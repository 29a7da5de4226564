from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.apps import apps as all_apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class UnionsConfig(AppConfig):
    name = "unions"
    verbose_name = _("unions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from unions import signin  # noqa: F401

        post_migrate.connect(put_in_short_tables, sender=self)


def put_in_short_tables(*, apps: Any = all_apps, **_: Any) -> None:
    """A fresh installation has the short tables of business classes and signal codes without any file.

    After migrating rather than in a migration: the tables also come back when a test empties the database.
    """
    from unions.services.classes import add_missing_business_classes
    from unions.services.signals import add_missing_signal_codes

    for name, fill in (("BusinessClass", add_missing_business_classes), ("SignalCode", add_missing_signal_codes)):
        try:
            model = apps.get_model("unions", name)
        except LookupError:
            continue
        fill(model=model)
