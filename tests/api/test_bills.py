"""Asking a customer for a payment over the API, from the request to the settled money."""

import pytest

from orders.models import Bill
from payments.models import PaymentRequest, PaymentSplit
from payments.queries.accounts import public_id
from tests.api.client import Api, key_for
from tests.api.test_purchase import code
from tests.factories.accounts import UserFactory
from tests.factories.payments import PaymentAccountFactory

pytestmark = pytest.mark.django_db(transaction=True)

WISH = {"email": "ada@example.com", "title": "Repair of your bicycle", "amount": 4500}


@pytest.fixture
def ada(place):
    user = UserFactory(email="ada@example.com")
    api = Api(place.union, key_for(place.union, user=user))
    api.user = user
    return api


def test_store_asks_customer_confirms_and_money_comes(place, bakery, ada, office):
    made = bakery.post("payment-requests/", WISH, Idempotency_Key="a")
    assert made.status_code == 201, made.content
    bill = made.json()
    assert (bill["state"], bill["amount"], bill["title"]) == (
        "created",
        {"amount": 4500, "currency": "GBP"},
        WISH["title"],
    )
    assert bill["confirm_url"].endswith(f"/account/payments/{bill['number']}/")
    assert bakery.post("payment-requests/", WISH, Idempotency_Key="a").json() == bill
    assert Bill.objects.count() == 1
    account = PaymentAccountFactory(user=ada.user)
    address = f"payment-requests/{bill['number']}/"
    assert ada.get(address).json() == bill
    paid = ada.post(f"{address}confirm/", {"account": public_id(account)}, Idempotency_Key="b").json()
    assert (paid["state"], paid["confirm_url"], paid["parts"][0]["captured"]) == ("captured", "", 4500)
    assert bakery.get(address).json() == paid
    assert [row["number"] for row in office.get("payment-requests/").json()["results"]] == [bill["number"]]
    back = bakery.post(f"{address}refund/", Idempotency_Key="c").json()
    assert back["parts"][0]["refunded"] == 4500


def test_the_first_account_is_taken_when_none_is_named(place, bakery, ada):
    number = bakery.post("payment-requests/", WISH, Idempotency_Key="a").json()["number"]
    refused = ada.post(f"payment-requests/{number}/confirm/", Idempotency_Key="b")
    assert code(refused) == (404, "not_found")
    PaymentAccountFactory(user=ada.user, is_default=True)
    assert ada.post(f"payment-requests/{number}/confirm/", Idempotency_Key="b").json()["state"] == "captured"


def test_withdrawn_cannot_be_confirmed(place, bakery, ada):
    PaymentAccountFactory(user=ada.user, is_default=True)
    number = bakery.post("payment-requests/", WISH, Idempotency_Key="a").json()["number"]
    gone = bakery.post(f"payment-requests/{number}/withdraw/", Idempotency_Key="b").json()
    assert (gone["state"], gone["confirm_url"]) == ("cancelled", "")
    assert code(ada.post(f"payment-requests/{number}/confirm/", Idempotency_Key="c")) == (409, "bill_closed")
    assert PaymentSplit.objects.get().captured == 0


def test_everybody_keeps_to_their_own_side(place, bakery, ada, office, customer):
    number = bakery.post("payment-requests/", WISH, Idempotency_Key="a").json()["number"]
    neighbour = Api(place.union, key_for(place.union, store=place.second))
    for stranger in (neighbour, customer):
        assert code(stranger.get(f"payment-requests/{number}/")) == (404, "not_found")
    assert code(bakery.post(f"payment-requests/{number}/confirm/", Idempotency_Key="b")) == (403, "not_allowed")
    assert code(ada.post(f"payment-requests/{number}/refund/", Idempotency_Key="c")) == (403, "not_allowed")
    for caller in (office, customer):
        assert code(caller.post("payment-requests/", WISH, Idempotency_Key="d")) == (403, "not_allowed")
    assert PaymentRequest.objects.get().state == "created"


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"amount": "x"}, {"email": "ada"}, {"title": ""}, {"days": 91}])
def test_bad_wishes_are_refused(bakery, wrong):
    assert code(bakery.post("payment-requests/", WISH | wrong, Idempotency_Key="a")) == (422, "invalid")
    assert code(bakery.post("payment-requests/", WISH)) == (400, "idempotency_key_required")
    assert Bill.objects.count() == 0
