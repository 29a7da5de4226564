"""The store itself: its page of today, settings, hours, delivery, files, people and keys."""

from django.utils import timezone

from stores.models import ApiKey, DeliveryOption, FileRun, OpeningHours, StaffInvitation, StoreStaff
from stores.services.files.running import begin_export
from tests.manage.people import Shop

PAGES = {
    "": None,
    "settings/": "catalogue",
    "hours/": "catalogue",
    "delivery/": "catalogue",
    "delivery/option/": "catalogue",
    "files/": None,
    "files/{file}/": "stock",
    "team/": "team",
    "keys/": "team",
}
SENT = {
    "settings/": "catalogue",
    "settings/front-gone/": "catalogue",
    "publish/": "catalogue",
    "unpublish/": "catalogue",
    "hours/": "catalogue",
    "hours/holidays/": "catalogue",
    "hours/special-day-gone/": "catalogue",
    "delivery/option/": "catalogue",
    "delivery/offer/": "catalogue",
    "files/out/orders/": "orders",
    "files/out/products/": "catalogue",
    "files/out/movements/": "stock",
    "files/in/stock/": "stock",
    "files/in/price-plans/": "catalogue",
    "files/out/parcels/": "orders",
    "files/out/returns/": "orders",
    "files/out/responses/": "orders",
    "files/out/tracking/": "orders",
    "files/out/urgent-sales/": "catalogue",
    "files/{file}/columns/": "stock",
    "files/{file}/go/": "stock",
    "team/": "team",
    "team/permissions/": "team",
    "team/remove/": "team",
    "team/owner/": "team",
    "team/owner-remove/": "team",
    "team/withdraw/": "team",
    "keys/": "team",
    "keys/revoke/": "team",
}
MODELS = (StoreStaff, StaffInvitation, ApiKey, OpeningHours, DeliveryOption, FileRun)


def names(shop: Shop, path: str) -> dict[str, str]:
    """A file of the stock."""
    if not path.startswith("files/{"):
        return {}
    made = FileRun.objects.filter(store=shop.store).first() or begin_export(
        store=shop.store, kind="stock", shape="csv", actor=None, now=timezone.now()
    )
    return {"file": made.ref}
