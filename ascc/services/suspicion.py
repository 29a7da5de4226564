"""Patterns of assessments that the center should look at. Nothing is refused because of them."""

from __future__ import annotations

from ascc.models import Assessment, Redemption, VoucherStep
from stores.models import Store, StoreStaff
from unions.models import EnterpriseMember

FRIENDS = "friends"
ALWAYS_FIVE = "always_five"
OFTEN = 3
"""So many assessments of one provider by one customer, all of them full marks, are worth a look."""
FULL = 500
LOOKED_AT = 50


def flags_of(*, redemption: Redemption, score: int) -> list[str]:
    """Flags for an assessment with this score, which is about to be written."""
    found = [(FRIENDS, _is_among_friends(redemption)), (ALWAYS_FIVE, _is_always_full(redemption, score))]
    return [flag for flag, is_so in found if is_so]


def _is_among_friends(redemption: Redemption) -> bool:
    """Whether who praises, who bought, or whoever owned the voucher between them belongs to the provider's enterprise.

    A provider's own people buy, pass the vouchers on to their friends and are praised by them: so not only the owner of
    today counts. Who works for any store of the enterprise is its own.
    """
    voucher, store = redemption.voucher, redemption.provider.store
    passed_on = VoucherStep.objects.filter(
        union=voucher.union_id, voucher=voucher, what__in=[VoucherStep.What.OFFERED, VoucherStep.What.GIVEN]
    )
    people = {voucher.owner_id, voucher.order_line.order.purchase.user_id, *passed_on.values_list("actor", flat=True)}
    people.discard(None)
    enterprise = store.membership.enterprise_id
    stores = Store.objects.filter(union=voucher.union_id, membership__enterprise=enterprise)
    return (
        StoreStaff.objects.filter(store__in=stores, user__in=people).exists()
        or EnterpriseMember.objects.filter(enterprise=enterprise, user__in=people).exists()
    )


def _is_always_full(redemption: Redemption, score: int) -> bool:
    """Full marks now, and in all that this customer has said of this provider lately, often enough to be a pattern."""
    before = Assessment.objects.filter(
        union=redemption.union_id, provider=redemption.provider_id, customer=redemption.voucher.owner_id
    )
    scores = [*before.order_by("-id").values_list("score", flat=True)[:LOOKED_AT], score]
    return len(scores) >= OFTEN and all(each == FULL for each in scores)
