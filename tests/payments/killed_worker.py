"""A program of its own for test_kill.py: does a piece of work again and again, each time killed one statement later.

Every round has a union of its own. A forked worker does the work and kills itself with SIGKILL before its Nth
statement; then this process goes on as the next worker would and looks whether anything differs. Ends with the round
that nobody killed. Prints one line of JSON: how many rounds, and what was wrong.
"""

import os
import sys
from collections.abc import Callable
from datetime import timedelta

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "martunion.settings"
django.setup()

from django.conf import settings  # noqa: E402

from core.models import OutboxEvent  # noqa: E402
from orders.models import Order, OrderChange  # noqa: E402
from orders.services.completing import complete_delivered_orders  # noqa: E402
from payments.models import Earning, LedgerAccount, PaymentSplit, Payout  # noqa: E402
from payments.services.arrivals import book_arrivals  # noqa: E402
from payments.services.compare_books import compare_books  # noqa: E402
from payments.services.requests import capture_split, refund_split  # noqa: E402
from payments.services.settlement import earn, make_payouts  # noqa: E402
from payments.services.sweeper import (  # noqa: E402
    repeat_unanswered_calls,
    retry_failed_refunds,
    send_waiting_payouts,
)
from tests.factories.orders import OrderFactory  # noqa: E402
from tests.factories.payments import (  # noqa: E402
    NOW,
    PayoutAccountFactory,
    authorized_payment,
    captured_payment,
    split_want,
)
from tests.factories.stores import StoreFactory  # noqa: E402
from tests.factories.unions import UnionFactory  # noqa: E402
from tests.killing import kill_again_and_again  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LATER = NOW + timedelta(days=7)
SWEPT = LATER + timedelta(hours=1)


def settlement() -> tuple[Callable[[], None], Callable[[], list[str]]]:
    """Two members with an earning each, settled and paid."""
    union = UnionFactory()
    for amount in (3000, 500):
        member = PayoutAccountFactory(membership__union=union).membership
        parts = [split_want(member, amount)]
        captured_payment(union, *parts)
        for part in parts:
            earn(union=union, reference=part.reference, now=NOW)

    def work() -> None:
        book_arrivals(union=union, now=LATER)
        make_payouts(union=union, now=LATER)
        send_waiting_payouts(now=LATER)

    def wrong() -> list[str]:
        work()
        repeat_unanswered_calls(now=SWEPT)
        found = [difference["text"] for difference in compare_books(union=union).differences]
        payouts = Payout.objects.filter(union=union).order_by("-amount").values_list("amount", "state", "attempt")
        if list(payouts) != [(2820, "paid", 1), (470, "paid", 1)]:
            found.append(f"payouts: {list(payouts)}")
        if Earning.objects.filter(union=union, payout=None).exists():
            found.append("earnings without a payout")
        balances = dict(LedgerAccount.objects.filter(union=union, membership=None).values_list("kind", "balance"))
        if (balances.get("bank"), balances.get("payouts_in_transit")) != (3500 - 3290, 0):
            found.append(f"balances: {balances}")
        return found

    return work, wrong


def life_of_a_part() -> tuple[Callable[[], None], Callable[[], list[str]]]:
    """One part captured, earned, and refunded twice, the second time from an account that refuses first."""
    union = UnionFactory()
    part = split_want(PayoutAccountFactory(membership__union=union).membership, 1999)
    authorized_payment(union, part, token="bank:refund-fails")
    fields = {"union": union, "reference": part.reference}

    def work() -> None:
        capture_split(**fields, now=NOW)
        refund_split(**fields, amount=500, refund_reference=f"{part.reference}-1", reason="", now=NOW)
        earn(**fields, now=NOW)
        refund_split(**fields, amount=300, refund_reference=f"{part.reference}-2", reason="", now=NOW)

    def wrong() -> list[str]:
        work()
        for round_ in range(3):
            now = SWEPT + timedelta(minutes=round_)
            repeat_unanswered_calls(now=now)
            retry_failed_refunds(now=now)
        found = [difference["text"] for difference in compare_books(union=union).differences]
        split = PaymentSplit.objects.get(union=union)
        if (split.captured, split.refunded, split.refunding) != (1999, 800, 0):
            found.append(f"part: {split.captured}, {split.refunded}, {split.refunding}")
        if sum(Earning.objects.filter(split=split).values_list("gross", flat=True)) != 1199:
            found.append("earned something else than was kept")
        return found

    return work, wrong


def completion() -> tuple[Callable[[], None], Callable[[], list[str]]]:
    """Seven delivered orders, completed two at a time."""
    union = UnionFactory(holding_days=7)
    store = StoreFactory(membership__union=union)
    orders = [OrderFactory(store=store, state="delivered", lines=False) for _ in range(7)]
    for order in orders:
        captured_payment(union, split_want(store.membership, order.total, reference=order.number))
    ours = [order.pk for order in orders]

    def work() -> None:
        complete_delivered_orders(now=LATER, at_once=2)

    def wrong() -> list[str]:
        work()
        found = [difference["text"] for difference in compare_books(union=union).differences]
        if set(Order.objects.filter(pk__in=ours).values_list("state", flat=True)) != {"completed"}:
            found.append("an order is not completed")
        earned = sorted(Earning.objects.filter(union=union).values_list("split__reference", "gross", "net"))
        if earned != sorted((order.number, 1400, 1316) for order in orders):
            found.append(f"earned: {earned}")
        steps = sorted(OrderChange.objects.filter(order__in=ours).values_list("order_id", "from_state", "to_state"))
        if steps != [(pk, "delivered", "completed") for pk in sorted(ours)]:
            found.append(f"steps: {steps}")
        told = OutboxEvent.objects.filter(
            kind="orders.order_completed", aggregate__in=[f"order:{pk}" for pk in ours]
        ).values_list("aggregate", flat=True)
        if sorted(told) != sorted(f"order:{pk}" for pk in ours):
            found.append(f"told: {sorted(told)}")
        return found

    return work, wrong


kill_again_and_again({"settlement": settlement, "part": life_of_a_part, "completion": completion}[sys.argv[1]])
