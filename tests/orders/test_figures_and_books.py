"""Whatever is called off, comes back or is exchanged: figures, settlement and order page say the same to a penny."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.test import Client, TestCase
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from core.models import OutboxEvent
from core.money import format_money, rate_of
from core.outbox import deliver_waiting
from orders.models import Bill, CreditNote, Order, OrderLine, ProductDay, Return, StoreDay, TouchedDay
from orders.queries.figures_check import days_that_differ
from orders.queries.returns import return_with_all
from orders.services.bills import give_back_bill, pay_bill, settle_bills
from orders.services.calling_off import call_off_pieces
from orders.services.cancelling import cancel_order
from orders.services.completing import complete_delivered_orders
from orders.services.figures import count_all_touched, touch_union
from orders.services.fulfilment import deliver_order, pack_order, ship_order
from orders.services.returns import approve_return, ask_return, exchange_return, receive_return, refund_return
from orders.services.returns.exchanging import Instead, undo_forgotten_exchanges
from orders.services.returns.receiving import Received
from orders.services.substituting import Offer, agree_substitute, offer_substitute
from payments.models import Earning, PaymentSplit
from payments.services.settlement import make_payouts, send_payout
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, PaymentAccountFactory, market
from tests.factories.payments import PayoutAccountFactory
from tests.factories.stores import VariantFactory
from tests.factories.unions import owner_of
from tests.orders.selling import bought, differences, fresh, moved_to

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
LATER = NOW + timedelta(days=8)
PAYDAY = NOW + timedelta(days=30)


def place(**union):
    """The market with rolls at 2.00 and a cake at 9.00 beside the bread at 3.50; 5.55 % of sales are the union's."""
    there = market(stock=30, holding_days=7, **union)
    type(there.first.membership).objects.filter(pk=there.first.membership_id).update(commission_bp=555)
    there.rolls = VariantFactory(store=there.first, price=200, stock=30, product__title="Rolls")
    there.cake = VariantFactory(store=there.first, price=900, stock=30, product__title="Cake")
    PayoutAccountFactory(membership=there.first.membership)
    return there


def done(job, **kwargs):
    """The service with what it does after its commit."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        return job(actor=None, now=NOW, **kwargs)


def moved_on(order, *states):
    """The accepted order after these steps."""
    steps = {"packed": pack_order, "shipped": ship_order, "delivered": deliver_order}
    for state in states:
        more = {"carrier": "Royal Mail"} if state == "shipped" else {}
        steps[state](order=fresh(order), actor=None, now=NOW, **more)


def line_of(order):
    return order.lines.order_by("pk").first().pk


def came(order, pieces=1):
    returned = done(ask_return, order=fresh(order), pieces={line_of(order): pieces}, reason="Stale", by_store=True)
    if returned.state == "requested":
        done(approve_return, returned=returned, answer="")
    done(receive_return, returned=returned, pieces={returned.lines.get().pk: Received(restock=pieces)})
    return return_with_all(returned.pk)


def told(there):
    """Events reach their handlers and touched days are counted anew."""
    while deliver_waiting(now=NOW + timedelta(days=60)):
        pass
    assert not OutboxEvent.objects.filter(delivered_at=None).exists()
    count_all_touched(union=there.union)
    assert not TouchedDay.objects.filter(union=there.union).exists()


def kept(there):
    """What figures say of the bakery: sold, given back, commission; and by title of the good: pieces, back, net."""
    told(there)
    day = StoreDay.objects.get(store=there.first)
    goods = ProductDay.objects.filter(store=there.first).order_by("product__title")
    assert days_that_differ(there.union, before=LATER + timedelta(days=60))[1] == []
    return (day.gross, day.taken_back, day.commission), {
        title: (pieces, back, net)
        for title, pieces, back, net in goods.values_list("product__title", "pieces", "back", "net")
    }


def earned(order):
    """What settlement says: gross and commission of all earnings of the order."""
    rows = Earning.objects.filter(split__reference=order.number).values_list("gross", "commission")
    return sum(gross for gross, _commission in rows), sum(commission for _gross, commission in rows)


def pages(there, order):
    """The words of the store's page of the order and of its figures."""
    browser = Client()
    browser.force_login(owner_of(there.first.membership.enterprise))
    manage = f"/manage/{there.union.slug}/{there.first.slug}"
    times = f"?time=own&first={DAY}&last={DAY}"
    asked = [browser.get(f"{manage}/orders/{order.number}/"), browser.get(f"{manage}/figures/{times}")]
    assert [page.status_code for page in asked] == [200, 200]
    return [page.content.decode() for page in asked]


def test_every_way_of_giving_back_is_in_the_figures_to_the_penny():
    there = place()
    order, _lamp = bought(there, pieces=6)
    assert kept(there) == ((2500, 0, 139), {"Bread": (6, 0, 2100)})
    # Before the money is collected, and after.
    done(call_off_pieces, order=order, pieces={line_of(order): 1}, reason="Too many")
    assert kept(there) == ((2500, 350, 119), {"Bread": (5, 1, 1750)})
    moved_to(order, "accepted")
    done(call_off_pieces, order=fresh(order), pieces={line_of(order): 1}, reason="Burnt", by_store=True)
    assert kept(there) == ((2500, 700, 100), {"Bread": (4, 2, 1400)})
    order = fresh(order)
    with TestCase.captureOnCommitCallbacks(execute=True):
        moved_on(order, "packed", "shipped", "delivered")
    # A piece that has come is back at once, its money only once it is decided on: less, and some of the delivery.
    returned = came(order)
    assert kept(there) == ((2500, 700, 100), {"Bread": (3, 3, 1400)})
    done(refund_return, returned=returned, amount=200, delivery=100, reason="A bite is missing")
    assert kept(there) == ((2500, 1000, 83), {"Bread": (3, 3, 1200)})
    # Rolls for a loaf: what they cost is kept, and they cost nothing more.
    done(exchange_return, returned=came(order), instead=Instead(there.rolls, 1))
    assert kept(there) == ((2500, 1150, 75), {"Bread": (2, 4, 1050), "Rolls": (1, 0, 0)})
    complete_delivered_orders(now=LATER)
    assert (earned(order), fresh(order).kept_total) == ((1350, 75), 1350)
    # After the payout: a negative earning of the next one.
    [payout] = make_payouts(union=there.union, now=PAYDAY).made
    send_payout(payout=payout, now=PAYDAY)
    done(refund_return, returned=came(order), delivery=300)
    assert kept(there) == ((2500, 1800, 39), {"Bread": (1, 5, 700), "Rolls": (1, 0, 0)})
    assert (earned(order), fresh(order).kept_total) == ((700, 39), 700)
    assert Earning.objects.filter(split__reference=order.number, kind="refund").get().gross == -650
    day = StoreDay.objects.get(store=there.first)
    assert (day.orders, day.exchanges, day.pieces, day.pieces_back) == (2, 1, 7, 5)
    of_order, of_figures = pages(there, order)
    assert format_money(700, "GBP") in of_order
    assert format_money(700, "GBP") in of_figures
    assert format_money(1800, "GBP") in of_figures
    assert [found for found in differences(there.union, now=LATER) if found["code"] == "figures"] == []


def arrived(there, pieces=3):
    return moved_to(bought(there, pieces=pieces)[0], "delivered")


def test_dearer_exchange_counts_once_its_bill_is_paid_and_no_more_once_that_is_given_back():
    there = place()
    order = arrived(there)
    done(exchange_return, returned=came(order), instead=Instead(there.cake, 1))
    assert kept(there) == ((1450, 0, 80), {"Bread": (2, 1, 1050), "Cake": (1, 0, 0)})
    bill = Bill.objects.select_related("union", "store__membership", "payment__account", "payment__union").get()
    with TestCase.captureOnCommitCallbacks(execute=True):
        pay_bill(bill=bill, account=PaymentAccountFactory(user=UserFactory()), now=NOW)
    assert kept(there) == ((2000, 0, 111), {"Bread": (2, 1, 1050), "Cake": (1, 0, 550)})
    complete_delivered_orders(now=LATER)
    settle_bills(now=LATER)
    rows = Earning.objects.filter(membership=there.first.membership).values_list("gross", "commission")
    assert [sum(part) for part in zip(*rows, strict=True)] == [2000, 111]
    with TestCase.captureOnCommitCallbacks(execute=True):
        give_back_bill(bill=bill, reason="Sorry", now=LATER)
    assert kept(there) == ((2000, 550, 80), {"Bread": (2, 1, 1050), "Cake": (1, 0, 0)})


def test_exchange_that_is_cancelled_leaves_nothing_of_the_good_that_came_back():
    there = place()
    order = arrived(there)
    done(exchange_return, returned=came(order, 2), instead=Instead(there.rolls, 1))
    assert kept(there) == ((1450, 500, 53), {"Bread": (1, 2, 550), "Rolls": (1, 0, 0)})
    sent = Order.objects.select_related("union", "store", "purchase").get(replaces__isnull=False)
    done(cancel_order, order=sent, reason="None left", by_store=True)
    with TestCase.captureOnCommitCallbacks(execute=True):
        undo_forgotten_exchanges(now=NOW)
    assert kept(there) == ((1450, 700, 42), {"Bread": (1, 2, 350)})
    day = StoreDay.objects.get(store=there.first)
    assert (day.orders, day.exchanges, day.cancelled) == (1, 0, 1)


def test_substitute_is_sold_at_its_own_price():
    there = place()
    order = moved_to(bought(there)[0], "accepted")
    offered = done(
        offer_substitute, order=order, offer=Offer(line_of(order), 2, there.rolls), until=NOW + timedelta(days=1)
    )
    done(agree_substitute, substitution=offered)
    assert kept(there) == ((1450, 300, 64), {"Bread": (1, 2, 350), "Rolls": (2, 0, 400)})


def test_order_that_is_cancelled_after_pieces_were_called_off_is_none():
    there = place()
    order = bought(there)[0]
    done(call_off_pieces, order=order, pieces={line_of(order): 1}, reason="")
    done(cancel_order, order=fresh(order), reason="")
    assert kept(there) == ((0, 0, 0), {})
    assert StoreDay.objects.values_list("cancelled", flat=True).get(store=there.first) == 1


def test_check_goes_by_the_books_and_not_by_what_the_order_remembers():
    there = place()
    order = arrived(there)
    done(refund_return, returned=came(order))
    kept(there)
    # Figures that follow an order which has forgotten what it gave back are found by its credit notes and refunds.
    Order.objects.filter(pk=order.pk).update(given_back=0)
    touch_union(union=there.union)
    count_all_touched(union=there.union)
    differing = days_that_differ(there.union, before=LATER)[1]
    assert [(each.store_id, each.of) for each in differing] == [(there.first.pk, "sales"), (there.first.pk, "goods")]


# A whole life of an order is slow to try; what fails is short enough to read.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
STEPS = st.tuples(
    st.sampled_from(
        [
            "call off",
            "step",
            "step",
            "come",
            "come",
            "refund",
            "less",
            "swap",
            "dearer",
            "pay",
            "undo",
            "cancel",
            "earn",
        ]
    ),
    st.integers(1, 3),
    st.integers(0, 400),
)


def attempt(there, order, step, pieces, amount):
    """One service; what it refuses has changed nothing."""
    order = fresh(order)
    waiting = Return.objects.filter(order=order, state="received").first()
    if step == "call off":
        done(call_off_pieces, order=order, pieces={line_of(order): pieces}, reason="", by_store=True)
    elif step == "step":
        follows = {"paid": "accepted", "accepted": "packed", "packed": "shipped", "shipped": "delivered"}
        if following := follows.get(order.state):
            with TestCase.captureOnCommitCallbacks(execute=True):
                if following == "accepted":
                    moved_to(order, "accepted")
                else:
                    moved_on(order, following)
    elif step == "come":
        came(order, pieces)
    elif step == "cancel":
        sent = Order.objects.filter(replaces__order=order, state="paid").first()
        done(cancel_order, order=fresh(sent) if sent else order, reason="", by_store=True)
    elif step == "undo":
        with TestCase.captureOnCommitCallbacks(execute=True):
            undo_forgotten_exchanges(now=NOW)
    elif step == "earn":
        complete_delivered_orders(now=LATER)
        settle_bills(now=LATER)
    elif step == "pay":
        asked = Bill.objects.select_related("union", "store__membership", "payment__account", "payment__union")
        for bill in asked.filter(union=there.union, payment__state="created"):
            with TestCase.captureOnCommitCallbacks(execute=True):
                pay_bill(bill=bill, account=PaymentAccountFactory(user=UserFactory()), now=NOW)
    elif waiting is not None:
        returned = return_with_all(waiting.pk)
        if step == "refund":
            done(refund_return, returned=returned, delivery=amount)
        elif step == "less":
            done(refund_return, returned=returned, amount=amount, reason="Worn")
        else:
            wanted = there.rolls if step == "swap" else there.cake
            done(exchange_return, returned=returned, instead=Instead(wanted, pieces))


@settings(max_examples=8, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=4, max_size=14), pieces=st.integers(1, 5))
def test_whatever_happens_to_an_order_figures_are_its_books(db, steps, pieces):
    there = place()
    order = bought(there, pieces=pieces)[0]
    for step in steps:
        with suppress(DomainError):
            attempt(there, order, *step)
    (gross, taken_back, commission), goods = kept(there)
    order = fresh(order)
    sold, back, due, net = 0, 0, 0, 0
    if order.state != "cancelled":
        given_back = sum(CreditNote.objects.filter(order=order).values_list("total", flat=True))
        delivery = sum(CreditNote.objects.filter(order=order).values_list("delivery", flat=True))
        assert order.given_back == given_back
        sold, back, due = order.total, given_back, rate_of(order.total - given_back, order.commission_bp)
        net = order.total - given_back - (order.delivery_total - delivery)
    for sent in Order.objects.filter(replaces__order=order).exclude(state="cancelled"):
        for part in PaymentSplit.objects.filter(request__bill__exchange__replacement=sent):
            left = part.captured - part.refunded
            sold, back, net = sold + part.captured, back + part.refunded, net + left
            due += rate_of(left, part.commission_bp)
    assert (gross, taken_back, commission) == (sold, back, due)
    assert gross >= taken_back
    assert sum(row[2] for row in goods.values()) == net
    assert all(row[2] >= 0 for row in goods.values())
    lines = OrderLine.objects.filter(order__store=there.first).exclude(order__state="cancelled")
    assert sum(row[0] for row in goods.values()) == sum(line.kept for line in lines)
