"""Parcels, their carriers and the counter."""

from orders.models import Shipment, TrackingEvent
from tests.factories.parcels import packed_order, sent
from tests.manage.people import Shop

PAGES = {
    "parcels/": "orders",
    "parcels/carriers/": "orders",
    "parcels/upload/": "orders",
    "parcels/counter/": "catalogue",
    "parcels/{parcel}/": "orders",
}
SENT = {
    "parcels/counter/": "catalogue",
    "parcels/{parcel}/event/": "orders",
    "parcels/{parcel}/again/": "orders",
    "parcels/{parcel}/back/": "orders",
}
MODELS = (Shipment, TrackingEvent)


def names(shop: Shop, path: str) -> dict[str, str]:
    """A parcel under way."""
    names = {}
    if path.startswith("parcels/{"):
        parcel = Shipment.objects.filter(order__store=shop.store).first() or sent(packed_order(store=shop.store))
        names["parcel"] = parcel.number
    return names
