"""The queue of a sale: who comes while every piece is claimed waits, and is let in, in order, as claims are freed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from core.statements import tuples_of
from stores.errors import UrgentLimit, UrgentOver, UrgentSoldOut
from stores.models import UrgentClaim, UrgentLevel, UrgentPlace, UrgentSale
from stores.services.urgent.telling import tell_sale

TURN_TIME = timedelta(minutes=3)
"""So long the pieces wait for somebody who was let in and may have looked away."""
TURN_LIMIT = timedelta(hours=1)

_WAIT = """
INSERT INTO stores_urgentplace AS p (union_id, sale_id, shopper, quantity, since)
VALUES (%(union)s, %(sale)s, %(shopper)s, %(quantity)s, %(now)s)
ON CONFLICT (sale_id, shopper) DO UPDATE SET quantity = excluded.quantity
RETURNING id
"""


@transaction.atomic
def wait_in_queue(*, sale: UrgentSale, shopper: str, quantity: int, now: datetime) -> None:
    """Take the last place. Who waits already keeps theirs, with the number of pieces that is wanted now.

    If pieces have come free meanwhile, whoever is first has them at once.

    Raises UrgentOver, UrgentLimit, UrgentSoldOut.
    """
    if sale.state_at(now) != UrgentSale.State.RUNNING:
        raise UrgentOver(state=str(sale.state_at(now)))
    claim = UrgentClaim.objects.filter(union=sale.union_id, sale=sale, shopper=shopper).first()
    bought = claim.bought if claim is not None else 0
    if sale.per_shopper is not None and bought + quantity > sale.per_shopper:
        raise UrgentLimit(most=sale.per_shopper, bought=bought)
    if claim is not None and claim.held > 0 and claim.expires_at > now:
        return
    level = UrgentLevel.objects.get(union=sale.union_id, sale=sale)
    held = UrgentClaim.objects.filter(union=sale.union_id, sale=sale, held__gt=0)
    if level.left <= 0 and not held.exists():
        raise UrgentSoldOut
    values = {"union": sale.union_id, "sale": sale.pk, "shopper": shopper, "quantity": quantity, "now": now}
    tuples_of(_WAIT, values)
    if level.left > 0 or held.filter(expires_at__lte=now).exists():
        UrgentLevel.objects.select_for_update().get(union=sale.union_id, sale=sale)
        lapse(sale=sale, now=now)
        let_in(sale=sale, now=now)
    tell_sale(sale_id=sale.pk, now=now)


@transaction.atomic
def leave_queue(*, sale: UrgentSale, shopper: str, now: datetime) -> None:
    """Give the place up. Leaving a queue one is not in does nothing."""
    if UrgentPlace.objects.filter(union=sale.union_id, sale=sale, shopper=shopper).delete()[0]:
        tell_sale(sale_id=sale.pk, now=now)


def lapse(*, sale: UrgentSale, now: datetime) -> int:
    """Free every claim whose time is over; the sale's level is locked. Says how many pieces came free."""
    lapsed = UrgentClaim.objects.select_for_update().filter(
        union=sale.union_id, sale=sale, held__gt=0, expires_at__lte=now
    )
    rows = list(lapsed.order_by("id").values_list("pk", "held"))
    pieces = sum(held for _key, held in rows)
    if pieces:
        UrgentClaim.objects.filter(union=sale.union_id, pk__in=[key for key, _held in rows]).update(held=0)
        UrgentLevel.objects.filter(union=sale.union_id, sale=sale).update(held=F("held") - pieces)
        tell_sale(sale_id=sale.pk, always=True, now=now)
    return pieces


def let_in(*, sale: UrgentSale, now: datetime) -> int:
    """Give free pieces to those who wait, first come first; the sale's level is locked. Says how many were let in.

    The first one who wants more than is free gets what is free, as long as that is anything. When the sale is over or
    all is sold nobody waits any longer.
    """
    places = UrgentPlace.objects.filter(union=sale.union_id, sale=sale)
    level = UrgentLevel.objects.get(union=sale.union_id, sale=sale)
    if sale.state_at(now) != UrgentSale.State.RUNNING:
        return 0
    left, served = level.left, []
    if left <= 0 and not UrgentClaim.objects.filter(union=sale.union_id, sale=sale, held__gt=0).exists():
        if places.delete()[0]:
            tell_sale(sale_id=sale.pk, always=True, now=now)
        return 0
    for place in places.select_for_update().order_by("id")[: max(left, 0)]:
        if left <= 0:
            break
        claim, _new = UrgentClaim.objects.select_for_update().get_or_create(
            union_id=sale.union_id,
            sale=sale,
            shopper=place.shopper,
            defaults={"most": sale.per_shopper, "expires_at": now, "last_until": now},
        )
        room = place.quantity if sale.per_shopper is None else sale.per_shopper - claim.bought - claim.held
        pieces = min(place.quantity, room, left)
        if pieces > 0:
            claim.held += pieces
            claim.expires_at, claim.last_until = now + TURN_TIME, now + TURN_LIMIT
            claim.save(update_fields=["held", "expires_at", "last_until"])
            left -= pieces
        served.append(place.pk)
    if served:
        places.filter(pk__in=served).delete()
        UrgentLevel.objects.filter(union=sale.union_id, sale=sale).update(
            held=F("held") + (level.left - left), served=F("served") + len(served)
        )
        tell_sale(sale_id=sale.pk, always=True, now=now)
    return len(served)
