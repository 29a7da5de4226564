"""Orders against payments and stock: nothing to report from honest trade, words where something is off."""

from datetime import timedelta
from time import monotonic, sleep

import pytest
from django.core.management import CommandError, call_command

from orders.models import Order, Purchase
from orders.queries.cart_review import review_cart
from orders.services.daily_check import check_union
from orders.services.fulfilment import accept_order, cancel_order
from orders.services.purchase import pay, place_purchase
from orders.tasks import check_books
from payments.models import CheckReport, PaymentSplit
from payments.services.requests import capture_split
from stores.models import StockLevel
from tests.factories.orders import NOW, market, ready_cart
from tests.factories.payments import authorized_payment, split_want
from tests.factories.unions import MembershipFactory, UnionFactory

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def bought(there, *, token="bank:approves"):
    cart = ready_cart(there, token=token)
    digest = review_cart(cart=cart, now=NOW, language="en").digest
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    pay(purchase=purchase, now=NOW)
    return list(purchase.orders.order_by("id"))


def codes(there, now=LATER):
    return [found["code"] for found in check_union(union=there.union, now=now).differences]


def test_check_finds_nothing_in_honest_trade():
    there = market(stock=20)
    bread, _ = bought(there)
    accept_order(order=bread, actor=None, now=NOW)
    cancelled, _ = bought(there)
    cancel_order(order=cancelled, actor=None, reason="", now=NOW)
    bought(there, token="bank:asks-confirmation")
    assert codes(there, now=NOW) == []
    report = CheckReport.objects.get()
    assert (report.counted["purchases"], report.counted["orders"], report.counted["payment parts"]) == (3, 6, 6)


def test_check_finds_an_order_delivered_without_its_money():
    there = market()
    bread, _ = bought(there)
    Order.objects.filter(pk=bread.pk).update(state=Order.State.SHIPPED)
    assert codes(there, now=NOW) == []
    assert codes(there) == ["order_payment"]
    text = CheckReport.objects.first().differences[0]["text"]
    assert text.startswith(f"Order {bread.number} (shipped) is £11.00; its part of the payment is £11.00 (open)")


def test_check_finds_a_cancelled_order_that_keeps_money():
    there = market()
    bread, _ = bought(there)
    capture_split(union=there.union, reference=bread.number, now=NOW)
    Order.objects.filter(pk=bread.pk).update(state=Order.State.CANCELLED)
    assert codes(there) == ["order_payment"]


def test_check_finds_totals_that_do_not_agree():
    there = market()
    bought(there)
    Purchase.objects.update(total=1)
    assert codes(there) == ["purchase_total"]


def test_check_finds_a_payment_without_a_purchase():
    there = market()
    authorized_payment(there.union, split_want(MembershipFactory(union=there.union), 500), now=NOW)
    assert codes(there, now=NOW) == []
    assert codes(there) == ["payment_without_purchase"]


def test_check_finds_stock_that_its_movements_do_not_explain():
    there = market()
    StockLevel.objects.filter(variant=there.bread).update(on_hand=99)
    assert codes(there) == ["stock"]
    assert CheckReport.objects.get().differences[0]["text"].startswith(f"{there.bread.sku}: on hand 99, by its")


def test_command_ends_with_an_error_only_when_something_differs(capsys):
    there = market()
    bought(there)
    call_command("check_books", "--union", there.union.slug)
    assert f"{there.union.slug}: 0 differences" in capsys.readouterr().out
    PaymentSplit.objects.update(captured=1)
    with pytest.raises(CommandError):
        call_command("check_books")
    with pytest.raises(CommandError):
        call_command("check_books", "--union", "nowhere")


@pytest.mark.django_db(transaction=True)
def test_each_union_is_compared_by_a_task_of_its_own(celery_worker):
    unions = [market().union, UnionFactory()]
    check_books.delay()
    limit = monotonic() + 60
    while CheckReport.objects.count() < len(unions):
        assert monotonic() < limit, "the worker compared nothing"
        sleep(0.1)
    assert set(CheckReport.objects.values_list("union", flat=True)) == {union.pk for union in unions}
