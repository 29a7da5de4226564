"""Claims: pieces of a sale set aside for one shopper, for ten minutes and not longer, then bought or free again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from core.errors import constraint_of
from core.statements import one_statement, tuples_of
from stores.errors import UrgentBusy, UrgentLimit, UrgentOver, UrgentSoldOut
from stores.models import UrgentBooking, UrgentClaim, UrgentLevel, UrgentPlace, UrgentSale
from stores.services.urgent.queueing import lapse, let_in
from stores.services.urgent.settling import book_sold
from stores.services.urgent.telling import tell_sale
from unions.models import Union

CLAIM_TIME = timedelta(minutes=10)
CLAIM_LIMIT = timedelta(hours=1)
"""A payment that failed gives the pieces back to their shopper, but no longer than this after they were claimed."""


@dataclass(frozen=True, slots=True)
class Share:
    """Claimed pieces that are bought now."""

    sale_id: int
    quantity: int


def mail_key(*, email: str) -> str:
    """Whoever buys under this address: the limit holds for it too, however many browsers somebody has."""
    return f"mail:{hashlib.sha256(email.strip().lower().encode()).hexdigest()[:40]}"


@transaction.atomic
def set_claim(*, sale: UrgentSale, shopper: str, quantity: int, now: datetime) -> UrgentClaim:
    """Make the shopper's claim exactly `quantity` pieces (0 frees them), lasting ten minutes from now.

    Raises UrgentOver, UrgentLimit, UrgentSoldOut, and UrgentBusy when pieces may still come back: then there is a
    queue. What a claim holds already can be kept or lowered also after the end of the sale, as long as it lasts.
    """
    level = UrgentLevel.objects.select_for_update().get(union=sale.union_id, sale=sale)
    mine = UrgentClaim.objects.select_for_update().filter(union=sale.union_id, sale=sale, shopper=shopper)
    claim = mine.first()
    more = quantity - _live(claim, now=now)
    if more > 0:
        if sale.state_at(now) != UrgentSale.State.RUNNING:
            raise UrgentOver(state=str(sale.state_at(now)))
        bought = claim.bought if claim is not None else 0
        if sale.per_shopper is not None and bought + quantity > sale.per_shopper:
            raise UrgentLimit(most=sale.per_shopper, bought=bought)
        others = UrgentPlace.objects.filter(union=sale.union_id, sale=sale).exclude(shopper=shopper)
        if level.left < more or others.exists():
            # What has lapsed goes to those who wait, first; this shopper may be the one whose turn it is.
            lapse(sale=sale, now=now)
            let_in(sale=sale, now=now)
            level.refresh_from_db()
            claim = mine.first()
            more = quantity - _live(claim, now=now)
        if more > 0 and (level.left < more or others.exists()):
            if level.returned:
                # It was ended while this one came: the rest is on the shelf already.
                raise UrgentOver(state=str(UrgentSale.State.OVER))
            claimed = UrgentClaim.objects.filter(union=sale.union_id, sale=sale, held__gt=0)
            raise UrgentBusy(left=max(level.left, 0)) if level.left > 0 or claimed.exists() else UrgentSoldOut
    held = claim.held if claim is not None else 0
    if claim is None:
        claim = UrgentClaim(union_id=sale.union_id, sale=sale, shopper=shopper, most=sale.per_shopper)
    if more > 0:
        claim.expires_at, claim.last_until = now + CLAIM_TIME, max(now + CLAIM_LIMIT, now + CLAIM_TIME)
    elif claim.pk is None:
        claim.expires_at = claim.last_until = now
    claim.held = quantity
    claim.save()
    change = quantity - held
    if change:
        UrgentLevel.objects.filter(union=sale.union_id, sale=sale).update(held=F("held") + change)
    if more > 0:
        UrgentPlace.objects.filter(union=sale.union_id, sale=sale, shopper=shopper).delete()
    if change < 0:
        let_in(sale=sale, now=now)
    tell_sale(sale_id=sale.pk, always=change < 0, now=now)
    return claim


def _live(claim: UrgentClaim | None, *, now: datetime) -> int:
    """Pieces that it still holds."""
    return claim.held if claim is not None and claim.expires_at > now else 0


def free_claim(*, sale: UrgentSale, shopper: str, now: datetime) -> None:
    """Put back what this shopper holds; whoever is first in the queue has it then."""
    if UrgentClaim.objects.filter(union=sale.union_id, sale=sale, shopper=shopper, held__gt=0).exists():
        set_claim(sale=sale, shopper=shopper, quantity=0, now=now)


# The claims first, in their own order, then what is to be booked. A claim that was swept meanwhile is missing in the
# answer; the address's own row breaks its constraint when it has bought as much as it may.
_SELL = """
WITH asked AS (
    SELECT * FROM unnest(%(sales)s::bigint[], %(quantities)s::int[]) AS a(sale_id, quantity)
), locked AS (
    SELECT k.id, k.sale_id, k.held, k.bought, k.most, a.quantity
    FROM stores_urgentclaim k JOIN asked a ON a.sale_id = k.sale_id
    WHERE k.shopper = %(shopper)s AND k.union_id = %(union)s AND k.held >= a.quantity AND k.expires_at > %(now)s
    ORDER BY k.sale_id FOR UPDATE OF k
), sold AS (
    UPDATE stores_urgentclaim k SET held = l.held - l.quantity, bought = l.bought + l.quantity
    FROM locked l WHERE k.id = l.id
    RETURNING k.sale_id, k.most, l.quantity
), mailed AS (
    INSERT INTO stores_urgentclaim AS k (union_id, sale_id, shopper, held, bought, most, expires_at, last_until)
    SELECT %(union)s, sale_id, %(mail)s, 0, quantity, most, %(now)s, %(now)s FROM sold
    WHERE most IS NOT NULL ORDER BY sale_id
    ON CONFLICT (sale_id, shopper) DO UPDATE SET bought = k.bought + excluded.bought
), noted AS (
    INSERT INTO stores_urgentbooking (union_id, sale_id, shopper, quantity, reference, actor_id, at, is_booked)
    SELECT %(union)s, sale_id, %(shopper)s, quantity, %(reference)s, %(actor)s, %(now)s, false FROM sold
)
SELECT sale_id FROM sold
"""


def sell_claims(
    *,
    union: Union,
    shopper: str,
    email: str,
    shares: Sequence[Share],
    reference: str,
    actor: User | None,
    now: datetime,
) -> list[int]:
    """Turn claimed pieces into sold ones under a reference, with one statement that locks no level.

    Returns the ids of the sales whose claim had lapsed; then nothing may be kept of the transaction. Raises
    UrgentLimit when the address has bought as much as one shopper may.
    """
    values = {
        "union": union.pk,
        "sales": [share.sale_id for share in shares],
        "quantities": [share.quantity for share in shares],
        "shopper": shopper,
        "mail": mail_key(email=email),
        "reference": reference,
        "actor": actor.pk if actor else None,
        "now": now,
    }
    try:
        with one_statement():
            sold = {sale_id for (sale_id,) in tuples_of(_SELL, values)}
    except IntegrityError as error:
        if constraint_of(error) == "urgent_claim_within_limit":
            raise UrgentLimit from error
        raise
    for sale_id in sorted(sold):
        tell_sale(sale_id=sale_id, now=now)
    return [share.sale_id for share in shares if share.sale_id not in sold]


@transaction.atomic
def move_claims(*, union: Union, before: str, after: str, now: datetime) -> None:
    """A guest has signed in, or two carts became one: what one held the other holds, as far as the limit allows."""
    claims = UrgentClaim.objects.filter(union=union, shopper=before, held__gt=0)
    for sale in UrgentSale.objects.filter(union=union, claims__in=claims).order_by("pk"):
        UrgentLevel.objects.select_for_update().get(union=union, sale=sale)
        here = UrgentClaim.objects.select_for_update().get(union=union, sale=sale, shopper=before)
        there = _claim_for(sale, after, now=now)
        pieces = here.held
        fits = pieces if there.most is None else min(pieces, max(there.most - there.held - there.bought, 0))
        UrgentClaim.objects.filter(pk=here.pk).update(held=0)
        there.held += fits
        there.expires_at = max(there.expires_at, here.expires_at)
        there.last_until = max(there.last_until, here.last_until)
        there.save(update_fields=["held", "expires_at", "last_until"])
        if fits < pieces:
            UrgentLevel.objects.filter(union=union, sale=sale).update(held=F("held") - (pieces - fits))
            let_in(sale=sale, now=now)
            tell_sale(sale_id=sale.pk, always=True, now=now)


def _claim_for(sale: UrgentSale, shopper: str, *, now: datetime) -> UrgentClaim:
    """The shopper's claim, locked; an empty one when there is none."""
    claim, _new = UrgentClaim.objects.select_for_update().get_or_create(
        union_id=sale.union_id,
        sale=sale,
        shopper=shopper,
        defaults={"most": sale.per_shopper, "expires_at": now, "last_until": now},
    )
    return claim


_BOUGHT = """
SELECT b.sale_id, b.shopper, sum(b.quantity)::int
FROM stores_urgentbooking b JOIN stores_urgentsale s ON s.id = b.sale_id
WHERE b.union_id = %(union)s AND b.reference = %(reference)s AND b.sale_id = ANY(%(sales)s)
GROUP BY b.sale_id, s.variant_id, b.shopper HAVING sum(b.quantity) > 0 ORDER BY s.variant_id, b.sale_id
"""


@transaction.atomic
def revive_claim(
    *, union: Union, reference: str, sales: Sequence[int], email: str, shopper: str | None, now: datetime
) -> dict[int, int]:
    """Nobody paid: what these sales sold under this reference is claimed again, by `shopper`, else it is free. Once.

    Returns the claimed pieces by sale id. They come back to the sale, not to the shelf, and stay claimed for ten
    minutes, but no longer than an hour after they were claimed first.
    """
    back: dict[int, int] = {}
    asked = {"union": union.pk, "reference": reference, "sales": list(sales)}
    # In the order of their goods, as a purchase locks the shelf.
    for sale_id, buyer, quantity in tuples_of(_BOUGHT, asked) if sales else ():
        sale = UrgentSale.objects.select_related("union").get(union=union, pk=sale_id)
        UrgentBooking.objects.create(
            union=union, sale=sale, shopper=buyer, quantity=-quantity, reference=reference, at=now
        )
        book_sold(sale=sale, now=now)
        level = UrgentLevel.objects.select_for_update().get(union=union, sale=sale)
        before = UrgentClaim.objects.select_for_update().get(union=union, sale=sale, shopper=buyer)
        UrgentClaim.objects.filter(union=union, sale=sale, shopper__in=(buyer, mail_key(email=email))).update(
            bought=F("bought") - quantity
        )
        until = min(now + CLAIM_TIME, before.last_until)
        if shopper is not None and until > now:
            claim = _claim_for(sale, shopper, now=now)
            claim.held += quantity
            claim.expires_at, claim.last_until = until, before.last_until
            claim.save(update_fields=["held", "expires_at", "last_until"])
            back[sale_id] = quantity
        else:
            UrgentLevel.objects.filter(pk=level.pk).update(held=F("held") - quantity)
            let_in(sale=sale, now=now)
        tell_sale(sale_id=sale_id, always=True, now=now)
    return back
