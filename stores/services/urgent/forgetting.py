"""Taking people out of urgent sales: what they held is free again, how much they bought stays without their name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat

from stores.models import UrgentClaim, UrgentPlace
from stores.queries.urgent import shopper_key
from stores.services.urgent.claiming import free_claim, mail_key
from stores.services.urgent.queueing import leave_queue


@transaction.atomic
def leave_all(*, user_id: int, now: datetime) -> None:
    """The person gives up every place in a queue and every piece they hold. Their carts are locked."""
    shopper = shopper_key(user_id=user_id, token="")
    waiting = UrgentPlace.objects.filter(shopper=shopper).select_related("sale")
    holding = UrgentClaim.objects.filter(shopper=shopper, held__gt=0).select_related("sale")
    sales = {place.sale_id: place.sale for place in waiting} | {claim.sale_id: claim.sale for claim in holding}
    for _key, sale in sorted(sales.items()):
        # Out of the queue first: else a freed piece would be theirs again.
        leave_queue(sale=sale, shopper=shopper, now=now)
        free_claim(sale=sale, shopper=shopper, now=now)


def stands_in_sales(*, user_id: int) -> bool:
    """Whether the person waits for pieces or holds some."""
    shopper = shopper_key(user_id=user_id, token="")
    return (
        UrgentPlace.objects.filter(shopper=shopper).exists()
        or UrgentClaim.objects.filter(shopper=shopper, held__gt=0).exists()
    )


@transaction.atomic
def forget_addresses(*, union_id: int, emails: Iterable[str]) -> None:
    """What was bought under these addresses counts for nobody any more. Repeating changes nothing more."""
    whose = sorted({mail_key(email=email) for email in emails})
    # By sale, as buying locks them.
    found = UrgentClaim.objects.filter(union=union_id, shopper__in=whose).order_by("sale", "pk").select_for_update()
    keys = list(found.values_list("pk", flat=True))
    UrgentClaim.objects.filter(pk__in=keys).update(shopper=Concat(Value("gone:"), Cast(F("pk"), TextField())))
