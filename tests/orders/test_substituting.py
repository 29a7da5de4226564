"""Something else for what is not to be had: set aside, agreed or not, never dearer, the difference paid back once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from core.errors import Invalid, WrongState
from orders.errors import NotCancellable, PiecesGone, SubstitutionOpen
from orders.models import OrderLine, Substitution
from orders.queries.substitutions import substitution_of, substitution_with_all
from orders.services.cancelling import cancel_order
from orders.services.fulfilment import deliver_order, pack_order, ship_order
from orders.services.mail.substitutes import send_substitution_mail
from orders.services.returns import Received, approve_return, ask_return, receive_return, refund_return
from orders.services.substituting import (
    Offer,
    agree_substitute,
    decline_substitute,
    lapse_substitutes,
    offer_substitute,
)
from stores.models import StockHold, StockLevel
from stores.services.stock import OutOfStock
from tests.factories.orders import NOW, market
from tests.factories.stores import VariantFactory
from tests.factories.unions import owner_of
from tests.orders.selling import bought, completed, differences, fresh, money, moved_to, movements, notes, on_hand

pytestmark = pytest.mark.django_db

UNTIL = NOW + timedelta(hours=24)
LATER = NOW + timedelta(days=9)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def there():
    return market(holding_days=7)


@pytest.fixture
def rolls(there):
    return VariantFactory(store=there.first, price=300, stock=10, product__title="Rolls")


@pytest.fixture
def order(there):
    """Three loaves at 3.50, accepted."""
    return moved_to(bought(there)[0], "accepted")


def bread_of(order):
    return OrderLine.objects.get(order=order, instead_of=None)


def offered(order, variant, quantity=2, *, until=UNTIL, **kwargs):
    offer = Offer(line_id=bread_of(order).pk, quantity=quantity, variant=variant, **kwargs)
    found = offer_substitute(order=order, offer=offer, until=until, actor=None, now=NOW)
    return substitution_of(order, found.pk)


def level(variant):
    return StockLevel.objects.values_list("on_hand", "held").get(variant=variant)


def state_of(found):
    return Substitution.objects.values_list("state", flat=True).get(pk=found.pk)


def test_a_yes_puts_the_other_pieces_into_the_order_and_pays_the_difference_back(there, order, rolls, commits):
    found = offered(order, rolls)
    assert level(rolls) == (10, 2)
    with commits():
        agree_substitute(substitution=found, actor=None, now=NOW)
    old, new = OrderLine.objects.filter(order=order).order_by("id")
    assert (old.quantity, old.cancelled, old.kept) == (3, 2, 1)
    assert (new.variant, new.quantity, new.unit_price, new.total, new.instead_of) == (rolls, 2, 300, 600, old)
    assert (level(rolls), level(there.bread)) == ((8, 0), (7, 0))
    assert movements(order.number) == [("sold", -2)]
    assert (money(order)[2], notes(order), state_of(found)) == (100, [("substituted", 100, 0)], "agreed")
    assert differences(there.union, now=LATER) == []
    done = moved_to_end(order)
    assert (done.state, differences(there.union, now=LATER)) == ("completed", [])


def moved_to_end(order):
    pack_order(order=order, actor=None, now=NOW)
    ship_order(order=order, actor=None, now=NOW, carrier="Royal Mail")
    deliver_order(order=order, actor=None, now=NOW)
    return completed(order, now=LATER)


def test_a_yes_before_the_money_is_collected_is_paid_back_with_the_acceptance(there, rolls, commits):
    order, _sibling = bought(there)
    with commits():
        agree_substitute(substitution=offered(order, rolls), actor=None, now=NOW)
    assert money(order) == ("open", 0, 0)
    moved_to(order, "accepted")
    assert money(order) == ("captured", 1450, 100)


def test_a_dearer_thing_costs_no_more_than_was_paid(there, order, commits):
    cake = VariantFactory(store=there.first, price=900, stock=10, product__title="Cake")
    with pytest.raises(Invalid):
        offered(order, cake, unit_price=351)
    with commits():
        agree_substitute(substitution=offered(order, cake), actor=None, now=NOW)
    assert (notes(order), money(order)[2]) == ([("substituted", 0, 0)], 0)
    assert OrderLine.objects.get(order=order, variant=cake).unit_price == 350


def test_replaced_pieces_that_are_there_go_back_into_stock(there, order, rolls, commits):
    with commits():
        agree_substitute(substitution=offered(order, rolls, restock=True), actor=None, now=NOW)
    assert on_hand(there.bread) == 9


@pytest.mark.parametrize(("otherwise", "kept", "refunded"), [("call_off", 1, 700), ("keep", 3, 0)])
def test_a_no_frees_what_was_set_aside_and_does_what_the_store_has_said(
    there, order, rolls, otherwise, kept, refunded, commits
):
    found = offered(order, rolls, otherwise=otherwise)
    with commits():
        decline_substitute(substitution=found, actor=None, now=NOW)
    assert (state_of(found), level(rolls), StockHold.objects.count()) == ("declined", (10, 0), 0)
    assert (bread_of(order).kept, money(order)[2], on_hand(there.bread)) == (kept, refunded, 7)
    with pytest.raises(WrongState):
        agree_substitute(substitution=found, actor=None, now=NOW)
    assert differences(there.union, now=LATER) == []


def test_an_offer_lapses_by_itself_and_no_yes_comes_after_its_time(there, order, rolls, commits):
    found = offered(order, rolls)
    with pytest.raises(WrongState):
        agree_substitute(substitution=found, actor=None, now=UNTIL)
    assert (lapse_substitutes(now=UNTIL - timedelta(seconds=1)), state_of(found)) == (0, "offered")
    with commits():
        assert (lapse_substitutes(now=UNTIL), lapse_substitutes(now=UNTIL)) == (1, 0)
    assert (state_of(found), bread_of(order).kept, level(rolls)) == ("lapsed", 1, (10, 0))


def test_an_offer_for_everything_that_lapses_cancels_the_order(order, rolls, commits):
    offered(order, rolls, 3)
    with commits():
        lapse_substitutes(now=UNTIL)
    assert (fresh(order).state, money(order)) == ("cancelled", ("captured", 1450, 1450))


def test_an_offer_the_store_takes_back_changes_nothing_else(there, order, rolls, commits):
    found = offered(order, rolls)
    decline_substitute(substitution=found, actor=None, now=NOW, state="withdrawn")
    assert (state_of(found), bread_of(order).kept, level(rolls)) == ("withdrawn", 3, (10, 0))
    assert offered(order, rolls, 1).state == "offered"


def test_what_cannot_be_offered(there, order, rolls):
    with pytest.raises(PiecesGone):
        offered(order, rolls, 4)
    with pytest.raises(Invalid):
        offered(order, there.lamp)
    with pytest.raises(Invalid):
        offered(order, there.bread)
    with pytest.raises(Invalid):
        offered(order, rolls, until=NOW + timedelta(days=8))
    scarce = VariantFactory(store=there.first, price=300, stock=1)
    with pytest.raises(OutOfStock):
        offered(order, scarce)
    assert (Substitution.objects.count(), level(rolls)) == (0, (10, 0))
    offered(order, rolls, 1)
    with pytest.raises(SubstitutionOpen):
        offered(order, rolls, 1)


def test_no_yes_after_the_order_was_cancelled_or_has_left(there, order, rolls, commits):
    found = offered(order, rolls)
    with commits():
        cancel_order(order=order, actor=None, reason="", now=NOW, by_store=True)
    with pytest.raises(NotCancellable):
        agree_substitute(substitution=found, actor=None, now=NOW)
    assert lapse_substitutes(now=UNTIL) == 1
    assert (level(rolls), money(order)) == ((10, 0), ("captured", 1450, 1450))


def test_what_came_instead_can_be_given_back_at_its_own_price(there, order, rolls, commits):
    with commits():
        agree_substitute(substitution=offered(order, rolls), actor=None, now=NOW)
    order = moved_to_end(order)
    line = OrderLine.objects.get(order=order, variant=rolls)
    returned = ask_return(order=order, pieces={line.pk: 2}, reason="Hard", actor=None, now=LATER)
    approve_return(returned=returned, answer="", actor=None, now=LATER)
    pieces = {returned.lines.get().pk: Received(restock=2)}
    with commits():
        receive_return(returned=returned, pieces=pieces, actor=None, now=LATER)
        refund_return(returned=returned, actor=None, now=LATER)
    assert (money(order)[2], on_hand(rolls)) == (700, 10)
    assert differences(there.union, now=LATER) == []


def test_the_shopper_is_asked_on_the_page_and_by_mail_and_the_store_hears_the_answer(there, order, rolls, commits):
    staff, shopper = Client(), Client()
    staff.force_login(owner_of(order.membership))
    order.store.email = "bakery@example.com"
    order.store.save()
    manage = f"/manage/{there.union.slug}/{there.first.slug}/orders/{order.number}/"
    assert staff.get(f"{manage}substitute/").status_code == 200
    sent = {
        "line": str(bread_of(order).pk),
        "quantity": "2",
        "sku": rolls.sku,
        "price": "2.50",
        "words": "Freshly baked",
        "hours": "24",
        "otherwise": "keep",
        "once": "1",
    }
    for _press in range(2):
        assert staff.post(f"{manage}substitute/", sent).status_code == 302
    found = Substitution.objects.get()
    assert "Rolls" in staff.get(manage).content.decode()
    track = f"/u/{there.union.slug}/track/{order.purchase.token}/"
    page = shopper.get(track).content.decode()
    assert ("Freshly baked" in page, "£2.50" in page) == (True, True)
    send_substitution_mail(substitution=substitution_with_all(found.pk))
    with commits():
        shopper.post(f"{track}{order.number}/instead/{found.pk}/agree/")
        shopper.post(f"{track}{order.number}/instead/{found.pk}/decline/")
    assert (state_of(found), money(order)[2]) == ("agreed", 200)
    send_substitution_mail(substitution=substitution_with_all(found.pk))
    asked, told = mail.outbox[-2:]
    assert (asked.to, told.to) == (["ada@example.com"], ["bakery@example.com"])
    assert ("Freshly baked" in asked.body, "says yes" in told.body) == (True, True)
    receipt = shopper.get(f"{track}receipt/").content.decode()
    assert ("£12.50" in receipt, "−£2.00" in receipt) == (True, True)


def test_the_store_takes_an_offer_back_on_its_page(there, order, rolls):
    found = offered(order, rolls)
    staff = Client()
    staff.force_login(owner_of(order.membership))
    address = f"/manage/{there.union.slug}/{there.first.slug}/orders/{order.number}/substitute/{found.pk}/withdraw/"
    assert staff.post(address).status_code == 302
    assert (state_of(found), level(rolls)) == ("withdrawn", (10, 0))


@pytest.mark.parametrize("wrong", [{"state": "agreed"}, {"decided_at": NOW}])
def test_the_database_knows_no_answer_without_its_time(order, rolls, wrong):
    found = offered(order, rolls)
    with pytest.raises(IntegrityError, match="substitution_decided_at_its_end"), transaction.atomic():
        Substitution.objects.filter(pk=found.pk).update(**wrong)
