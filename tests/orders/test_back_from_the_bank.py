"""Refused, undecided, in two tabs, half way: the cart is as it was, and there is one purchase."""

import pytest
from django.test import Client

from orders.models import Cart, CartLine, Order, Purchase
from stores.models import StockLevel
from tests.factories.accounts import UserFactory
from tests.factories.orders import market
from tests.orders.test_pages import confirmed, details, page, put

pytestmark = pytest.mark.django_db


def lamps_in_carts(place) -> list[int]:
    return list(CartLine.objects.filter(variant=place.lamp, cart__state="open").values_list("quantity", flat=True))


def test_who_refuses_at_the_bank_finds_the_cart_as_it_was(client):
    place = market(stock=1)
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place, token="bank:asks-confirmation"))
    bank = client.post(page("place", place), confirmed(client, place)).url
    back = client.post(bank, {"decision": "refuse"}).url
    assert lamps_in_carts(place) == []  # The event is still to be heard; coming back does not wait for it.
    answer = client.get(back, follow=True)
    assert answer.redirect_chain == [(page("checkout", place), 302)]
    assert "refused on the bank&#x27;s page" in answer.content.decode()
    assert lamps_in_carts(place) == [1]
    assert StockLevel.objects.values_list("on_hand", "held").get(variant=place.lamp) == (1, 1)
    assert client.get(back).url == page("checkout", place)
    assert lamps_in_carts(place) == [1]
    client.post(page("checkout", place), details(place))
    client.post(page("place", place), confirmed(client, place))
    states = Order.objects.order_by("id").values_list("state", flat=True)
    assert (list(states), lamps_in_carts(place)) == (["cancelled", "paid"], [])


def test_who_goes_back_from_the_bank_may_confirm_or_pay_otherwise(client):
    place = market()
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place, token="bank:asks-confirmation"))
    fields = confirmed(client, place)
    bank = client.post(page("place", place), fields).url
    purchase = Purchase.objects.get()
    assert client.get(page("review", place)).url == page("cart", place)
    shown = client.get(page("cart", place)).content.decode()
    assert "Waiting for your bank" in shown and "Lamp" in shown and bank.replace("&", "&amp;") in shown
    assert client.post(page("place", place), fields).url == bank
    otherwise = page("otherwise", place, token=purchase.token)
    assert client.get(otherwise).status_code == 405
    assert client.post(otherwise).url == page("checkout", place)
    assert client.post(otherwise).url == page("checkout", place)
    assert lamps_in_carts(place) == [1]
    # The bank's page in the other tab comes too late: nothing is paid twice.
    client.post(bank, {"decision": "approve"})
    client.post(page("checkout", place), details(place))
    client.post(page("place", place), confirmed(client, place))
    assert list(Order.objects.order_by("id").values_list("state", flat=True)) == ["cancelled", "paid"]
    assert StockLevel.objects.values_list("on_hand", "held").get(variant=place.lamp) == (9, 0)


def test_an_approval_in_the_other_tab_wins_over_paying_otherwise(client):
    place = market()
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place, token="bank:asks-confirmation"))
    bank = client.post(page("place", place), confirmed(client, place)).url
    purchase = Purchase.objects.get()
    client.post(bank, {"decision": "approve"})
    track = page("track", place, token=purchase.token)
    assert client.post(page("otherwise", place, token=purchase.token)).url == track
    assert "Thank you!" in client.get(track).content.decode()
    assert "Your cart is empty" in client.get(page("cart", place)).content.decode()
    assert (Purchase.objects.count(), purchase.orders.get().state, lamps_in_carts(place)) == (1, "paid", [])


def test_a_cart_begun_meanwhile_and_the_one_from_the_bank_become_one(client):
    place = market()
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place, token="bank:asks-confirmation"))
    bank = client.post(page("place", place), confirmed(client, place)).url
    put(client, place, place.bread, 2)
    back = client.post(bank, {"decision": "refuse"}).url
    client.get(back)
    (cart,) = Cart.objects.filter(state="open")
    assert list(cart.lines.order_by("variant_id").values_list("variant", "quantity")) == [
        (place.bread.pk, 2),
        (place.lamp.pk, 1),
    ]


def test_a_persons_purchase_is_not_paid_otherwise_by_whoever_has_the_link(client):
    place = market()
    client.force_login(UserFactory())
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place, token="bank:asks-confirmation"))
    client.post(page("place", place), confirmed(client, place))
    purchase = Purchase.objects.get()
    for name in ("otherwise", "refill"):
        assert Client().post(page(name, place, token=purchase.token)).status_code == 404
    assert Client().get(page("back", place, token=purchase.token)).status_code == 404
    assert purchase.orders.get().state == "placed"
