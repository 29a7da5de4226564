"""Pages of what was bought ask as often for much as for little."""

import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, PurchaseFactory
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("stores", [1, 3])
def test_tracking_takes_a_fixed_number_of_queries(client, stores, django_assert_num_queries):
    purchase = PurchaseFactory()
    for _ in range(stores):
        OrderFactory(purchase=purchase, store=StoreFactory(union=purchase.union))
    track = reverse("orders:track", kwargs={"union": purchase.union.slug, "token": purchase.token})
    client.get(track)  # what the bars of the union's pages say is kept in memory from here on
    with django_assert_num_queries(10):  # the last four: what went back, what is offered instead, steps, vouchers
        assert client.get(track).status_code == 200


@pytest.mark.parametrize("purchases", [1, 3])
def test_the_list_of_orders_takes_a_fixed_number_of_queries(client, purchases, django_assert_num_queries):
    user = UserFactory()
    for _ in range(purchases):
        OrderFactory(purchase__user=user)
    client.force_login(user)
    client.get(reverse("orders:list"))
    with django_assert_num_queries(5):
        assert client.get(reverse("orders:list")).status_code == 200
