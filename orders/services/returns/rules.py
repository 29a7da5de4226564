"""For how long, and how, a store takes goods back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from orders.models import ReturnRule
from stores.models import Store

LONGEST = 365


@transaction.atomic
def save_return_rule(*, store: Store, days: int, words: str, actor: User, now: datetime) -> ReturnRule:
    """The store's own rule; fewer days than the union gives are the union's. Raises Invalid."""
    if not 0 <= days <= LONGEST:
        raise Invalid(_("Choose 0 to 365 days."), field="days")
    rule, _created = ReturnRule.objects.update_or_create(
        store=store, defaults={"union": store.union, "days": days, "words": words.strip()[:500]}
    )
    return rule
