"""Reservations, and what can be booked."""

from datetime import timedelta

from django.utils import timezone

from orders.models import Bookable, Reservation, Resource
from tests.factories.reservations import ReservationFactory, repair_shop
from tests.manage.people import Shop

PAGES = {
    "reservations/": "orders",
    "reservations/calendar/": "orders",
    "reservations/new/": "orders",
    "reservations/{reservation}/": "orders",
    "booking/": "catalogue",
    "booking/services/new/": "catalogue",
    "booking/services/{service}/": "catalogue",
    "booking/resources/new/": "catalogue",
    "booking/resources/{resource}/": "catalogue",
}
SENT = {
    "reservations/new/": "orders",
    "reservations/{reservation}/accept/": "orders",
    "reservations/{reservation}/counter/": "orders",
    "reservations/{reservation}/cancel/": "orders",
    "booking/services/new/": "catalogue",
    "booking/services/{service}/": "catalogue",
    "booking/resources/new/": "catalogue",
    "booking/resources/{resource}/": "catalogue",
    "booking/resources/{resource}/day-gone/": "catalogue",
}
MODELS = (Reservation, Bookable, Resource)


def names(shop: Shop, path: str) -> dict[str, str]:
    """A reservation of a repair in three days."""
    if not path.startswith(("reservations/{", "booking/services/{", "booking/resources/{")):
        return {}
    held = Reservation.objects.filter(store=shop.store).first() or ReservationFactory(
        bookable=repair_shop(store=shop.store), starts_at=timezone.now() + timedelta(days=3)
    )
    return {"reservation": held.number, "service": held.bookable.key, "resource": held.resource.key}
