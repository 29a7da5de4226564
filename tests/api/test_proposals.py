"""Price proposals over the API: naming, both sides' answers, into the cart, and nobody else's."""

import re

import pytest
from django.utils import timezone

from orders.models import CartLine, PriceProposal
from orders.services.proposals import offer_price
from orders.services.reservations.proposing import Contact
from stores.models import StockLevel
from tests.api.client import Api, key_for
from tests.factories.accounts import UserFactory
from tests.factories.orders import market
from tests.orders.deals import rule_of

pytestmark = pytest.mark.django_db
SECRETS = {"accept_from": 333, "counter_with": 347, "floor": 211}


def api_of(there, **owner) -> Api:
    return Api(there.union, key_for(there.union, **owner) if owner else "")


def offer(api, there, price=300, *, key="k1", **more):
    body = {"store": there.first.slug, "sku": there.bread.sku, "price": price, "email": "ada@example.com", **more}
    return api.post("proposals/", body, Idempotency_Key=key)


def test_a_price_is_named_agreed_and_put_into_the_cart():
    there = market()
    rule_of(there.bread)
    guest, store = api_of(there), api_of(there, store=there.first)
    made = offer(guest, there, quantity=2)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["state"], shown["price"], shown["list_price"]["amount"], shown["next_actions"]) == (
        "offered",
        {"amount": 300, "currency": "GBP"},
        350,
        ["decline"],
    )
    assert offer(guest, there, quantity=2).json()["number"] == shown["number"]
    token = shown["page_url"].rstrip("/").rsplit("/", 1)[1]
    address = f"proposals/{shown['number']}/"
    assert store.post(f"{address}counter/", {"price": 330, "expected": 300}).json()["state"] == "countered"
    late = guest.post(f"{address}accept/", {"expected": 300}, Proposal_Token=token)
    assert (late.status_code, late.json()["code"], late.json()["price"]) == (409, "proposal_moved", 330)
    agreed = guest.post(f"{address}accept/", {"expected": 330}, Proposal_Token=token).json()
    assert (agreed["state"], agreed["next_actions"]) == ("accepted", ["order", "decline"])
    assert StockLevel.objects.get(variant=there.bread).held == 2
    filled = guest.post(f"{address}order/", {}, Proposal_Token=token)
    assert (filled.status_code, filled.json()["pieces"]) == (200, 2)
    assert CartLine.objects.get().cart.token == filled.json()["token"]
    assert store.post(f"{address}order/", {}).status_code == 403


def test_a_program_finds_and_answers_what_is_offered_in_its_conversation():
    there = market()
    talked, elsewhere = (
        offer_price(
            store=there.first,
            price=300,
            side="customer",
            contact=Contact(name="Ada"),
            actor=None,
            now=timezone.now(),
            variant=there.bread,
            conversation=ref,
        )
        for ref in ("CONV-1", "CONV-2")
    )
    store = api_of(there, store=there.first)
    (found,) = store.get("proposals/?conversation=CONV-1").json()["results"]
    assert (found["number"], found["conversation"]) == (talked.number, "CONV-1")
    assert found["next_actions"] == ["accept", "counter", "decline"]
    answered = store.post(f"proposals/{found['number']}/counter/", {"price": 332, "expected": 300}).json()
    assert (answered["state"], answered["price"]["amount"], answered["next_actions"]) == ("countered", 332, ["decline"])
    elsewhere.refresh_from_db()
    assert elsewhere.state == "offered"
    assert store.get("proposals/?conversation=nobody").json()["results"] == []


def test_the_rule_answers_and_is_never_told():
    there = market()
    rule_of(there.bread, **SECRETS)
    customer = api_of(there, user=UserFactory())
    answers = [offer(customer, there, price, key=f"k{price}") for price in (150, 300, 340)]
    assert [answer.json()["state"] for answer in answers] == ["declined", "countered", "accepted"]
    told = "".join(answer.content.decode() for answer in answers)
    # As whole numbers: the digits of a time or of an order's number are nobody's secret.
    secrets = [rf"(?<![\w.-]){word}(?!\w)" for word in ("333", "211", "floor", "rule", "accept_from")]
    assert [secret for secret in secrets if re.search(secret, told)] == []


def test_nobody_reads_or_answers_what_is_not_theirs():
    there = market()
    rule_of(there.bread)
    number = offer(api_of(there), there).json()["number"]
    others = [api_of(there, store=there.second), api_of(there, user=UserFactory()), api_of(there)]
    for other in others:
        assert other.get(f"proposals/{number}/").status_code == 404
        assert other.post(f"proposals/{number}/accept/", {}).status_code == 404
    assert api_of(there).get("proposals/").status_code == 404
    assert PriceProposal.objects.get().state == "offered"


def test_lists_are_one_sides_own_in_a_fixed_number_of_queries(django_assert_num_queries):
    there = market()
    rule_of(there.bread)
    store = api_of(there, store=there.first)
    offer(api_of(there), there)
    store.get("proposals/")
    with django_assert_num_queries(5):
        assert len(store.get("proposals/").json()["results"]) == 1
    for number in (2, 3):
        offer(api_of(there), there, key=f"k{number}")
    with django_assert_num_queries(5):
        assert len(store.get("proposals/").json()["results"]) == 3
    assert api_of(there, store=there.second).get("proposals/").json()["results"] == []


def at_address(api, address):
    """The same caller from another network address."""
    api.client.defaults["REMOTE_ADDR"] = address
    return api


def test_who_changes_the_mail_address_learns_no_more_of_the_rule():
    """Six answers a day to one network address, twice as many as to one shopper; then a person answers."""
    there = market()
    rule_of(there.bread, **SECRETS)
    guest = api_of(there)
    states = [
        offer(guest, there, 100 + number, key=f"k{number}", email=f"ada{number}@example.com").json()["state"]
        for number in range(8)
    ]
    assert states == ["declined"] * 6 + ["offered"] * 2
    other = offer(at_address(api_of(there), "203.0.113.9"), there, 100, key="o", email="eve@example.com")
    assert other.json()["state"] == "declined"
    customer = offer(api_of(there, user=UserFactory()), there, 100, key="c")
    assert customer.json()["state"] == "declined"
    assert PriceProposal.objects.filter(origin="").count() == 1
    assert PriceProposal.objects.exclude(origin="").values("origin").distinct().count() == 2
    assert "127.0.0.1" not in str(list(PriceProposal.objects.values()))


def test_two_guests_with_the_same_key_do_not_read_each_others_answers():
    there = market()
    rule_of(there.bread)
    mine = offer(at_address(api_of(there), "203.0.113.1"), there)
    theirs = offer(at_address(api_of(there), "203.0.113.2"), there)
    assert (mine.status_code, theirs.status_code, PriceProposal.objects.count()) == (201, 201, 2)
    assert mine.json()["page_url"] != theirs.json()["page_url"]
    token = mine.json()["page_url"].rstrip("/").rsplit("/", 1)[1]
    address = f"proposals/{mine.json()['number']}/decline/"
    done = api_of(there).post(address, {}, Proposal_Token=token, Idempotency_Key="no")
    assert (done.status_code, done.json()["state"]) == (200, "declined")
    again = api_of(there).post(address, {}, Proposal_Token=token, Idempotency_Key="no")
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert api_of(there).post(address, {}, Idempotency_Key="no").status_code == 404
