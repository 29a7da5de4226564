"""What the pages from cart to payment say on the way: sums, reservations, needed fields, when shops are paid."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from stores.models import StockHold
from tests.factories.orders import market
from tests.factories.stores import DeliveryOptionFactory
from tests.orders.test_pages import details, page, put

pytestmark = pytest.mark.django_db


def test_address_fields_are_not_marked_as_if_they_could_be_left_out(client):
    place = market()
    DeliveryOptionFactory(store=place.first, kind="pickup", name="Shop door", price=0, position=9)
    put(client, place, place.bread)
    shown = client.get(page("checkout", place)).content.decode()
    marks = dict(re.findall(r'<label for="id_(\w+)">[^<]*(<span class="optional">)?', shown))
    names = ("line1", "city", "postal_code", "line2", "phone")
    assert [bool(marks[name]) for name in names] == [False, False, False, True, True]


def test_the_cart_tells_no_total_before_a_delivery_is_chosen(client):
    place = market()
    put(client, place, place.bread, 2)
    before = client.get(page("cart", place)).context["sums"]
    assert before == {
        "rows": [
            {"title": "Tax included", "text": "£0.00"},
            {"title": "Delivery", "text": "chosen in the next step"},
        ],
        "total": {"title": "Goods so far", "text": "£7.00"},
    }
    client.post(page("checkout", place), details(place))
    after = client.get(page("cart", place)).context["sums"]
    assert [row["text"] for row in after["rows"]] == ["£7.00", "£4.00", "£0.67"]
    assert after["total"] == {"title": "Total", "text": "£11.00"}


def test_looking_at_the_cart_keeps_its_goods_set_aside_up_to_the_limit(client, django_assert_num_queries):
    place = market()
    put(client, place, place.bread, 2)
    now = timezone.now()
    limit = now + timedelta(minutes=8)
    for name in ("cart", "checkout", "review"):
        StockHold.objects.update(expires_at=now + timedelta(minutes=2), last_until=limit)
        client.get(page(name, place))
        assert StockHold.objects.get().expires_at == limit
    StockHold.objects.update(expires_at=now + timedelta(minutes=2), last_until=now + timedelta(hours=1))
    shown = client.get(page("cart", place)).context["review"].reserved_until
    assert StockHold.objects.get().expires_at == shown > now + timedelta(minutes=9)
    with django_assert_num_queries(3):
        client.get(page("cart", place))


def test_footer_and_review_say_the_same_about_the_money(client):
    place = market()
    put(client, place, place.bread)
    client.post(page("checkout", place), details(place))
    words = "Each shop’s part is collected when it accepts your order and paid out to it after it has delivered."
    assert words in client.get(page("review", place)).content.decode()
    assert words in client.get(reverse("shop:home", kwargs={"union": place.union.slug})).content.decode()
