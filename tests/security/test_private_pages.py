"""Nobody on the way, and nobody at the same computer later, keeps what is one person's."""

import pytest
from django.test import Client

from tests.factories.accounts import UserFactory
from tests.factories.orders import market
from tests.manage.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/account/", "/account/orders/", "/account/addresses/", "/account/payment-accounts/"])
def test_a_persons_own_pages_are_kept_nowhere(path):
    answer = signed_in(UserFactory()).get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


@pytest.mark.parametrize("path", ["", "orders/", "settlement/", "settlement/account/csv/"])
def test_a_stores_management_is_kept_nowhere(shop, path):
    answer = shop.owner().get(shop.url(path), follow=True)
    assert answer["Cache-Control"] == "private, no-store"


def test_a_page_with_a_forms_token_and_a_carts_count_is_kept_by_no_proxy():
    answer = Client().get(f"/u/{market().union.slug}/")
    assert "Cookie" in answer["Vary"]
    assert answer["Cache-Control"] == "private"


def test_what_a_carts_token_or_a_key_opens_is_kept_nowhere():
    here = f"/api/v1/unions/{market().union.slug}"
    tokens = [{f"{thing}-Token": "t" * 43} for thing in ("Cart", "Reservation", "Proposal", "Conversation")]
    for header in (*tokens, {"Authorization": "Bearer mu_made-up"}):
        assert Client(headers=header).get(f"{here}/cart/")["Cache-Control"] == "private, no-store"
    assert Client().get(f"{here}/stores/")["Cache-Control"] == "private"
