"""Prices on pages: the shopper's, the account's and the store's, with what each may do there."""

import pytest

from orders.models import CartLine, PriceProposal, ProposalRule
from tests.chat.shopping import browser
from tests.factories.accounts import UserFactory
from tests.factories.orders import market
from tests.factories.stores import StoreStaffFactory
from tests.orders.deals import rule_of

pytestmark = pytest.mark.django_db


def test_a_price_is_named_answered_and_bought_on_pages():
    there = market()
    rule_of(there.bread, floor=211)
    guest = browser(None)
    product = f"{there.first.slug}/{there.bread.product.slug}/"
    address = f"/u/{there.union.slug}/proposals/at/{product}"
    assert address in guest.get(f"/u/{there.union.slug}/{product}").content.decode()
    assert "2.11" not in guest.get(address).content.decode()
    sent = {"variant": there.bread.pk, "quantity": 2, "price": "3.00", "email": "ada@example.com"}
    made = guest.post(address, sent)
    own = made.headers["Location"]
    assert "£3.00" in guest.get(own).content.decode()
    staff = StoreStaffFactory(store=there.first, permissions=["orders", "catalogue"]).user
    store = browser(None, user=staff)
    home = f"/manage/{there.union.slug}/{there.first.slug}/proposals/"
    number = PriceProposal.objects.get().number
    assert number in store.get(home).content.decode()
    assert "£3.00" in store.get(f"{home}{number}/").content.decode()
    store.post(f"{home}{number}/accept/", {"expected": "300"})
    assert PriceProposal.objects.get().state == "accepted"
    assert guest.post(f"{own}order/").headers["Location"] == f"/u/{there.union.slug}/cart/"
    assert CartLine.objects.get().quantity == 2
    assert "Agreed with the store, instead of £3.50 each" in guest.get(f"/u/{there.union.slug}/cart/").content.decode()


def test_rules_are_made_changed_and_removed_by_who_edits_goods():
    there = market()
    home = f"/manage/{there.union.slug}/{there.first.slug}/proposals/rules/"
    talker = StoreStaffFactory(store=there.first, permissions=["console", "orders"]).user
    assert browser(None, user=talker).get(home).status_code == 403
    store = browser(None, user=StoreStaffFactory(store=there.first, permissions=["catalogue"]).user)
    sent = {"most_rounds": 3, "answer_minutes": 60, "hold_minutes": 60, "is_active": "on"}
    made = store.post(home, {**sent, "product": there.bread.product_id, "floor": "2.00", "accept_from": "1.00"})
    assert (made.status_code, ProposalRule.objects.count()) == (200, 0)
    store.post(home, {**sent, "product": there.bread.product_id, "floor": "2.00", "accept_from": "3.00"})
    rule = ProposalRule.objects.get()
    assert (rule.floor, rule.accept_from, rule.hold_minutes) == (200, 300, 60)
    assert "£3.00" in store.get(f"{home}{rule.key}/").content.decode()
    store.post(f"{home}{rule.key}/", {**sent, "floor": "2.50"})
    rule.refresh_from_db()
    assert (rule.floor, rule.accept_from) == (250, None)
    store.post(f"{home}{rule.key}/remove/")
    assert ProposalRule.objects.count() == 0


def test_the_account_lists_its_own_prices():
    there, ada = market(), UserFactory()
    rule_of(there.bread)
    own = browser(None, user=ada)
    address = f"/u/{there.union.slug}/proposals/at/{there.first.slug}/{there.bread.product.slug}/"
    own.post(address, {"variant": there.bread.pk, "quantity": 1, "price": "3.00"})
    proposal = PriceProposal.objects.get()
    assert proposal.number in own.get("/account/proposals/").content.decode()
    assert proposal.number not in browser(None, user=UserFactory()).get("/account/proposals/").content.decode()
    page = f"/u/{there.union.slug}/proposals/{proposal.token}/"
    assert browser(None).get(page).status_code == 404
    assert own.get(page).status_code == 200
