"""Rules that answer offers: nobody learns or undercuts their floor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.errors import (
    BeyondRights,
)
from orders.services.proposals import (
    counter_price,
)
from orders.services.proposals.answering import answer_to
from tests.factories.orders import NOW, market
from tests.orders.deals import offered, rule_of
from tests.orders.test_proposals import level

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("offer", "state", "price", "by"),
    [(330, "accepted", 330, "customer"), (300, "countered", 340, "store"), (199, "declined", 199, "customer")],
)
def test_a_rule_answers_at_once(offer, state, price, by):
    there = market()
    rule_of(there.bread, accept_from=330, counter_with=340, floor=200)
    proposal = offered(there, offer)
    assert (proposal.state, proposal.price, proposal.proposed_by) == (state, price, by)
    assert level(there.bread) == (10, 1 if state == "accepted" else 0)


def test_a_rule_leaves_it_to_a_person_after_its_rounds():
    there = market()
    rule_of(there.bread, counter_with=340, floor=200, most_rounds=2)
    proposal = offered(there, 250)
    counter_price(proposal=proposal, price=260, side="customer", actor=None, now=NOW)
    third = counter_price(proposal=proposal, price=270, side="customer", actor=None, now=NOW)
    assert (third.state, third.proposed_by, third.price, third.rounds) == ("countered", "customer", 270, 2)
    assert offered(there, 100).state == "offered"


def test_a_rule_that_cannot_keep_its_word_leaves_it_to_a_person():
    there = market(stock=1)
    rule_of(there.bread, accept_from=300)
    assert offered(there, 300).state == "accepted"
    assert offered(there, 300).state == "offered"
    assert level(there.bread) == (1, 1)


def test_below_the_floor_only_who_sets_prices_agrees():
    from tests.factories.stores import StoreStaffFactory

    there = market()
    rule_of(there.bread, floor=300)
    talker = StoreStaffFactory(store=there.first, permissions=["console"]).user
    pricer = StoreStaffFactory(store=there.first, permissions=["console", "catalogue"]).user
    proposal = offered(there, 320)
    with pytest.raises(BeyondRights):
        counter_price(proposal=proposal, price=299, side="store", actor=talker, now=NOW)
    assert counter_price(proposal=proposal, price=299, side="store", actor=pricer, now=NOW).price == 299


RULES = st.integers(1, 500)


class _Rule:
    def __init__(self, accept_from, counter_with, floor, most_rounds):
        self.accept_from, self.counter_with = accept_from, counter_with
        self.floor, self.most_rounds = floor, most_rounds


@given(
    floor=st.none() | RULES,
    above=st.tuples(st.none() | st.integers(0, 300), st.none() | st.integers(0, 300)),
    offers=st.lists(RULES, min_size=1, max_size=8),
    list_price=st.none() | st.integers(1, 1000),
    most_rounds=st.integers(0, 5),
)
def test_no_rule_ever_undercuts_or_tells_its_floor(floor, above, offers, list_price, most_rounds):
    accept_from, counter_with = (None if more is None else (floor or 1) + more for more in above)
    rule = _Rule(accept_from, counter_with, floor, most_rounds)
    standing, rounds = None, 0
    for offer in offers:
        answer = answer_to(offer=offer, rule=rule, rounds=rounds, standing=standing, list_price=list_price)
        if answer is None:
            continue
        rounds += 1
        assert rounds <= most_rounds
        if answer.move == "accept":
            assert offer >= (floor or 0)
            break
        if answer.move == "decline":
            assert floor is not None and offer < floor
            break
        assert answer.price is not None and answer.price > offer
        assert answer.price >= (floor or 0)
        assert answer.price in (counter_with, list_price, standing)
        assert standing is None or answer.price <= standing
        standing = answer.price
