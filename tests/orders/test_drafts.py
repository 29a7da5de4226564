"""An order that a store composes: what it holds, what it comes to, and what becomes of it."""

from datetime import timedelta

import pytest

from core.errors import Invalid
from orders.errors import BeyondRights, DraftOver, ReviewChanged
from orders.models import Cart, Order, OrderDraft, OrderLine, PriceProposal, Purchase
from orders.queries.cart_review import review_cart
from orders.services.cart import find_cart
from orders.services.drafts import DraftLine, adopt_draft, compose_draft, expire_drafts, withdraw_draft
from orders.services.proposals import expire_price_proposals
from orders.services.purchase import pay, place_drafted_purchase
from stores.models import StockHold, StockLevel, Variant
from stores.services.stock import OutOfStock
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, market
from tests.factories.stores import StoreStaffFactory
from tests.orders.deals import ADA, fresh_draft, ready, rule_of

pytestmark = pytest.mark.django_db


def level(variant) -> tuple[int, int]:
    there = StockLevel.objects.get(variant=variant)
    return there.on_hand, there.held


def composed(there, lines=None, **kwargs) -> OrderDraft:
    wanted = {"lines": lines or [DraftLine(2, there.bread, price=300)], "contact": ADA, "actor": None, "now": NOW}
    made = compose_draft(store=there.first, conversation="CONV-1", **(wanted | kwargs))
    return fresh_draft(made)


def test_it_holds_its_pieces_and_is_nobodys_open_cart():
    there = market()
    draft = composed(there, [DraftLine(2, there.bread, price=300), DraftLine(1, words="Gift wrapping", price=150)])
    assert (level(there.bread), draft.expires_at) == ((10, 2), NOW + timedelta(hours=2))
    review = review_cart(cart=draft.cart, now=NOW)
    assert [(line.title, line.quantity, line.unit_price) for line in review.lines] == [
        ("Bread", 2, 300),
        ("Gift wrapping", 1, 150),
    ]
    assert find_cart(union=there.union, user=None, token=draft.cart.token) is None


def test_bought_it_is_an_ordinary_purchase_that_names_its_conversation():
    there = market()
    draft = composed(there, [DraftLine(1, there.bread), DraftLine(1, words="Gift wrapping", price=150)])
    digest = ready(draft.cart, there)
    purchase = place_drafted_purchase(draft=fresh_draft(draft), digest=digest, language="en", now=NOW)
    assert pay(purchase=purchase, now=NOW).state == "authorized"
    assert (purchase.origin, purchase.conversation) == ("conversation", "CONV-1")
    assert sorted(OrderLine.objects.values_list("title", "unit_price")) == [("Bread", 350), ("Gift wrapping", 150)]
    draft.refresh_from_db()
    assert (draft.state, draft.purchase_id, Order.objects.get().state) == ("ordered", purchase.pk, "paid")
    again = place_drafted_purchase(draft=fresh_draft(draft), digest=digest, language="en", now=NOW)
    assert (again.pk, Purchase.objects.count(), level(there.bread)) == (purchase.pk, 1, (9, 0))


def test_a_price_that_changed_meanwhile_is_shown_before_anything_is_bought():
    there = market()
    draft = composed(there, [DraftLine(1, there.bread)])
    digest = ready(draft.cart, there)
    Variant.objects.filter(pk=there.bread.pk).update(price=400)
    with pytest.raises(ReviewChanged) as refusal:
        place_drafted_purchase(draft=fresh_draft(draft), digest=digest, language="en", now=NOW)
    assert refusal.value.facts["changes"][0] == "Bread: now 1 at £4.00 each."
    assert (Purchase.objects.count(), level(there.bread)) == (0, (10, 1))


def test_withdrawn_or_lapsed_it_gives_its_pieces_back():
    there = market()
    for end in (
        lambda draft: withdraw_draft(draft=draft, actor=None, now=NOW),
        lambda draft: expire_drafts(now=NOW + timedelta(hours=3)),
    ):
        draft = composed(there, [DraftLine(2, there.bread, price=300), DraftLine(1, words="Wrapping", price=1)])
        digest = ready(draft.cart, there)
        end(draft)
        with pytest.raises(DraftOver):
            place_drafted_purchase(draft=fresh_draft(draft), digest=digest, language="en", now=NOW)
        assert (level(there.bread), StockHold.objects.count()) == ((10, 0), 0)
    assert list(OrderDraft.objects.order_by("id").values_list("state", flat=True)) == ["withdrawn", "expired"]
    expire_price_proposals(now=NOW + timedelta(hours=3))
    ends = PriceProposal.objects.order_by("id").values_list("state", flat=True)
    assert list(ends) == ["declined", "declined", "expired", "expired"]


def test_a_bank_that_declines_leaves_it_waiting_as_it_was():
    there = market(stock=2)
    draft = composed(there)
    digest = ready(draft.cart, there, token="bank:declines-funds")
    first = place_drafted_purchase(draft=fresh_draft(draft), digest=digest, language="en", now=NOW)
    assert pay(purchase=first, now=NOW).state == "failed"
    draft = fresh_draft(draft)
    assert (draft.state, draft.purchase_id, level(there.bread)) == ("open", None, (2, 2))
    second = place_drafted_purchase(draft=draft, digest=ready(draft.cart, there), language="en", now=NOW)
    assert pay(purchase=second, now=NOW).state == "authorized"
    assert list(Order.objects.order_by("id").values_list("state", flat=True)) == ["cancelled", "paid"]
    assert (level(there.bread), OrderLine.objects.last().unit_price) == ((0, 0), 300)


def test_prices_below_the_floor_need_who_sets_prices():
    there = market()
    rule_of(there.bread, floor=300)
    talker = StoreStaffFactory(store=there.first, permissions=["console"]).user
    with pytest.raises(BeyondRights):
        composed(there, [DraftLine(1, there.bread, price=299)], actor=talker)
    assert (OrderDraft.objects.count(), Cart.objects.count(), level(there.bread)) == (0, 0, (10, 0))


def test_what_is_not_there_is_not_composed():
    there = market(stock=1)
    with pytest.raises(OutOfStock):
        composed(there)
    with pytest.raises(Invalid):
        composed(there, [DraftLine(1, words="Gift wrapping")])
    assert (OrderDraft.objects.count(), level(there.bread)) == (0, (1, 0))


def test_whoever_signs_in_meanwhile_confirms_it_and_nobody_else():
    there, ada, eve = market(), UserFactory(), UserFactory()
    draft = composed(there)
    assert adopt_draft(draft=draft, user=ada).user == ada
    with pytest.raises(Exception, match="allowed"):
        adopt_draft(draft=fresh_draft(draft), user=eve)


def test_the_same_request_composes_one():
    there = market()
    assert composed(there, key="talk:1").pk == composed(there, key="talk:1").pk
    assert (OrderDraft.objects.count(), level(there.bread)) == (1, (10, 2))
