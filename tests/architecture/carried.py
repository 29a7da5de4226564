"""A parcel under way and an order that was signed for, for each of the two unions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.models import HandOver, Shipment
from orders.services.tracking import record_event
from tests.factories.orders import NOW, OrderFactory
from tests.factories.parcels import carrier_service, packed_order, sent

if TYPE_CHECKING:
    from tests.architecture.two_unions import Place


def carried(place: Place) -> dict[str, str]:
    """A carrier with a key of its own, a parcel that is followed, an order that was signed for."""
    union, store, marker = place.union, place.store, place.marker
    service = carrier_service(union, slug="post", name=f"{marker} Post", contact_name=f"{marker} Ada")
    order = packed_order(store=store, number="SAME-0008", purchase__recipient=f"{marker} Ada")
    order.lines.update(title=f"{marker} crate")
    parcel = sent(order, service=service, tracking_number="SAME-TRACK")
    Shipment.objects.filter(pk=parcel.pk).update(number="SAME-PARCEL")
    said = {"place": f"{marker} office", "source": "api", "external_id": "1"}
    record_event(shipment=parcel, state="failed", at=NOW, now=NOW, words=marker, **said)
    handed = OrderFactory(store=store, number="SAME-0009", state="delivered", delivery_kind="pickup")
    HandOver.objects.create(union=union, order=handed, how="signature", signature=f"{marker} drawn".encode(), at=NOW)
    return {"parcel": "SAME-PARCEL", "handed": "SAME-0009"}
