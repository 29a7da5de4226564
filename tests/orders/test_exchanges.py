"""Something else is sent for pieces that came back: the difference goes back, or is paid before the store accepts."""

from datetime import timedelta

import pytest
from django.test import Client

from core.errors import Invalid, WrongState
from orders.errors import DifferenceNotPaid
from orders.models import Bill, CreditNote, Order, OrderLine, Purchase, Return
from orders.queries.returns import return_replaced_by, return_with_all
from orders.services.bills import pay_bill
from orders.services.calling_off import call_off_pieces
from orders.services.cancelling import cancel_order
from orders.services.fulfilment import accept_order
from orders.services.returns import approve_return, ask_return, exchange_return, receive_return
from orders.services.returns.exchanging import Instead, undo_exchange, undo_forgotten_exchanges
from orders.services.returns.receiving import Received
from stores.services.stock import OutOfStock
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, PaymentAccountFactory, market
from tests.factories.stores import VariantFactory
from tests.factories.unions import owner_of
from tests.orders.selling import bought, differences, fresh, line_of, money, moved_to, movements, notes, on_hand

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=8)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def there():
    return market()


@pytest.fixture
def rolls(there):
    return VariantFactory(store=there.first, price=200, stock=10, product__title="Rolls")


@pytest.fixture
def cake(there):
    return VariantFactory(store=there.first, price=900, stock=10, product__title="Cake")


@pytest.fixture
def returned(there):
    """Two of three loaves have come back: 7.00."""
    order = moved_to(bought(there)[0], "delivered")
    line = line_of(order)
    found = ask_return(order=order, pieces={line.pk: 2}, reason="Stale", actor=None, now=NOW, wish="exchange")
    approve_return(returned=found, answer="", actor=None, now=NOW)
    receive_return(returned=found, pieces={found.lines.get().pk: Received(restock=2)}, actor=None, now=NOW)
    return return_with_all(found.pk)


def exchange(returned, variant, quantity=1, price=None):
    return exchange_return(returned=returned, instead=Instead(variant, quantity, price), actor=None, now=NOW)


def test_the_same_again_costs_nothing_and_gives_nothing_back(there, returned, commits):
    with commits():
        exchange(returned, there.bread, 2)
    found = return_with_all(returned.pk)
    order = found.replacement
    assert (found.state, found.total, found.exchanged, found.bill) == ("refunded", 0, 700, None)
    assert (order.state, order.total, order.purchase.origin) == ("paid", 0, "exchange")
    assert (order.purchase.email, order.purchase.line1) == ("ada@example.com", "3 Lemon Street")
    line = OrderLine.objects.get(order=order)
    assert (line.variant, line.quantity, line.unit_price, line.title) == (there.bread, 2, 0, "Bread")
    assert (on_hand(there.bread), movements(order.number)) == (7, [("sold", -2)])
    assert (money(returned.order), notes(returned.order)) == (("captured", 1450, 0), [("returned", 0, 0)])
    assert moved_to(order, "delivered").state == "delivered"
    assert differences(there.union, now=LATER) == []


def test_an_exchange_that_was_read_before_the_pieces_came_counts_what_came(there, rolls, commits):
    order = moved_to(bought(there)[0], "delivered")
    found = ask_return(order=order, pieces={line_of(order).pk: 2}, reason="Stale", actor=None, now=NOW, wish="exchange")
    approve_return(returned=found, answer="", actor=None, now=NOW)
    early = return_with_all(found.pk)
    receive_return(returned=found, pieces={found.lines.get().pk: Received(restock=2)}, actor=None, now=NOW)
    with commits():
        exchange(early, rolls, 2)
    assert (money(order)[2], notes(order)) == (300, [("returned", 300, 0)])
    assert (return_with_all(found.pk).exchanged, Bill.objects.count()) == (400, 0)


def test_something_cheaper_gives_the_difference_back(there, returned, rolls, commits):
    with commits():
        exchange(returned, rolls, 2)
    assert (money(returned.order)[2], notes(returned.order)) == (300, [("returned", 300, 0)])
    assert Return.objects.get().exchanged == 400
    assert (on_hand(rolls), Bill.objects.count()) == (8, 0)
    assert differences(there.union, now=LATER) == []


def test_something_dearer_is_accepted_once_the_difference_is_paid(there, returned, cake, commits):
    with commits():
        exchange(returned, cake, 1)
    bill = Bill.objects.select_related("union", "store__membership", "payment__account", "payment__union").get()
    order = fresh(Order.objects.get(replaces=returned))
    assert (bill.payment.amount, bill.email) == (200, "ada@example.com")
    with pytest.raises(DifferenceNotPaid):
        accept_order(order=order, actor=None, now=NOW)
    assert fresh(order).state == "paid"
    pay_bill(bill=bill, account=PaymentAccountFactory(user=UserFactory()), now=NOW)
    accept_order(order=order, actor=None, now=NOW)
    assert (fresh(order).state, money(returned.order)[2]) == ("accepted", 0)
    assert differences(there.union, now=LATER) == []


def test_a_price_can_be_named(returned, cake, commits):
    with commits():
        exchange(returned, cake, 1, 700)
    assert (Bill.objects.count(), Return.objects.get().exchanged) == (0, 700)


def test_an_exchange_that_is_cancelled_gives_the_money_back_once(there, returned, rolls, commits):
    with commits():
        exchange(returned, rolls, 2)
    order = fresh(Order.objects.get(replaces=returned))
    with commits():
        cancel_order(order=order, actor=None, reason="None left", now=NOW, by_store=True)
    for undone in (1, 0):
        with commits():
            assert undo_forgotten_exchanges(now=NOW) == undone
    with commits():
        undo_exchange(returned=return_replaced_by(order.pk), now=NOW)
    assert notes(returned.order) == [("returned", 300, 0), ("goodwill", 400, 0)]
    assert (money(returned.order)[2], on_hand(rolls)) == (700, 10)
    assert differences(there.union, now=LATER) == []


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_cancelled_dearer_exchange_takes_its_bill_back_too(there, returned, cake, is_paid, commits):
    with commits():
        exchange(returned, cake, 1)
    bill = Bill.objects.select_related("union", "store__membership", "payment__account", "payment__union").get()
    if is_paid:
        pay_bill(bill=bill, account=PaymentAccountFactory(user=UserFactory()), now=NOW)
    order = fresh(Order.objects.get(replaces=returned))
    with commits():
        cancel_order(order=order, actor=None, reason="", now=NOW, by_store=True)
        undo_exchange(returned=return_replaced_by(order.pk), now=NOW)
    bill.refresh_from_db()
    [part] = bill.payment.splits.all()
    assert (part.captured == part.refunded, bill.withdrawn_at is None) == (True, is_paid)
    assert money(returned.order)[2] == 700
    assert differences(there.union, now=LATER) == []


def test_what_is_sent_in_exchange_comes_whole_or_not_at_all(returned, rolls, commits):
    with commits():
        exchange(returned, rolls, 2)
    order = fresh(Order.objects.get(replaces=returned))
    with commits():
        call_off_pieces(order=order, pieces={line_of(order).pk: 1}, actor=None, reason="", now=NOW)
    assert (fresh(order).state, on_hand(rolls)) == ("cancelled", 10)


def test_nothing_changes_when_there_is_not_enough_or_it_is_anothers(there, returned, cake):
    with pytest.raises(OutOfStock):
        exchange(returned, cake, 11)
    with pytest.raises(Invalid):
        exchange(returned, there.lamp, 1)
    assert (Return.objects.get().state, Purchase.objects.count(), CreditNote.objects.count()) == ("received", 1, 0)
    assert (on_hand(cake), on_hand(there.lamp)) == (10, 9)


def test_an_exchange_is_made_once(returned, rolls, commits):
    with commits():
        exchange(returned, rolls, 1)
    with pytest.raises(WrongState):
        exchange(returned, rolls, 1)
    assert (Purchase.objects.filter(origin="exchange").count(), on_hand(rolls)) == (1, 9)


def test_the_store_exchanges_on_the_page_of_the_return_and_the_shopper_follows_it(there, returned, rolls, commits):
    staff = Client()
    staff.force_login(owner_of(returned.order.membership))
    page = f"/manage/{there.union.slug}/{there.first.slug}/returns/{returned.number}/"
    assert "Send something else instead" in staff.get(page).content.decode()
    wrong = staff.post(f"{page}exchange/", {"instead-sku": "NONE", "instead-quantity": "1", "once": "1"})
    assert (wrong.status_code, "no goods with this number" in wrong.content.decode()) == (200, True)
    sent = {"instead-sku": rolls.sku, "instead-quantity": "2", "instead-price": "", "once": "2"}
    with commits():
        assert staff.post(f"{page}exchange/", sent).status_code == 302
    order = Order.objects.select_related("purchase").get(replaces=returned)
    assert order.number in staff.get(page).content.decode()
    track = f"/u/{there.union.slug}/track/"
    assert (
        f"{track}{order.purchase.token}/" in Client().get(f"{track}{returned.order.purchase.token}/").content.decode()
    )
    assert Client().get(f"{track}{order.purchase.token}/").status_code == 200
