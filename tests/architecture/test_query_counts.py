"""Pages of shoppers run a fixed number of queries, with one row of everything and with three.

The other pages' owners count theirs: tests/stores/test_shop_pages.py, tests/manage/test_query_counts.py and so on.
"""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import OrderChange, OrderLine, Shipment
from orders.services.cart import add_to_cart
from orders.services.checkout import choose_delivery, save_details
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.orders import DETAILS, NOW, OrderFactory, PurchaseFactory
from tests.factories.payments import PaymentAccountFactory
from tests.factories.stores import DeliveryOptionFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db

# The person is one of each; the session comes from the cache.
PAGES = {
    "/u/harbour/cart/": 4,
    "/u/harbour/checkout/": 5,
    "/u/harbour/checkout/review/": 4,
    "/u/harbour/track/{token}/": 15,
    "/u/harbour/track/{token}/receipt/": 13,
    "/account/": 5,
    "/account/orders/": 5,
    "/account/addresses/": 3,
    "/account/payment-accounts/": 3,
    "/search/?q=loaf": 3,
}


class Shopper:
    """Somebody with a cart, a purchase, addresses and accounts; `more()` adds one of everything."""

    def __init__(self) -> None:
        self.union = UnionFactory(slug="harbour")
        self.user = UserFactory()
        self.purchase = PurchaseFactory(union=self.union, user=self.user)
        self.client = Client()
        self.client.force_login(self.user)
        self.choices: dict[int, int] = {}

    def more(self, at: int) -> None:
        variant = VariantFactory(store=StoreFactory(union=self.union), product__title=f"Loaf {at}")
        option = DeliveryOptionFactory(store=variant.store)
        DeliveryOptionFactory(store=variant.store, name="Van")
        for purchase in (self.purchase, PurchaseFactory(union=self.union, user=self.user)):
            order = OrderFactory(purchase=purchase, store=variant.store, state="shipped", lines=False)
            for number in range(at):
                OrderLine.objects.create(
                    union=self.union,
                    order=order,
                    variant=variant,
                    title=f"Loaf {number}",
                    quantity=1,
                    unit_price=1000,
                    total=1000,
                )
                OrderChange.objects.create(union=self.union, order=order, to_state="paid", at=NOW)
                Shipment.objects.create(union=self.union, order=order, carrier="Post")
        AddressFactory(user=self.user)
        account = PaymentAccountFactory(
            user=self.user, token=("bank:approves", "bank:answers-late", "bank:answers-twice")[at - 1]
        )
        cart = add_to_cart(union=self.union, user=self.user, token="", variant_id=variant.pk, quantity=1, now=NOW)
        self.choices[variant.store_id] = option.pk
        save_details(cart=cart, details=DETAILS, account=account, now=NOW)
        choose_delivery(cart=cart, choices=self.choices)

    def queries(self, address: str) -> list[str]:
        self.client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert self.client.get(address).status_code == 200
        statements = [query["sql"] or "prepared" for query in captured]
        return [sql for sql in statements if not sql.startswith(("SAVEPOINT", "RELEASE"))]


@pytest.mark.parametrize(("path", "count"), PAGES.items(), ids=PAGES)
def test_page_runs_as_many_queries_with_three_rows_as_with_one(path, count):
    shopper = Shopper()
    address = path.format(token=shopper.purchase.token)
    shopper.more(1)
    with_one = shopper.queries(address)
    shopper.more(2)
    shopper.more(3)
    with_three = shopper.queries(address)
    assert (len(with_one), len(with_three)) == (count, count), "\n".join(with_three)
