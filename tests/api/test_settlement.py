"""Payments, earnings, payouts and the ledger over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from orders.services.fulfilment import complete_order
from payments.services.settlement import make_payouts, send_payout
from tests.api.client import Api, key_for
from tests.api.story import buy
from tests.api.test_purchase import code
from tests.factories.payments import PayoutAccountFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def settled(place, guest, bakery):
    """The bakery's order of a purchase is delivered, earned and paid out; the lamp's is only paid."""
    place.union.commission_bp, place.union.commission_tax_bp, place.union.holding_days = 500, 2000, 0
    place.union.payout_period = "daily"
    place.union.save()
    buy(guest, place)
    order = Order.objects.get(store=place.first)
    for action in ("accept", "pack", "ship", "deliver"):
        bakery.post(f"orders/{order.number}/{action}/", {"carrier": "Royal Mail"}, Idempotency_Key=action)
    order.refresh_from_db()
    now = timezone.now()
    complete_order(order=order, now=now)
    PayoutAccountFactory(membership=place.first.membership)
    [payout] = make_payouts(union=place.union, now=now + timedelta(days=2)).made
    send_payout(payout=payout, now=now + timedelta(days=2))
    return order


def rows(api: Api, address: str) -> list[dict]:
    response = api.get(address)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_store_sees_what_its_enterprise_earned_and_was_paid(settled, place, bakery, office):
    [earning] = rows(bakery, "settlements/")
    assert (earning["order"], earning["gross"]["amount"], earning["commission"]["amount"]) == (settled.number, 1100, 55)
    assert (earning["commission_tax"]["amount"], earning["net"]["amount"]) == (11, 1034)
    [payout] = rows(bakery, "payouts/")
    assert (payout["state"], payout["amount"], payout["number"]) == (
        "paid",
        {"amount": 1034, "currency": "GBP"},
        earning["payout"],
    )
    assert rows(office, "settlements/") == [earning]
    lamps = Api(place.union, key_for(place.union, store=place.second))
    assert rows(lamps, "settlements/") == rows(lamps, "payouts/") == rows(lamps, "ledger/") == []


def test_store_sees_its_own_part_of_a_payment(settled, place, bakery, office):
    [whole] = rows(office, "payment-requests/")
    assert whole["amount"] == {"amount": 3500, "currency": "GBP"}
    assert sorted(part["amount"] for part in whole["parts"]) == [1100, 2400]
    [own] = rows(bakery, "payment-requests/")
    assert "amount" not in own
    assert [(part["order"], part["captured"]) for part in own["parts"]] == [(settled.number, 1100)]
    assert bakery.get(f"payment-requests/{own['number']}/").json() == own


def test_ledger_adds_up_for_the_office_and_shows_a_store_its_account(settled, bakery, office):
    moments = rows(office, "ledger/")
    assert [moment["kind"] for moment in reversed(moments)] == ["capture", "earned", "payout_sent", "payout_confirmed"]
    assert all(sum(entry["amount"]["amount"] for entry in moment["entries"]) == 0 for moment in moments)
    own = rows(bakery, "ledger/")
    assert [(moment["kind"], [entry["amount"]["amount"] for entry in moment["entries"]]) for moment in own] == [
        ("payout_sent", [1034]),
        ("earned", [-1034]),
    ]


def test_customers_have_no_part_in_the_books(settled, customer):
    for address in ("settlements/", "payouts/", "ledger/"):
        assert code(customer.get(address)) == (404, "not_found")
    assert rows(customer, "payment-requests/") == []
