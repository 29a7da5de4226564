"""What to fetch from the shelves for several orders at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Prefetch

from orders.models import Order, OrderLine
from orders.queries.manage import business_of
from orders.queries.parcels import with_pieces
from stores.models import Store

MOST = 200
"""How many orders one paper is for."""


@dataclass(slots=True)
class Pick:
    """Pieces of one thing, and for which orders (number, pieces)."""

    shelf: str
    sku: str
    title: str
    options: str
    quantity: int = 0
    orders: list[tuple[str, int]] = field(default_factory=list)


def orders_to_print(store: Store, *, numbers: Sequence[str], states: Sequence[str]) -> list[Order]:
    """The store's orders with these numbers, or, without any, those in these states; what is due first comes first.

    With purchase and lines (`to_go`, `shelf`): two queries, at most 200 orders.
    """
    orders = business_of(Order.objects.filter(union_id=store.union_id, store=store))
    orders = orders.filter(number__in=numbers[:MOST]) if numbers else orders.filter(state__in=states)
    lines = with_pieces(OrderLine.objects.annotate(shelf=F("variant__stock__shelf"))).order_by("id")
    return list(
        orders.select_related("purchase")
        .prefetch_related(Prefetch("lines", lines))
        .order_by(F("deadline").asc(nulls_last=True), "pk")[:MOST]
    )


def picks_of(orders: Iterable[Order]) -> list[Pick]:
    """Everything that is still to go of these orders, shelf by shelf; what has no shelf comes last."""
    picks: dict[tuple[str, str, str, str], Pick] = {}
    for order in orders:
        if order.state in (Order.State.PLACED, Order.State.DELIVERED, Order.State.COMPLETED, Order.State.CANCELLED):
            continue
        for line in order.lines.all():
            to_go: int = line.to_go  # type: ignore[attr-defined]
            if line.kind != OrderLine.Kind.GOODS or to_go < 1:
                continue
            key = (line.shelf or "", line.sku, line.title, line.options)  # type: ignore[attr-defined]
            pick = picks.setdefault(key, Pick(*key))
            pick.quantity += to_go
            pick.orders.append((order.number, to_go))
    return [picks[key] for key in sorted(picks, key=lambda key: (not key[0], key))]
