"""Orders and what is told of them: slips, signatures, figures, payment requests, visitors."""

from orders.models import HandOver, HandOverRule, Order
from tests.factories.orders import NOW, OrderFactory
from tests.manage.people import Shop

PAGES = {
    "orders/": "orders",
    "orders/{order}/": "orders",
    "orders/{order}/slip/": "orders",
    "figures/": "orders",
    "figures/days.csv": "orders",
    "figures/goods.xlsx": "orders",
    "payment-requests/": "orders",
    "visitors/": "orders",
    "visitors.csv": "orders",
    "orders/pick-list/": "orders",
    "orders/pick-list.pdf": "orders",
    "orders/slips/": "orders",
    "orders/slips.pdf": "orders",
    "orders/{handed}/signature.png": "orders",
}
SENT = {
    "orders/{order}/accept/": "orders",
    "orders/{order}/cancel/": "orders",
    "orders/bulk/": "orders",
    "orders/{order}/counter/code/": "orders",
    "orders/{order}/counter/sign/": "orders",
    "payment-requests/": "orders",
    "payment-requests/{order}/withdraw/": "orders",
    "payment-requests/{order}/give-back/": "orders",
}
MODELS = (HandOver, HandOverRule)


def names(shop: Shop, path: str) -> dict[str, str]:
    """The shop's order, and one that was signed for; slips are printed of accepted ones."""
    names = {"order": shop.order.number}
    if path.startswith("orders/slips"):
        Order.objects.filter(pk=shop.order.pk).update(state="accepted")
    if "{handed}" in path:
        handed = OrderFactory(store=shop.store, state="delivered", delivery_kind="pickup")
        HandOver.objects.create(union=handed.union, order=handed, how="signature", signature=b"\x89PNG", at=NOW)
        names["handed"] = handed.number
    return names
