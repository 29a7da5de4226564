"""The two sides of whatever is agreed on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Side(models.TextChoices):
    """Who spoke, or whose turn it is."""

    CUSTOMER = "customer", _("shopper")
    STORE = "store", _("store")
