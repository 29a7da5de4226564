"""What a sale leaves to be done, by the worker or by whoever comes first: booking what was sold, freeing what lapsed,
giving back the rest.

Nobody waits for it. A sale's own figures and what is available on the shelf are right without it; only "on hand" and
the movements follow some seconds later, and the shelf has the rest back as soon as one of these has run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from stores.models import StockHold, StockLevel, UrgentBooking, UrgentClaim, UrgentLevel, UrgentPlace, UrgentSale
from stores.services.stock import HoldWant, relief, set_holds
from stores.services.urgent.queueing import lapse, let_in
from stores.services.urgent.telling import tell_sale

AT_ONCE = 5000
FOR_GOOD = timedelta(days=36500)
"""The hold of a sale on the shelf ends with the sale, not by itself."""

_MOVEMENTS = """
INSERT INTO stores_stockmovement (union_id, variant_id, kind, quantity, held_change, actor_id, reason, reference, at)
SELECT union_id, %(variant)s, CASE WHEN quantity > 0 THEN 'sold' ELSE 'returned' END, -quantity, -quantity, actor_id,
    CASE WHEN quantity > 0 THEN '' ELSE 'payment failed' END, reference, %(now)s
FROM stores_urgentbooking WHERE id = ANY(%(bookings)s) ORDER BY id
"""


def hold_owner_of(*, sale: UrgentSale) -> str:
    """The name under which a sale holds its pieces on the shelf."""
    return f"urgent-sale:{sale.ref}"


@transaction.atomic
def book_sold(*, sale: UrgentSale, now: datetime) -> int:
    """Book what was sold out of the shelf, a movement for each purchase; says how many pieces. Twice books once."""
    _locked(sale)
    rows = list(
        UrgentBooking.objects.filter(union=sale.union_id, sale=sale, is_booked=False)
        .order_by("id")
        .values_list("pk", "quantity")[:AT_ONCE]
    )
    if not rows:
        return 0
    pieces = sum(quantity for _key, quantity in rows)
    keys = [key for key, _quantity in rows]
    _take_from_shelf(sale, pieces, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_MOVEMENTS, {"variant": sale.variant_id, "bookings": keys, "now": now})
    UrgentBooking.objects.filter(union=sale.union_id, pk__in=keys).update(is_booked=True)
    UrgentLevel.objects.filter(union=sale.union_id, sale=sale).update(held=F("held") - pieces, sold=F("sold") + pieces)
    tell_sale(sale_id=sale.pk, always=True, now=now)
    return pieces


def _take_from_shelf(sale: UrgentSale, pieces: int, *, now: datetime) -> None:
    """The sale's hold and the shelf's level go down by as many; with fewer than none they go up again."""
    holds = StockHold.objects.filter(union=sale.union_id, owner=hold_owner_of(sale=sale))
    hold = holds.select_for_update().first()
    StockLevel.objects.select_for_update().get(union=sale.union_id, variant=sale.variant_id)
    there = hold.quantity if hold else 0
    if there == pieces:
        holds.delete()
    elif hold is not None:
        holds.update(quantity=there - pieces)
    else:
        end = now + FOR_GOOD
        StockHold.objects.create(
            union_id=sale.union_id,
            variant_id=sale.variant_id,
            owner=hold_owner_of(sale=sale),
            quantity=-pieces,
            created_at=now,
            expires_at=end,
            last_until=end,
        )
    StockLevel.objects.filter(union=sale.union_id, variant=sale.variant_id).update(
        on_hand=F("on_hand") - pieces, held=F("held") - pieces
    )


def _locked(sale: UrgentSale) -> None:
    """Whoever books or gives back for a sale has its row, so there is one at a time; claims do not mind."""
    UrgentSale.objects.select_for_update(no_key=True).filter(union=sale.union_id, pk=sale.pk).values("pk").get()


@transaction.atomic
def free_lapsed(*, sale: UrgentSale, now: datetime) -> int:
    """Free claims whose time is over and let in who waits; says how many pieces came free."""
    UrgentLevel.objects.select_for_update().get(union=sale.union_id, sale=sale)
    freed = lapse(sale=sale, now=now)
    let_in(sale=sale, now=now)
    return freed


@transaction.atomic
def give_back_rest(*, sale: UrgentSale, now: datetime) -> int:
    """A sale that is over gives what nobody claimed back to the shelf; says how many pieces. Claims keep theirs."""
    if sale.state_at(now) in (UrgentSale.State.PLANNED, UrgentSale.State.RUNNING):
        return 0
    book_sold(sale=sale, now=now)
    # The shelf before the sale's own level, as in booking.
    _locked(sale)
    hold = StockHold.objects.select_for_update().filter(union=sale.union_id, owner=hold_owner_of(sale=sale)).first()
    if hold is not None:
        StockLevel.objects.select_for_update().get(union=sale.union_id, variant=sale.variant_id)
    level = UrgentLevel.objects.select_for_update().get(union=sale.union_id, sale=sale)
    lapse(sale=sale, now=now)
    sale.places.all().delete()
    level.refresh_from_db()
    rest = level.left
    if rest <= 0 or hold is None:
        return 0
    UrgentLevel.objects.filter(union=sale.union_id, sale=sale).update(returned=F("returned") + rest)
    keep_on_shelf(sale=sale, quantity=hold.quantity - rest, now=now)
    tell_sale(sale_id=sale.pk, always=True, now=now)
    return rest


def keep_on_shelf(*, sale: UrgentSale, quantity: int, now: datetime) -> None:
    """Make the sale's hold on the shelf exactly that many pieces. Raises OutOfStock."""
    wants = [HoldWant(hold_owner_of(sale=sale), sale.variant_id, quantity)]
    set_holds(union=sale.union, wants=wants, now=now, lasting=FOR_GOOD)


def finish_sales(*, now: datetime, variants: Sequence[int] | None = None) -> int:
    """Do what running and ended sales leave to be done; says how many sales there were something to do for.

    With `variants` only for those: whoever runs into a shortage of one of them comes here before refusing.
    """
    unbooked = UrgentBooking.objects.filter(sale=OuterRef("pk"), is_booked=False)
    lapsed = UrgentClaim.objects.filter(sale=OuterRef("pk"), held__gt=0, expires_at__lte=now)
    waiting = UrgentPlace.objects.filter(sale=OuterRef("pk"))
    is_over = Q(ends_at__lte=now) | Q(cancelled_at__isnull=False)
    unfinished = Q(level__allotted__gt=F("level__sold") + F("level__returned"))
    let_in_now = Exists(waiting) & Q(level__left__gt=0)
    sales = UrgentSale.objects.filter(unfinished).filter(Exists(unbooked) | Exists(lapsed) | let_in_now | is_over)
    if variants is not None:
        sales = sales.filter(variant__in=variants)
    return sum(_finish(key, now=now) for key in list(sales.order_by("pk").values_list("pk", flat=True)[:500]))


@transaction.atomic
def _finish(key: int, *, now: datetime) -> int:
    # Who comes from a shortage holds the shelf already and must not wait for somebody who is at this sale.
    sale = UrgentSale.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(pk=key)
    found = sale.select_related("union", "level").first()
    if found is None:
        return 0
    book_sold(sale=found, now=now)
    if found.state_at(now) == UrgentSale.State.RUNNING:
        free_lapsed(sale=found, now=now)
    else:
        give_back_rest(sale=found, now=now)
    return 1


relief(release=finish_sales)
