"""A store's goods, their prices, and what it sells for a short time."""

from datetime import timedelta

from django.utils import timezone

from stores.models import PlannedPrice, PriceChange, UrgentSale
from tests.factories.urgent import urgent_sale
from tests.manage.people import Shop

PAGES = {
    "catalogue/": "catalogue",
    "catalogue-new/": "catalogue",
    "catalogue/loaf/": "catalogue",
    "catalogue/loaf/variant/": "catalogue",
    "catalogue/loaf/prices/": "catalogue",
    "urgent-sales/": "catalogue",
    "urgent-sales/new/": "catalogue",
    "urgent-sales/{urgent}/": "catalogue",
}
SENT = {
    "catalogue-new/": "catalogue",
    "catalogue/loaf/": "catalogue",
    "catalogue/loaf/publish/": "catalogue",
    "catalogue/loaf/unpublish/": "catalogue",
    "catalogue/loaf/archive/": "catalogue",
    "catalogue/loaf/restore/": "catalogue",
    "catalogue/loaf/variant/": "catalogue",
    "catalogue/loaf/variants/archive/": "catalogue",
    "catalogue/loaf/variants/restore/": "catalogue",
    "catalogue/loaf/options/": "catalogue",
    "catalogue/loaf/price/": "catalogue",
    "catalogue/loaf/prices/": "catalogue",
    "catalogue/loaf/prices/call-off/": "catalogue",
    "catalogue/loaf/pictures/": "catalogue",
    "catalogue/loaf/pictures/delete/": "catalogue",
    "urgent-sales/new/": "catalogue",
    "urgent-sales/{urgent}/": "catalogue",
    "urgent-sales/{urgent}/end/": "catalogue",
}
MODELS = (PlannedPrice, PriceChange)


def names(shop: Shop, path: str) -> dict[str, str]:
    """A sale that begins tomorrow."""
    if not path.startswith("urgent-sales/{"):
        return {}
    now = timezone.now()
    sale = UrgentSale.objects.filter(store=shop.store).first() or urgent_sale(
        shop.variant,
        now=now,
        quantity=1,
        price=1,
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=2),
    )
    return {"urgent": sale.ref}
