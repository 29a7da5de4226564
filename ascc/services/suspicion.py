"""Patterns of assessments that the center should look at. Nothing is refused because of them."""

from __future__ import annotations

from ascc.models import Assessment, Redemption
from stores.models import StoreStaff
from unions.models import EnterpriseMember

FRIENDS = "friends"
ALWAYS_FIVE = "always_five"
OFTEN = 3
"""So many assessments of one provider by one customer, all of them full marks, are worth a look."""


def flags_of(*, redemption: Redemption, score: int) -> list[str]:
    """Flags for an assessment with this score, which is about to be written."""
    flags = []
    store = redemption.provider.store
    owner_id = redemption.voucher.owner_id
    works_there = StoreStaff.objects.filter(store=store, user=owner_id).exists()
    belongs = EnterpriseMember.objects.filter(enterprise=store.membership.enterprise_id, user=owner_id).exists()
    if works_there or belongs:
        flags.append(FRIENDS)
    before = Assessment.objects.filter(
        union=redemption.union_id, provider=redemption.provider_id, voucher__owner=owner_id
    ).values_list("score", flat=True)
    scores = [*before[:50], score]
    if len(scores) >= OFTEN and all(each == 500 for each in scores):
        flags.append(ALWAYS_FIVE)
    return flags
