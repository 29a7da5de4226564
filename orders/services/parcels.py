"""Parcels leave the store, whole orders or parts of them, and an order's state follows its parcels.

Whoever changes which pieces leave or stay locks the order first (SELECT … FOR UPDATE): a piece that has left cannot be
called off, and one that was called off goes into no parcel.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState
from core.outbox import publish
from orders.events import SHIPMENT_MOVED
from orders.models import CarrierService, Order, OrderLine, Shipment, ShipmentLine, TrackingEvent
from orders.queries.parcels import goods_of, price_of
from orders.services.locking import lock_order
from orders.services.moving import move_order
from stores.models import DeliveryOption

SENT = "sent"
"""What the first event of a parcel is known by."""


class TooManyPieces(DomainError):
    """More than what is still to leave; `line` says of which line, `left` how many can go."""

    code = "too_many_pieces"
    detail = _("There are not so many pieces left to send.")


class PiecesMissing(DomainError):
    """A parcel came back, so not everything can have arrived."""

    code = "pieces_missing"
    detail = _("A parcel came back to the store. Send its pieces again or call them off first.")


@transaction.atomic
def ship_order(
    *,
    order: Order,
    actor: User | None,
    now: datetime,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    service: CarrierService | None = None,
    weight: int | None = None,
    pieces: Mapping[int, int] | None = None,
) -> Order:
    """A parcel has left with everything that is still to go, or with these `pieces` (by line); see ship_parcel."""
    ship_parcel(
        order=order,
        actor=actor,
        now=now,
        carrier=carrier,
        tracking_number=tracking_number,
        tracking_url=tracking_url,
        service=service,
        weight=weight,
        pieces=pieces,
    )
    return order


@transaction.atomic
def ship_parcel(
    *,
    order: Order,
    actor: User | None,
    now: datetime,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    service: CarrierService | None = None,
    weight: int | None = None,
    pieces: Mapping[int, int] | None = None,
) -> Shipment:
    """A parcel has left with a carrier: one of the union's by its `service`, or any other by name. `weight` in grams.

    The order is shipped once everything that is kept has left; until then it stays packed. What came back may be sent
    again. Raises Invalid, TooManyPieces, WrongState.
    """
    name, address = _carried_by(order, service, carrier=carrier, number=tracking_number, address=tracking_url)
    if weight is not None and not 0 < weight <= 10_000_000:
        raise Invalid(_("Say the weight in grams."), field="weight")
    current = lock_order(order=order)
    goods = goods_of(current)
    if not _may_leave(current, goods):
        raise WrongState(state=current.state)
    chosen = _chosen(goods, pieces)
    parcel = Shipment.objects.create(
        union=order.union,
        order=order,
        carrier=name[:80],
        carried_by=service.carrier if service else None,
        service=service,
        tracking_number=tracking_number.strip()[:80],
        tracking_url=address[:200],
        weight=weight,
        cost=price_of(service, order.purchase, grams=weight) if service else None,
        state=Shipment.State.IN_TRANSIT,
        state_at=now,
        sent_at=now,
        handed_over_by=actor,
        poll_at=now if service and service.carrier.adapter and tracking_number.strip() else None,
    )
    _put_in(parcel, chosen, actor=actor, now=now)
    going = {line.pk: quantity for line, quantity in chosen}
    is_last = all(line.to_go <= going.get(line.pk, 0) for line in goods)  # type: ignore[attr-defined]
    if is_last and current.state == Order.State.PACKED:
        move_order(order=order, move="ship", actor=actor, now=now, note=f"{name} {tracking_number}".strip())
    else:
        order.state = current.state
    publish(
        SHIPMENT_MOVED[Shipment.State.IN_TRANSIT],
        aggregate=f"order:{order.pk}",
        shipment_id=parcel.pk,
        told=order.state == Order.State.SHIPPED and current.state == Order.State.PACKED,
    )
    return parcel


def _may_leave(order: Order, goods: list[OrderLine]) -> bool:
    """Whether a parcel can leave: once it is packed, and after everything had left only with what came back."""
    if order.delivery_kind != DeliveryOption.Kind.DELIVERY:
        return False
    is_left = order.state == Order.State.SHIPPED and any(line.to_go > 0 for line in goods)  # type: ignore[attr-defined]
    return order.state == Order.State.PACKED or is_left


def _put_in(parcel: Shipment, chosen: list[tuple[OrderLine, int]], *, actor: User | None, now: datetime) -> None:
    """What is in it, and the first thing that is told of it: that it has left."""
    ShipmentLine.objects.bulk_create(
        ShipmentLine(union=parcel.union, shipment=parcel, order_line=line, quantity=quantity)
        for line, quantity in chosen
    )
    TrackingEvent.objects.create(
        union=parcel.union,
        shipment=parcel,
        state=Shipment.State.IN_TRANSIT,
        at=now,
        source=TrackingEvent.Source.MANUAL,
        external_id=SENT,
        actor=actor,
        told_at=now,
    )


def _carried_by(
    order: Order, service: CarrierService | None, *, carrier: str, number: str, address: str
) -> tuple[str, str]:
    """The name of the carrier and the address at which the parcel is followed."""
    if service is not None:
        if service.union_id != order.union_id or not (service.is_active and service.carrier.is_active):
            raise Invalid(_("This carrier is not offered here."), field="service")
        return service.carrier.name, address or service.carrier.tracking_url(number.strip())
    if not carrier.strip():
        raise Invalid(_("Say which carrier has the parcel."), field="carrier")
    if address and not address.startswith(("https://", "http://")):
        raise Invalid(_("The tracking page is a web address."), field="tracking_url")
    return carrier.strip(), address


def _chosen(goods: list[OrderLine], pieces: Mapping[int, int] | None) -> list[tuple[OrderLine, int]]:
    """Lines with how many of their pieces go into the parcel."""
    if pieces is None:
        return [(line, line.to_go) for line in goods if line.to_go > 0]  # type: ignore[attr-defined]
    by_id = {line.pk: line for line in goods}
    chosen = []
    for pk in sorted(pieces):
        quantity = pieces[pk]
        if quantity < 0 or pk not in by_id:
            raise Invalid(_("This is not in the order."), field="pieces")
        left: int = by_id[pk].to_go  # type: ignore[attr-defined]
        if quantity > left:
            raise TooManyPieces(line=pk, left=max(left, 0))
        if quantity:
            chosen.append((by_id[pk], quantity))
    if not chosen:
        raise Invalid(_("Choose at least one piece for the parcel."), field="pieces")
    return chosen


@transaction.atomic
def deliver_order(*, order: Order, actor: User | None, now: datetime) -> Order:
    """Everything has arrived: marked by the store, or confirmed by the shopper. Raises WrongState, PiecesMissing."""
    lock_order(order=order)
    parcels = list(Shipment.objects.filter(union=order.union, order=order).order_by("id"))
    if any(parcel.state == Shipment.State.RETURNED for parcel in parcels) and any(
        line.to_go > 0  # type: ignore[attr-defined]
        for line in goods_of(order)
    ):
        raise PiecesMissing
    move_order(order=order, move="deliver", actor=actor, now=now)
    arrived = [parcel for parcel in parcels if not parcel.has_ended]
    Shipment.objects.filter(union=order.union, pk__in=[parcel.pk for parcel in arrived]).update(
        state=Shipment.State.DELIVERED, state_at=now, delivered_at=now, poll_at=None
    )
    TrackingEvent.objects.bulk_create(
        TrackingEvent(
            union=order.union,
            shipment=parcel,
            state=Shipment.State.DELIVERED,
            at=now,
            source=TrackingEvent.Source.MANUAL,
            external_id="order",
            actor=actor,
            told_at=now,
        )
        for parcel in arrived
    )
    return order


@transaction.atomic
def follow_parcels(*, order: Order, actor: User | None, now: datetime) -> Order:
    """Bring the order's state to where its parcels are: shipped once all that is kept has left, delivered once every
    parcel has arrived. To be called by whoever changes either, e.g. after pieces were called off.
    """
    current = lock_order(order=order)
    if current.state not in (Order.State.PACKED, Order.State.SHIPPED):
        return order
    away = list(
        Shipment.objects.filter(union=order.union_id, order=order)
        .exclude(state=Shipment.State.RETURNED)
        .values_list("state", flat=True)
    )
    if not away or any(line.to_go > 0 for line in goods_of(current)):  # type: ignore[attr-defined]
        return order
    if current.state == Order.State.PACKED:
        move_order(order=order, move="ship", actor=actor, now=now)
    if set(away) == {Shipment.State.DELIVERED}:
        move_order(order=order, move="deliver", actor=actor, now=now)
    return order
