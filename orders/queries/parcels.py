"""Parcels: which pieces still have to leave, what is on its way, who carries it and how well deadlines are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import (
    Count,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotFound
from core.references import normalise_reference
from orders.models import (
    Carrier,
    CarrierPrice,
    CarrierService,
    Order,
    OrderLine,
    Purchase,
    Shipment,
    ShipmentLine,
    TrackingEvent,
)
from stores.models import ApiKey, Store
from unions.models import Union

State = Shipment.State
VIEWS: dict[str, tuple[str, ...]] = {
    "way": (State.PENDING, State.IN_TRANSIT, State.OUT_FOR_DELIVERY),
    "failed": (State.FAILED,),
    "delivered": (State.DELIVERED,),
    "returned": (State.RETURNED,),
}
"""The tabs of the list of parcels and their states."""
LOOKED_AT = timedelta(days=90)
"""Over which time the figures of carriers are counted."""


def with_pieces(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    """The lines, each with `left`, its pieces in parcels that did not come back, and `to_go`, those still to leave."""
    away = (
        ShipmentLine.objects.filter(order_line=OuterRef("pk"))
        .exclude(shipment__state=State.RETURNED)
        .order_by()
        .values("order_line")
        .annotate(pieces=Sum("quantity"))
        .values("pieces")
    )
    left = Coalesce(Subquery(away, output_field=IntegerField()), Value(0))
    # What came back from the shopper had left; what came back with its parcel and was taken in counts as returned only.
    gone = Greatest(F("left"), F("returned"), output_field=IntegerField())
    to_go = ExpressionWrapper(F("quantity") - F("cancelled") - gone, output_field=IntegerField())
    return lines.annotate(left=left).annotate(to_go=to_go)


def goods_of(order: Order) -> list[OrderLine]:
    """The lines of an order that travel, in their order, with `left` and `to_go`. One query."""
    lines = OrderLine.objects.filter(union=order.union_id, order=order, kind=OrderLine.Kind.GOODS)
    return list(with_pieces(lines).order_by("id"))


def parcels_of(store: Store, *, view: str, words: str = "") -> QuerySet[Shipment]:
    """A store's parcels of a tab with order and purchase: those not delivered first by deadline, ended ones newest
    first. `words` finds the number of a parcel, an order or the carrier, and the recipient.
    """
    parcels = Shipment.objects.filter(union_id=store.union_id, order__store=store, state__in=VIEWS[view])
    for word in words.split():
        number = normalise_reference(word) or word
        parcels = parcels.filter(
            Q(number__icontains=number)
            | Q(order__number__icontains=number)
            | Q(tracking_number__icontains=word)
            | Q(order__purchase__recipient__icontains=word)
        )
    order = ["-id"] if view in {"delivered", "returned"} else [F("order__deadline").asc(nulls_last=True), "id"]
    return parcels.select_related("order__purchase").order_by(*order)


def parcel_counts(store: Store) -> dict[str, int]:
    """How many parcels are on their way, and how many could not be delivered."""
    open_states = (*VIEWS["way"], *VIEWS["failed"])
    return Shipment.objects.filter(union_id=store.union_id, order__store=store, state__in=open_states).aggregate(
        way=Count("pk", filter=Q(state__in=VIEWS["way"])), failed=Count("pk", filter=Q(state__in=VIEWS["failed"]))
    )


def parcel_of(store: Store, number: str) -> Shipment:
    """The store's parcel with what is in it and what was told of it. Raises NotFound."""
    parcel = (
        Shipment.objects.filter(union_id=store.union_id, order__store=store, number=number)
        .exclude(number="")
        .select_related("order__purchase", "order__store", "carried_by", "service", "handed_over_by")
        .prefetch_related(
            Prefetch("lines", ShipmentLine.objects.select_related("order_line").order_by("id")),
            Prefetch("events", TrackingEvent.objects.select_related("actor")),
        )
        .first()
    )
    if parcel is None:
        raise NotFound
    return parcel


def shipments_for(union: Union, key: ApiKey) -> QuerySet[Shipment]:
    """The parcels that a key reaches: a carrier's own, a store's, all of a union's, or what a customer bought."""
    parcels = Shipment.objects.filter(union=union)
    if key.store_id is not None:
        parcels = parcels.filter(order__store=key.store_id)
    elif key.user_id is not None:
        parcels = parcels.filter(order__purchase__user=key.user_id)
    else:
        carrier = Carrier.objects.filter(union=union, api_key=key.pk).first()
        if carrier is not None:
            parcels = parcels.filter(carried_by=carrier)
    return parcels.select_related("order").prefetch_related("lines", "events")


def shipment_for(union: Union, key: ApiKey, number: str) -> Shipment:
    """The parcel with this number, ours or its carrier's; of several the newest. Raises NotFound, also for others'."""
    parcel = shipments_for(union, key).filter(Q(number=number) | Q(tracking_number=number)).order_by("-id").first()
    if parcel is None or not number:
        raise NotFound
    parcel.union = union
    return parcel


def services_of(union: Union, *, today: date) -> list[CarrierService]:
    """What stores choose among: services of carriers that are offered and whose contract holds. Two queries."""
    services = CarrierService.objects.filter(union=union, is_active=True, carrier__is_active=True).filter(
        Q(carrier__contract_from=None) | Q(carrier__contract_from__lte=today),
        Q(carrier__contract_until=None) | Q(carrier__contract_until__gte=today),
    )
    return list(services.select_related("carrier").prefetch_related("prices").order_by("carrier__name", "id"))


def service_named(union: Union, name: str, *, today: date) -> CarrierService:
    """The service that is named `carrier/service` in short names. Raises Invalid for one that is not offered."""
    found = next((one for one in services_of(union, today=today) if f"{one.carrier.slug}/{one.code}" == name), None)
    if found is None:
        raise Invalid(_("This carrier is not offered here."), field="service")
    return found


def price_of(service: CarrierService, purchase: Purchase, *, grams: int | None) -> int | None:
    """What the carrier asks for a parcel to this address, in minor units; None where no price fits."""
    fitting: Iterable[CarrierPrice] = (
        price
        for price in service.prices.all()
        if price.fits(country=purchase.country, region=purchase.region, postal_code=purchase.postal_code, grams=grams)
    )
    return min((price.price for price in fitting), default=None)


def last_service(store: Store) -> int | None:
    """The service with which the store sent its last parcel."""
    sent = Shipment.objects.filter(union_id=store.union_id, order__store=store).order_by("-id")
    return sent.values_list("service", flat=True).first()


@dataclass(frozen=True, slots=True)
class Kept:
    """How a carrier kept the deadlines of what it got: arrived in time, late (arrived late, or not there and past it),
    under way, came back."""

    in_time: int = 0
    late: int = 0
    under_way: int = 0
    returned: int = 0

    @property
    def percent(self) -> int | None:
        """Of what has arrived or should have, how much was in time; None before the first."""
        due = self.in_time + self.late
        return round(100 * self.in_time / due) if due else None


def with_kept_deadlines(carriers: QuerySet[Carrier], *, now: datetime) -> QuerySet[Carrier]:
    """The carriers with what `kept_by` reads: how deadlines were kept for what was sent in the last 90 days."""
    deadline, arrived = F("shipments__order__deadline"), Q(shipments__delivered_at__isnull=False)
    counted = Q(shipments__sent_at__gt=now - LOOKED_AT)
    back = Q(shipments__state=State.RETURNED)
    late = Q(shipments__delivered_at__gt=deadline) | (~arrived & Q(shipments__order__deadline__lt=now))
    # Without a deadline nothing is late; SQL's NOT of an unknown would be unknown too.
    in_time = arrived & (Q(shipments__delivered_at__lte=deadline) | Q(shipments__order__deadline=None))
    under_way = ~arrived & (Q(shipments__order__deadline__gte=now) | Q(shipments__order__deadline=None))
    return carriers.annotate(
        kept_returned=Count("shipments", filter=counted & back),
        kept_late=Count("shipments", filter=counted & ~back & late),
        kept_in_time=Count("shipments", filter=counted & ~back & in_time),
        kept_under_way=Count("shipments", filter=counted & ~back & under_way),
    )


def kept_by(carrier: Carrier) -> Kept:
    """The figures of a carrier that was read by `with_kept_deadlines`."""
    names = ("in_time", "late", "under_way", "returned")
    return Kept(**{name: getattr(carrier, f"kept_{name}") for name in names})


def carriers_of(union: Union, *, now: datetime) -> list[Carrier]:
    """The union's carriers that are offered, with services, prices and figures. Three queries."""
    carriers = Carrier.objects.filter(union=union, is_active=True)
    services = CarrierService.objects.filter(is_active=True).prefetch_related("prices").order_by("id")
    return list(with_kept_deadlines(carriers, now=now).prefetch_related(Prefetch("services", services)))
