"""Guests review what has reached them, by the link in their mail."""

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from orders.models import Order
from stores.models import Review
from tests.factories.accounts import UserFactory
from tests.factories.orders import market
from tests.orders.test_pages import bought, page

pytestmark = pytest.mark.django_db


def test_a_guest_reviews_by_the_link_once(client):
    place = market()
    purchase = bought(client, place)
    assert purchase.user_id is None
    bakery = purchase.orders.order_by("id")[0]
    Order.objects.filter(pk=bakery.pk).update(state="delivered", changed_at=timezone.now())
    address = page("write_review", place, token=purchase.token, number=bakery.number, line=bakery.lines.get().pk)
    said = {"stars": "5", "title": "", "words": "Still warm.", "author_name": "Ada T."}
    elsewhere = Client()
    assert address in elsewhere.get(page("track", place, token=purchase.token)).content.decode()
    assert (
        elsewhere.post(page("write_review", place, token="x" * 43, number=bakery.number, line=1), said).status_code
        == 404
    )
    assert elsewhere.post(address, {**said, "author_name": " "}).status_code == 200
    assert Review.objects.count() == 0
    assert elsewhere.post(address, said).url == page("track", place, token=purchase.token)
    review = Review.objects.get()
    assert (review.author, review.author_name, review.order_number) == (None, "Ada T.", bakery.number)
    place.bread.product.refresh_from_db()
    assert (place.bread.product.rating_sum, place.bread.product.rating_count) == (5, 1)
    # Signed in or not, the same purchase is reviewed once.
    client.force_login(UserFactory())
    for again in (elsewhere, client):
        assert "reviewed this purchase already" in again.post(address, said).content.decode()
    assert Review.objects.count() == 1


def test_what_was_called_off_never_came_and_is_not_reviewed(client):
    place = market()
    purchase = bought(client, place)
    bakery = purchase.orders.order_by("id")[0]
    Order.objects.filter(pk=bakery.pk).update(state="delivered", changed_at=timezone.now())
    bakery.lines.update(cancelled=F("quantity"))
    address = page("write_review", place, token=purchase.token, number=bakery.number, line=bakery.lines.get().pk)
    assert address not in client.get(page("track", place, token=purchase.token)).content.decode()
    said = {"stars": "1", "title": "", "words": "Never again.", "author_name": "Rival"}
    assert client.post(address, said).status_code == 404
    assert Review.objects.count() == 0
    bakery.lines.update(cancelled=0, returned=F("quantity"))
    assert client.get(address).status_code == 200
