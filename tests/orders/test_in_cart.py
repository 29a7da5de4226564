"""Who holds the last pieces reads on the good's page that they are in the cart, not only that it is sold out."""

import pytest
from django.test import Client
from django.urls import reverse

from stores.models import StockLevel
from tests.factories.accounts import UserFactory
from tests.factories.orders import market

pytestmark = pytest.mark.django_db


def good(place) -> str:
    product = place.bread.product
    return reverse("shop:product", args=[place.union.slug, place.first.slug, product.slug])


def put(client: Client, place, quantity: int) -> None:
    address = reverse("orders:add", kwargs={"union": place.union.slug})
    client.post(address, {"variant": place.bread.pk, "quantity": quantity})


@pytest.mark.parametrize("signed_in", [False, True])
def test_own_pieces_stand_beside_what_is_left(signed_in):
    place = market()
    holder, other = Client(), Client()
    if signed_in:
        holder.force_login(UserFactory())
    StockLevel.objects.filter(variant=place.bread).update(on_hand=2)
    assert "in your cart" not in holder.get(good(place)).content.decode()
    put(holder, place, 2)
    mine, theirs = holder.get(good(place)).content.decode(), other.get(good(place)).content.decode()
    assert "Sold out" in mine
    assert "2 are in your cart." in mine
    assert "Sold out" in theirs
    assert "in your cart" not in theirs


def test_an_empty_cart_asks_nothing_and_a_filled_one_asks_once(client, django_assert_num_queries, monkeypatch):
    place = market()
    monkeypatch.setattr("stores.views.shop.kept.KEPT", 0)
    client.get(good(place))
    with django_assert_num_queries(2):
        client.get(good(place))
    put(client, place, 1)
    client.get(good(place))
    with django_assert_num_queries(3):
        assert "1 is in your cart." in client.get(good(place)).content.decode()
