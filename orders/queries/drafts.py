"""Composed orders, for the conversation that shows them."""

from __future__ import annotations

from django.db.models import QuerySet

from orders.models import OrderDraft


def drafts_whole(drafts: QuerySet[OrderDraft]) -> QuerySet[OrderDraft]:
    """With what their review needs."""
    return drafts.select_related("union", "store__membership", "cart__union", "purchase__union", "composed_by")
