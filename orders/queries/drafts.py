"""Composed orders, for the conversation that shows them."""

from __future__ import annotations

from django.db.models import QuerySet

from core.errors import NotFound
from orders.models import OrderDraft, PriceProposal
from unions.models import Union


def drafts_whole(drafts: QuerySet[OrderDraft]) -> QuerySet[OrderDraft]:
    """With what their review needs."""
    return drafts.select_related("union", "store__membership", "cart__union", "purchase__union", "composed_by")


def draft_by_id(*, union: Union, draft_id: int) -> OrderDraft:
    """By its id, for who has it from an event or a card. Raises NotFound."""
    found = drafts_whole(OrderDraft.objects.filter(union=union, pk=draft_id)).first()
    if found is None:
        raise NotFound
    return found


def draft_for_proposal(*, proposal: PriceProposal) -> OrderDraft | None:
    """The order in which an agreed price is being bought where it was agreed."""
    return OrderDraft.objects.filter(union_id=proposal.union_id, key=f"proposal:{proposal.pk}").first()
