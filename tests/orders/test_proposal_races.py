"""Real threads: of those who want the same agreed price, exactly one gets it, and nobody gets two things."""

from collections import Counter
from datetime import timedelta

import pytest

from core.references import new_secret
from orders.models import CartLine, Order, OrderDraft, PriceProposal, ProposalStep, Purchase
from orders.queries.cart_review import review_cart
from orders.services.drafts import DraftLine, compose_draft, draft_of_proposal, withdraw_draft
from orders.services.proposals import accept_price, counter_price, decline_price, expire_price_proposals
from orders.services.proposals.buying import put_proposal_in_cart
from orders.services.purchase import place_drafted_purchase, place_purchase
from stores.models import StockHold, StockLevel
from tests.factories.orders import NOW, market
from tests.orders.deals import ADA, agreed, agreed_cart, fresh_draft, offered, ready, rule_of
from tests.orders.test_races import at_once, fresh

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=25)


def read(proposal: PriceProposal) -> PriceProposal:
    return PriceProposal.objects.select_related("union", "store__union").get(pk=proposal.pk)


def level(variant) -> tuple[int, int]:
    there = StockLevel.objects.get(variant=variant)
    return there.on_hand, there.held


def test_accepted_from_six_tabs_it_is_accepted_once():
    there = market()
    proposal = offered(there, quantity=2)
    said = at_once(*[lambda: accept_price(proposal=read(proposal), side="store", actor=None, now=NOW)] * 6)
    assert said == ["done"] * 6
    assert ProposalStep.objects.filter(to_state="accepted").count() == 1
    assert level(there.bread) == (10, 2)


def test_two_shoppers_agree_about_the_last_piece_and_one_gets_it():
    there = market(stock=1)
    both = [offered(there), offered(there)]
    jobs = [lambda one=one: accept_price(proposal=read(one), side="store", actor=None, now=NOW) for one in both]
    assert Counter(at_once(*jobs)) == {"done": 1, "out_of_stock": 1}
    assert Counter(PriceProposal.objects.values_list("state", flat=True)) == {"accepted": 1, "offered": 1}
    assert (level(there.bread), StockHold.objects.count()) == ((1, 1), 1)


def test_accepting_at_the_moment_it_lapses_is_one_or_the_other():
    there = market()
    for _round in range(3):
        proposal = offered(there)
        said = at_once(
            lambda one=proposal: accept_price(proposal=read(one), side="store", actor=None, now=NOW),
            lambda: expire_price_proposals(now=NOW + timedelta(hours=24)),
        )
        proposal.refresh_from_db()
        held = StockHold.objects.filter(owner=f"proposal:{proposal.pk}").count()
        accepted = ProposalStep.objects.filter(proposal=proposal, to_state="accepted").count()
        assert (proposal.state == "accepted") == bool(held)
        assert (said[0] == "done") == (accepted == 1)
    assert level(there.bread)[1] == StockHold.objects.count()


def test_ordered_from_two_carts_and_a_card_it_is_one_order():
    there = market()
    proposal = agreed(there, 300, quantity=2)
    one, first = agreed_cart(there, proposal)
    other, second = agreed_cart(there, proposal)
    draft = draft_of_proposal(proposal=read(proposal), actor=None, now=NOW)
    third = ready(fresh_draft(draft).cart, there)
    said = at_once(
        lambda: place_purchase(cart=fresh(one), digest=first, language="en", origin="website", now=NOW),
        lambda: place_purchase(cart=fresh(other), digest=second, language="en", origin="website", now=NOW),
        lambda: place_drafted_purchase(draft=fresh_draft(draft), digest=third, language="en", now=NOW),
        lambda: place_drafted_purchase(draft=fresh_draft(draft), digest=third, language="en", now=NOW),
    )
    assert Purchase.objects.count() == Order.objects.count() == 1
    assert set(said) == {"done", "review_changed"}
    assert (level(there.bread), StockHold.objects.count()) == ((8, 0), 0)
    assert ProposalStep.objects.filter(to_state="ordered").count() == 1


def test_ordering_against_lapsing_and_letting_go_is_one_or_the_other():
    there = market()
    for other in (
        lambda one: expire_price_proposals(now=LATER),
        lambda one: decline_price(proposal=read(one), side="customer", actor=None, now=NOW),
    ):
        proposal = agreed(there)
        cart, digest = agreed_cart(there, proposal)
        said = at_once(
            lambda cart=cart, digest=digest: place_purchase(
                cart=fresh(cart), digest=digest, language="en", origin="website", now=NOW
            ),
            lambda other=other, one=proposal: other(one),
        )
        proposal.refresh_from_db()
        bought = Purchase.objects.filter(cart=cart).count()
        assert (proposal.state == "ordered") == (bought == 1) == (said[0] == "done")
        assert StockHold.objects.filter(owner=f"proposal:{proposal.pk}").count() == 0
    assert level(there.bread) == (10 - Purchase.objects.count(), 0)


def test_a_rule_and_a_person_answer_at_once_and_one_of_them_counts():
    there = market()
    proposal = offered(there, 250)
    counter_price(proposal=proposal, price=340, side="store", actor=None, now=NOW)
    rule_of(there.bread, accept_from=300)
    at_once(
        lambda: counter_price(proposal=read(proposal), price=310, side="customer", actor=None, now=NOW, expected=340),
        lambda: accept_price(proposal=read(proposal), side="customer", actor=None, now=NOW, expected=340),
    )
    proposal.refresh_from_db()
    assert (proposal.state, proposal.price in (310, 340)) == ("accepted", True)
    assert ProposalStep.objects.filter(to_state="accepted").count() == 1
    assert level(there.bread) == (10, 1)


def test_put_into_the_cart_from_many_tabs_it_lies_there_once():
    there = market()
    proposal, token = agreed(there), new_secret()
    put_proposal_in_cart(proposal=proposal, user=None, token=token, now=NOW)
    said = at_once(*[lambda: put_proposal_in_cart(proposal=read(proposal), user=None, token=token, now=NOW)] * 5)
    assert (said, CartLine.objects.count()) == (["done"] * 5, 1)


def test_a_composed_order_is_bought_or_withdrawn_never_both():
    there = market()
    draft = compose_draft(
        store=there.first, lines=[DraftLine(3, there.bread, price=300)], contact=ADA, actor=None, now=NOW
    )
    digest = ready(fresh_draft(draft).cart, there)
    said = at_once(
        lambda: place_drafted_purchase(draft=fresh_draft(draft), digest=digest, language="en", now=NOW),
        lambda: withdraw_draft(draft=fresh_draft(draft), actor=None, now=NOW),
    )
    draft.refresh_from_db()
    assert Counter(said) == {"done": 1, "draft_over": 1}
    assert (draft.state == "ordered") == (Purchase.objects.count() == 1)
    assert level(there.bread) == ((7, 0) if draft.state == "ordered" else (10, 0))
    assert StockHold.objects.count() == 0
    assert OrderDraft.objects.count() == 1
    assert review_cart(cart=fresh_draft(draft).cart, now=NOW).total > 0
