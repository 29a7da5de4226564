"""Reading urgent sales: which there are, how far they are, who stands where in the queue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, DateTimeField, DurationField, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from core.errors import NotFound
from stores.models import ApiKey, Store, UrgentClaim, UrgentPlace, UrgentSale
from unions.models import Union

RECENTLY = timedelta(hours=24)
"""So long a sale that is over still stands on the pages, honestly sold out or not."""


def shopper_key(*, user_id: int | None, token: str) -> str:
    """Whose claims: a person's, or those of the guest's cart with this token (a secret, so only its hash is kept)."""
    return f"user:{user_id}" if user_id else f"guest:{hashlib.sha256(token.encode()).hexdigest()[:40]}"


@dataclass(frozen=True, slots=True)
class SaleFigures:
    """Pieces of a sale: free, claimed and not bought, bought; people who wait, how many left the queue's front, and the
    number of the place that is the front now.
    """

    left: int
    claimed: int
    bought: int
    waiting: int
    served: int
    front: int | None

    @property
    def is_sold_out(self) -> bool:
        """Nothing is free, and nothing can come back from a cart."""
        return self.left <= 0 and self.claimed <= 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one shopper stands in a sale."""

    held: int = 0
    held_until: datetime | None = None
    bought: int = 0
    before: int | None = None
    number: int | None = None
    """Of the place in the queue; numbers only grow."""

    @property
    def is_waiting(self) -> bool:
        return self.before is not None


_FIGURES = """
SELECT l.sale_id, l.left, coalesce(c.held, 0), l.held + l.sold - coalesce(c.held, 0), coalesce(w.waiting, 0), l.served,
    w.front
FROM stores_urgentlevel l
LEFT JOIN LATERAL (
    SELECT sum(k.held)::int AS held FROM stores_urgentclaim k WHERE k.sale_id = l.sale_id AND k.held > 0
) c ON true
LEFT JOIN LATERAL (
    SELECT count(*)::int AS waiting, min(p.id) AS front FROM stores_urgentplace p WHERE p.sale_id = l.sale_id
) w ON true
WHERE l.sale_id = ANY(%(sales)s)
"""


def sale_figures(sales: Sequence[UrgentSale]) -> dict[int, SaleFigures]:
    """The figures of these sales by id. One query."""
    if not sales:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"sales": [sale.pk for sale in sales]})
        return {key: SaleFigures(*figures) for key, *figures in cursor.fetchall()}


def urgent_frame(sale: UrgentSale, figures: SaleFigures, *, now: datetime) -> dict[str, Any]:
    """What a shopper's socket is told of a sale."""
    state = sale.state_at(now)
    if state == UrgentSale.State.RUNNING and figures.is_sold_out:
        state = "sold_out"
    return {
        "type": "urgent",
        "sale": sale.ref,
        "state": str(state),
        "left": max(figures.left, 0),
        "claimed": figures.claimed,
        "waiting": figures.waiting,
        "served": figures.served,
        "front": figures.front,
        "now": now.isoformat(),
    }


@dataclass(frozen=True, slots=True)
class SaleView:
    """A sale as a page shows it. `left` is exact (`is_exact`) when few are left; else there are more than that.

    `state`: planned, running, busy (every piece is claimed, some may come back), sold_out, over, cancelled.
    """

    ref: str
    variant_id: int
    price: int
    list_price: int
    per_shopper: int | None
    starts_at: datetime
    ends_at: datetime
    allotted: int
    left: int
    is_exact: bool
    state: str


FEW = 20
_IS_EXACT = f"(l.left <= {FEW} OR l.left = l.allotted)"
_LEFT = f"CASE WHEN {_IS_EXACT} THEN l.left ELSE l.left - 1 - (l.left - 1) %% greatest(l.allotted / {FEW}, 1) END"
_BUSY = """
CASE WHEN l.left <= 0 AND NOT EXISTS (SELECT FROM stores_urgentclaim k WHERE k.sale_id = u.id AND k.held > 0)
    THEN 'sold_out'
    WHEN l.left <= 0 OR EXISTS (SELECT FROM stores_urgentplace w WHERE w.sale_id = u.id) THEN 'busy' ELSE 'running' END
"""
SALES_OF_PRODUCT = f"""
(SELECT coalesce(json_agg(json_build_array(
    u.ref, u.variant_id, u.price, u.list_price, u.per_shopper, u.starts_at, u.ends_at, l.allotted,
    {_LEFT}, {_IS_EXACT}, CASE WHEN u.starts_at > %(now)s THEN 'planned' ELSE {_BUSY} END
) ORDER BY u.starts_at, u.id), '[]')::text
FROM stores_variant w
JOIN stores_urgentsale u ON u.variant_id = w.id AND u.cancelled_at IS NULL AND u.ends_at > %(now)s
JOIN stores_urgentlevel l ON l.sale_id = u.id
WHERE w.product_id = p.id AND w.is_active)
"""
"""Running and planned sales of the product `p`, as text that does not change with each of many pieces."""


def sales_from(text: str) -> list[SaleView]:
    """The sales in such a text."""
    return [
        SaleView(
            ref=ref,
            variant_id=variant_id,
            price=price,
            list_price=list_price,
            per_shopper=per_shopper,
            starts_at=datetime.fromisoformat(starts_at),
            ends_at=datetime.fromisoformat(ends_at),
            allotted=allotted,
            left=left,
            is_exact=is_exact,
            state=state,
        )
        for (
            ref,
            variant_id,
            price,
            list_price,
            per_shopper,
            starts_at,
            ends_at,
            allotted,
            left,
            is_exact,
            state,
        ) in json.loads(text)
    ]


def sale_view(sale: UrgentSale, figures: SaleFigures, *, now: datetime) -> SaleView:
    """The same of one that was read with its figures."""
    state = str(sale.state_at(now))
    if state == UrgentSale.State.RUNNING:
        if figures.is_sold_out:
            state = "sold_out"
        elif figures.left <= 0 or figures.waiting:
            state = "busy"
    left, allotted = max(figures.left, 0), sale.level.allotted
    is_exact = left <= FEW or left == allotted
    if not is_exact:
        left -= 1 + (left - 1) % max(allotted // FEW, 1)
    return SaleView(
        ref=sale.ref,
        variant_id=sale.variant_id,
        price=sale.price,
        list_price=sale.list_price,
        per_shopper=sale.per_shopper,
        starts_at=sale.starts_at,
        ends_at=sale.ends_at,
        allotted=allotted,
        left=left,
        is_exact=is_exact,
        state=state,
    )


def watched_sales(union: Union, product_ids: Sequence[int], *, now: datetime) -> list[dict[str, Any]]:
    """The frames of what a socket starts from: sales of these products. Two queries, one where there are none."""
    sales = list(
        _seen()
        .filter(union=union, variant__product__in=list(product_ids), cancelled_at=None, ends_at__gt=now - RECENTLY)
        .order_by("id")[:200]
    )
    figures = sale_figures(sales)
    return [urgent_frame(sale, figures[sale.pk], now=now) for sale in sales]


def _seen() -> Any:
    return UrgentSale.objects.filter(
        variant__is_active=True,
        variant__product__is_published=True,
        store__is_published=True,
        store__membership__state="active",
    ).select_related("variant__product", "store", "level")


def shown_sales(union: Union, *, now: datetime, store: str = "", limit: int = 60) -> list[UrgentSale]:
    """What shoppers see: running ones first, soonest to end, then those to come, then those of the last day.

    Where there are more than the page holds, every store's first of a kind comes before any store's second: nobody
    fills the page by having many.
    """
    sales = _seen().filter(union=union, cancelled_at=None, ends_at__gt=now - RECENTLY)
    if store:
        sales = sales.filter(store__slug=store)
    order = {"running": 0, "planned": 1, "over": 2}
    moment = Value(now, output_field=DateTimeField())
    kind = Case(When(ends_at__lte=now, then=2), When(starts_at__gt=now, then=1), default=0)
    far = Case(
        When(ends_at__lte=now, then=moment - F("ends_at")),
        When(starts_at__gt=now, then=F("starts_at") - moment),
        default=F("ends_at") - moment,
        output_field=DurationField(),
    )
    sales = sales.annotate(kind=kind, far=far)
    turn = Window(RowNumber(), partition_by=[F("store"), F("kind")], order_by=[F("far"), F("id")])
    found = list(sales.annotate(turn=turn).order_by("kind", "turn", "far", "id")[:limit])
    return sorted(
        found,
        key=lambda sale: (order[str(sale.state_at(now))], sale.starts_at if sale.starts_at > now else sale.ends_at),
    )


def shown_sale(union: Union, ref: str, *, now: datetime) -> UrgentSale:
    """One sale for its page; called-off ones are told as such. Raises NotFound."""
    sale: UrgentSale | None = _seen().filter(union=union, ref=ref, ends_at__gt=now - RECENTLY * 30).first()
    if sale is None:
        raise NotFound
    sale.union = union
    return sale


def running_sale_of(union: Union, variant_id: int, *, now: datetime) -> UrgentSale | None:
    """The urgent sale of a variant at this moment. One query."""
    return (
        UrgentSale.objects.filter(
            union=union, variant=variant_id, cancelled_at=None, starts_at__lte=now, ends_at__gt=now
        )
        .select_related("level")
        .first()
    )


def standing_of(sale: UrgentSale, shopper: str, *, now: datetime) -> Standing:
    """What this shopper holds and bought, and how many wait before them. Two queries at most."""
    claim = UrgentClaim.objects.filter(union=sale.union_id, sale=sale, shopper=shopper).first()
    place = UrgentPlace.objects.filter(union=sale.union_id, sale=sale, shopper=shopper).first()
    is_live = claim is not None and claim.held > 0 and claim.expires_at > now
    return Standing(
        held=claim.held if claim is not None and is_live else 0,
        held_until=claim.expires_at if claim is not None and is_live else None,
        bought=claim.bought if claim is not None else 0,
        before=UrgentPlace.objects.filter(union=sale.union_id, sale=sale, pk__lt=place.pk).count() if place else None,
        number=place.pk if place else None,
    )


def managed_sales(store: Store, *, limit: int = 100) -> list[UrgentSale]:
    """All of a store's, newest first."""
    return list(
        UrgentSale.objects.filter(union=store.union_id, store=store)
        .select_related("variant__product", "level")
        .order_by("-starts_at", "-id")[:limit]
    )


def managed_sale(store: Store, ref: str) -> UrgentSale:
    """One of a store's. Raises NotFound."""
    sale = (
        UrgentSale.objects.filter(union=store.union_id, store=store, ref=ref)
        .select_related("variant__product", "level", "union")
        .first()
    )
    if sale is None:
        raise NotFound
    return sale


def sales_for(union: Union, key: ApiKey | None, *, store: str = "", now: datetime) -> QuerySet[UrgentSale]:
    """For the API, newest first: a store's key sees all of its own, an office's all, others what is shown."""
    sales = UrgentSale.objects.filter(union=union).select_related("variant__product", "store", "level")
    if store:
        sales = sales.filter(store__slug=store)
    shown = Q(
        cancelled_at=None,
        ends_at__gt=now - RECENTLY,
        variant__is_active=True,
        variant__product__is_published=True,
        store__is_published=True,
        store__membership__state="active",
    )
    if key is None or key.user_id is not None:
        sales = sales.filter(shown)
    elif key.store_id is not None:
        sales = sales.filter(shown | Q(store=key.store_id))
    return sales.order_by("-id")


def sale_for(union: Union, key: ApiKey | None, ref: str, *, now: datetime) -> UrgentSale:
    """One of those. Raises NotFound."""
    sale = sales_for(union, key, now=now).filter(ref=ref).first()
    if sale is None:
        raise NotFound
    return sale


def own_sale(union: Union, key: ApiKey, ref: str) -> UrgentSale:
    """One that this key may change: a store's own, an office's any, a customer's none. Raises NotFound."""
    sales = UrgentSale.objects.filter(union=union, ref=ref)
    if key.store_id is not None:
        sales = sales.filter(store=key.store_id)
    sale = sales.select_related("variant__product", "store", "level", "union").first()
    if sale is None or key.user_id is not None:
        raise NotFound
    return sale


@dataclass(frozen=True, slots=True)
class UrgentDifference:
    """A sale whose level its claims and bookings, or the shelf's hold, do not explain."""

    sale_id: int
    ref: str
    held: int
    claimed_and_unbooked: int
    sold: int
    booked: int
    set_aside: int
    on_shelf: int


_DIFFERENCES = """
SELECT * FROM (
    SELECT s.id, s.ref, l.held,
        coalesce((SELECT sum(k.held) FROM stores_urgentclaim k WHERE k.sale_id = s.id), 0)::int
        + coalesce((SELECT sum(b.quantity) FROM stores_urgentbooking b
            WHERE b.sale_id = s.id AND NOT b.is_booked), 0)::int AS explained,
        l.sold,
        coalesce((SELECT sum(b.quantity) FROM stores_urgentbooking b WHERE b.sale_id = s.id AND b.is_booked), 0)::int
        AS booked,
        l.allotted - l.sold - l.returned AS set_aside,
        coalesce((SELECT h.quantity FROM stores_stockhold h WHERE h.owner = 'urgent-sale:' || s.ref
            AND h.union_id = s.union_id), 0) AS on_shelf
    FROM stores_urgentsale s JOIN stores_urgentlevel l ON l.sale_id = s.id
    WHERE s.union_id = %(union)s
) f
WHERE f.held <> f.explained OR f.sold <> f.booked OR f.set_aside <> f.on_shelf
ORDER BY f.id
"""


def urgent_differences(union: Union) -> list[UrgentDifference]:
    """Every sale of the union whose figures do not hold together; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, {"union": union.pk})
        return [UrgentDifference(*row) for row in cursor.fetchall()]
