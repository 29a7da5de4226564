"""A price is named, answered, agreed and bought: every state, and every refusal with what stays as it was."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.models import OutboxEvent
from orders.errors import (
    BeyondRights,
    CartNotReady,
    NoProposals,
    NotYourTurn,
    ProposalMoved,
    ProposalOver,
    QuantityAgreed,
    ReviewChanged,
    TooManyOpen,
)
from orders.models import Cart, CartLine, Order, OrderLine, PriceProposal, ProposalStep, Purchase
from orders.queries.cart_review import review_cart
from orders.services.cart import add_to_cart, merge_carts, remove_line, set_quantity
from orders.services.proposals import (
    accept_price,
    counter_price,
    decline_price,
    expire_price_proposals,
    offer_price,
    open_proposal_moves,
)
from orders.services.proposals.answering import answer_to
from orders.services.proposals.buying import put_proposal_in_cart
from orders.services.purchase import mark_paid, pay, place_purchase
from stores.models import StockHold, StockLevel
from stores.services.stock import OutOfStock, release_lapsed_holds
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, market
from tests.orders.deals import ADA, agreed, agreed_cart, offered, ready, rule_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=25)


def steps(proposal: PriceProposal) -> list[tuple[str, str, int]]:
    found = ProposalStep.objects.filter(proposal=proposal).order_by("id")
    return list(found.values_list("side", "to_state", "price"))


def level(variant) -> tuple[int, int]:
    there = StockLevel.objects.get(variant=variant)
    return there.on_hand, there.held


def test_an_offer_waits_for_the_store_and_holds_nothing():
    there = market()
    proposal = offered(there, 300, quantity=2)
    assert (proposal.state, proposal.proposed_by, proposal.price, proposal.total, proposal.list_price) == (
        "offered",
        "customer",
        300,
        600,
        350,
    )
    assert proposal.expires_at == NOW + timedelta(hours=24)
    assert steps(proposal) == [("customer", "offered", 300)]
    assert level(there.bread) == (10, 0)
    assert open_proposal_moves(proposal=proposal, side="store", now=NOW) == ["accept", "counter", "decline"]
    assert open_proposal_moves(proposal=proposal, side="customer", now=NOW) == ["let_go"]
    event = OutboxEvent.objects.get(kind="orders.proposal_changed")
    assert event.payload == {
        "proposal_id": proposal.pk,
        "to_state": "offered",
        "step_id": ProposalStep.objects.get().pk,
    }


def test_both_sides_counter_until_one_accepts_and_the_pieces_are_held():
    there = market()
    proposal = offered(there, 250, quantity=3)
    countered = counter_price(proposal=proposal, price=320, side="store", actor=None, now=NOW, expected=250)
    assert (countered.state, countered.proposed_by, countered.price) == ("countered", "store", 320)
    counter_price(proposal=proposal, price=300, side="customer", actor=None, now=NOW)
    accepted = accept_price(proposal=proposal, side="store", actor=None, now=NOW, expected=300)
    assert (accepted.state, accepted.price, accepted.expires_at) == ("accepted", 300, NOW + timedelta(hours=24))
    assert steps(proposal) == [
        ("customer", "offered", 250),
        ("store", "countered", 320),
        ("customer", "countered", 300),
        ("store", "accepted", 300),
    ]
    assert level(there.bread) == (10, 3)
    hold = StockHold.objects.get()
    assert (hold.owner, hold.quantity, hold.expires_at) == (f"proposal:{proposal.pk}", 3, accepted.expires_at)


def test_nobody_answers_themselves():
    there = market()
    proposal = offered(there)
    for act in (
        lambda: accept_price(proposal=proposal, side="customer", actor=None, now=NOW),
        lambda: counter_price(proposal=proposal, price=200, side="customer", actor=None, now=NOW),
    ):
        with pytest.raises(NotYourTurn):
            act()
    assert steps(proposal) == [("customer", "offered", 300)]


def test_a_price_named_meanwhile_is_not_accepted_unseen():
    there = market()
    proposal = offered(there, 300)
    counter_price(proposal=proposal, price=340, side="store", actor=None, now=NOW)
    counter_price(proposal=proposal, price=280, side="customer", actor=None, now=NOW)
    with pytest.raises(ProposalMoved) as refusal:
        accept_price(proposal=proposal, side="store", actor=None, now=NOW, expected=300)
    assert refusal.value.facts == {"price": 280}
    proposal.refresh_from_db()
    assert (proposal.state, proposal.price, level(there.bread)) == ("countered", 280, (10, 0))


def test_doing_it_twice_does_it_once():
    there = market()
    proposal = offered(there)
    for _press in range(2):
        accept_price(proposal=proposal, side="store", actor=None, now=NOW, expected=300)
    assert steps(proposal) == [("customer", "offered", 300), ("store", "accepted", 300)]
    for _press in range(2):
        decline_price(proposal=proposal, side="customer", actor=None, now=NOW)
    assert steps(proposal)[-1] == ("customer", "declined", 300)
    assert (len(steps(proposal)), level(there.bread)) == (3, (10, 0))


def test_a_store_keeps_its_word_and_a_shopper_may_let_go():
    there = market()
    proposal = agreed(there)
    with pytest.raises(ProposalOver):
        decline_price(proposal=proposal, side="store", actor=None, now=NOW)
    assert level(there.bread) == (10, 1)
    assert open_proposal_moves(proposal=proposal, side="customer", now=NOW) == ["order", "let_go"]
    assert open_proposal_moves(proposal=proposal, side="store", now=NOW) == []


def test_what_nobody_answers_expires_and_so_does_what_nobody_buys():
    there = market()
    waiting, held = offered(there), agreed(there, quantity=2)
    assert expire_price_proposals(now=NOW) == []
    assert expire_price_proposals(now=LATER) == [waiting.pk, held.pk]
    assert steps(held)[-1] == ("", "expired", 300)
    assert (level(there.bread), StockHold.objects.count()) == ((10, 0), 0)
    assert expire_price_proposals(now=LATER) == []


def test_whoever_runs_into_a_lapsed_one_ends_it():
    there = market()
    proposal = offered(there)
    with pytest.raises(ProposalOver) as refusal:
        accept_price(proposal=proposal, side="store", actor=None, now=LATER)
    assert refusal.value.facts == {"state": "expired"}
    proposal.refresh_from_db()
    assert proposal.state == "expired"


def test_accepting_what_is_gone_is_refused_and_changes_nothing():
    there = market(stock=1)
    first, second = offered(there), offered(there)
    accept_price(proposal=first, side="store", actor=None, now=NOW)
    with pytest.raises(OutOfStock):
        accept_price(proposal=second, side="store", actor=None, now=NOW)
    second.refresh_from_db()
    assert (second.state, steps(second), level(there.bread)) == ("offered", [("customer", "offered", 300)], (1, 1))


def test_the_agreed_price_is_ordered_once():
    there = market()
    proposal = agreed(there, 300, quantity=2)
    cart, digest = agreed_cart(there, proposal)
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    line = OrderLine.objects.get()
    assert (line.unit_price, line.quantity, line.total, line.variant) == (300, 2, 600, there.bread)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.purchase) == ("ordered", purchase)
    assert (level(there.bread), StockHold.objects.count()) == ((8, 0), 0)
    with pytest.raises(ProposalOver):
        put_proposal_in_cart(proposal=proposal, user=None, token="other", now=NOW)
    assert place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW).pk == purchase.pk
    assert Purchase.objects.count() == 1


def test_in_two_carts_it_is_bought_in_one():
    there = market()
    proposal = agreed(there)
    one, first_digest = agreed_cart(there, proposal)
    other, second_digest = agreed_cart(there, proposal)
    assert one.pk != other.pk
    place_purchase(cart=one, digest=first_digest, language="en", origin="website", now=NOW)
    with pytest.raises(ReviewChanged) as refusal:
        place_purchase(cart=other, digest=second_digest, language="en", origin="website", now=NOW)
    assert refusal.value.facts["changes"][0] == "The agreed price of Bread is not valid any more."
    other.refresh_from_db()
    assert (other.state, Order.objects.count(), level(there.bread)) == ("open", 1, (9, 0))


def test_after_it_has_lapsed_it_is_not_bought_at_any_price():
    there = market()
    cart, digest = agreed_cart(there, agreed(there))
    with pytest.raises(ReviewChanged):
        place_purchase(cart=cart, digest=digest, language="en", origin="website", now=LATER)
    review = review_cart(cart=cart, now=LATER)
    assert [line.is_fine for line in review.lines] == [False]
    assert review.missing == ["lines"]
    assert Purchase.objects.count() == 0


def test_nobody_buys_at_a_price_agreed_with_somebody_else():
    there = market()
    ada, eve = UserFactory(), UserFactory()
    proposal = agreed(there, contact=type(ADA)(user=ada))
    cart = put_proposal_in_cart(proposal=proposal, user=ada, token="", now=NOW)
    Cart.objects.filter(pk=cart.pk).update(user=eve)
    cart.refresh_from_db()
    digest = ready(cart, there)
    assert review_cart(cart=cart, now=NOW).missing == ["lines"]
    with pytest.raises(CartNotReady):
        place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    proposal.refresh_from_db()
    assert (proposal.state, Purchase.objects.count()) == ("accepted", 0)


def test_an_unanswered_offer_in_a_cart_buys_nothing():
    there = market()
    proposal = offered(there, 1)
    with pytest.raises(ProposalOver):
        put_proposal_in_cart(proposal=proposal, user=None, token="mine", now=NOW)
    assert CartLine.objects.count() == 0
    cart, _digest = agreed_cart(there, agreed(there))
    CartLine.objects.filter(cart=cart).update(proposal=proposal, seen_price=1)
    assert review_cart(cart=cart, now=NOW).missing == ["lines"]


def test_price_and_quantity_stay_together_in_the_cart():
    there = market()
    proposal = agreed(there, 300, quantity=2)
    cart, _digest = agreed_cart(there, proposal)
    line = CartLine.objects.get()
    with pytest.raises(QuantityAgreed):
        set_quantity(cart=cart, line_id=line.pk, quantity=5, now=NOW)
    CartLine.objects.update(quantity=9)
    assert [line.quantity for line in review_cart(cart=cart, now=NOW).lines] == [2]
    add_to_cart(union=there.union, user=None, token=cart.token, variant_id=there.bread.pk, quantity=1, now=NOW)
    assert [(line.quantity, line.unit_price) for line in review_cart(cart=cart, now=NOW).lines] == [(2, 300), (1, 350)]


def test_taking_it_out_of_the_cart_gives_nothing_away():
    there = market()
    proposal = agreed(there, quantity=2)
    cart, _digest = agreed_cart(there, proposal)
    remove_line(cart=cart, line_id=CartLine.objects.get().pk, now=NOW)
    proposal.refresh_from_db()
    assert (proposal.state, level(there.bread), CartLine.objects.count()) == ("accepted", (10, 2), 0)
    assert put_proposal_in_cart(proposal=proposal, user=None, token=cart.token, now=NOW).pieces == 2


def test_it_moves_into_the_cart_of_whoever_signs_in():
    there = market()
    ada = UserFactory()
    add_to_cart(union=there.union, user=ada, token="", variant_id=there.bread.pk, quantity=1, now=NOW)
    cart, _digest = agreed_cart(there, agreed(there))
    merged = merge_carts(union=there.union, user=ada, token=cart.token, now=NOW)
    assert merged is not None
    shown = [(line.quantity, line.unit_price) for line in review_cart(cart=merged, now=NOW).lines]
    assert sorted(shown) == [(1, 300), (1, 350)]


def test_a_refused_payment_gives_the_agreed_price_back():
    there = market(stock=2)
    proposal = agreed(there, 300, quantity=2)
    cart, digest = agreed_cart(there, proposal, token="bank:declines-funds")
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    pay(purchase=purchase, now=NOW)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.purchase, level(there.bread)) == ("accepted", None, (2, 2))
    line = CartLine.objects.exclude(cart=cart).get()
    assert (line.proposal, line.quantity) == (proposal, 2)
    again = Cart.objects.select_related("union").get(pk=line.cart_id)
    retry = place_purchase(cart=again, digest=ready(again, there), language="en", origin="website", now=NOW)
    pay(purchase=retry, now=NOW)
    assert mark_paid(union=there.union, reference=retry.number, now=NOW) == []
    assert list(Order.objects.order_by("id").values_list("state", flat=True)) == ["cancelled", "paid"]
    assert level(there.bread) == (0, 0)


def test_words_become_a_line_without_goods_at_the_usual_tax():
    there = market()
    proposal = agreed(there, 5000, variant=None, words="A  wedding cake, three tiers")
    assert (proposal.title, proposal.list_price, proposal.tax_class.code) == (
        "A wedding cake, three tiers",
        None,
        "zero",
    )
    cart, digest = agreed_cart(there, proposal)
    place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    line = OrderLine.objects.get()
    assert (line.variant, line.title, line.unit_price, line.tax_bp) == (None, "A wedding cake, three tiers", 5000, 0)
    assert StockHold.objects.count() == 0


def test_outside_of_a_conversation_offers_need_a_rule_and_an_address():
    there = market()
    with pytest.raises(NoProposals):
        offered(there, conversation="")
    rule_of(there.bread)
    with pytest.raises(Invalid) as refusal:
        offered(there, conversation="", contact=type(ADA)())
    assert refusal.value.field == "email"
    assert offered(there, conversation="").state == "offered"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": 0}, "price"),
        ({"price": 351}, "price"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1000}, "quantity"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(change, field):
    there = market()
    with pytest.raises(Invalid) as refusal:
        offered(there, **{"price": 300, **change})
    assert (refusal.value.field, PriceProposal.objects.count()) == (field, 0)


def test_five_offers_wait_at_a_store_at_most():
    there = market()
    for _number in range(5):
        offered(there)
    with pytest.raises(TooManyOpen):
        offered(there)
    assert PriceProposal.objects.count() == 5


def test_the_same_request_makes_one_proposal():
    there = market()
    assert offered(there, key="x:1").pk == offered(there, key="x:1").pk
    assert PriceProposal.objects.count() == 1


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


def test_a_store_names_a_price_first_and_the_shopper_says_yes():
    there = market()
    proposal = offer_price(
        store=there.first,
        price=200,
        side="store",
        contact=ADA,
        actor=None,
        now=NOW,
        product=there.bread.product,
        conversation="CONV-1",
        lasting=timedelta(minutes=20),
    )
    assert (proposal.expires_at, proposal.variant) == (NOW + timedelta(minutes=20), there.bread)
    assert accept_price(proposal=proposal, side="customer", actor=None, now=NOW, expected=200).state == "accepted"


def test_held_pieces_stay_held_while_the_cart_lies_idle():
    there = market()
    proposal = agreed(there, quantity=4)
    agreed_cart(there, proposal)
    assert release_lapsed_holds(now=NOW + timedelta(hours=23)) == 0
    assert level(there.bread) == (10, 4)
