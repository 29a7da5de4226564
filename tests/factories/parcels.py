"""Carriers of a union, and parcels that are on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orders.models import Carrier, CarrierPrice, CarrierService, Order, OrderLine, Shipment
from orders.services.parcels import ship_parcel
from tests.factories.orders import NOW, OrderFactory
from unions.models import Union


def carrier_service(union: Union, *, slug: str = "peninsula", price: int = 420, **carrier: Any) -> CarrierService:
    """A carrier with one service of one to three days at a flat price."""
    made = Carrier.objects.create(
        union=union,
        slug=slug,
        **{"name": "Peninsula Post", "tracking_page": "https://post.example/?n={number}"} | carrier,
    )
    service = CarrierService.objects.create(union=union, carrier=made, code="standard", name="Standard")
    CarrierPrice.objects.create(union=union, service=service, zone="Everywhere", price=price)
    return service


def packed_order(*, pieces: tuple[int, ...] = (3, 2), state: str = "packed", **order: Any) -> Order:
    """An order with a line per number of pieces."""
    made = OrderFactory(state=state, lines=False, **order)
    for place, quantity in enumerate(pieces):
        OrderLine.objects.create(
            union=made.union, order=made, title=f"Thing {place}", sku=f"THING-{place}", quantity=quantity,
            unit_price=100, total=100 * quantity,
        )  # fmt: skip
    return made


def line_ids(order: Order) -> list[int]:
    return list(order.lines.order_by("id").values_list("pk", flat=True))


def sent(order: Order, *pieces: int, now: datetime = NOW, **carried: Any) -> Shipment:
    """A parcel with so many pieces of the first, second … line; with all that is to go when none are given."""
    chosen = {pk: quantity for pk, quantity in zip(line_ids(order), pieces, strict=False) if quantity} or None
    return ship_parcel(order=order, actor=None, now=now, pieces=chosen, **({"carrier": "Post"} | carried))
