"""A program of its own for test_races.py: issues the vouchers of some orders, each time killed one statement later."""

import os
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "martunion.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Sum  # noqa: E402

from ascc.models import Voucher, VoucherStep  # noqa: E402
from ascc.services.daily_check import compare_vouchers  # noqa: E402
from ascc.services.issuing import issue_missing  # noqa: E402
from core.models import OutboxEvent  # noqa: E402
from payments.models import LedgerAccount  # noqa: E402
from payments.services.compare_books import compare_books  # noqa: E402
from payments.services.findings import Findings  # noqa: E402
from tests.factories.ascc import program, sold  # noqa: E402
from tests.factories.orders import NOW  # noqa: E402
from tests.factories.stores import StoreFactory  # noqa: E402
from tests.killing import kill_again_and_again  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
rounds = count()


def issuing() -> tuple[Callable[[], None], Callable[[], list[str]]]:
    """Two delivered orders of three pieces each, two programs, one order in a transaction.

    Each round sells a second after the one before and catches up from there: with the orders of all earlier rounds to
    go through, a run would get longer by more statements than the one that its kill comes later.
    """
    sold_at = NOW + timedelta(seconds=next(rounds))
    store = StoreFactory()
    union = store.union
    program(union)
    program(union, store=store, title="Own plan", fee=1000, visits=1, rewards=[])
    orders = [sold(store, placed_at=sold_at) for _ in range(2)]
    for order in orders:
        order.lines.update(quantity=3, total=3000)

    def work() -> None:
        issue_missing(since=sold_at, now=NOW, at_once=1)

    def wrong() -> list[str]:
        work()
        found = [difference["text"] for difference in compare_books(union=union).differences]
        findings = Findings()
        compare_vouchers(union=union, findings=findings, now=NOW)
        found += [difference["text"] for difference in findings.differences]
        vouchers = Voucher.objects.filter(union=union)
        pieces = sorted(vouchers.values_list("order_line__order", "program", "piece"))
        if len(pieces) != 12 or len(set(pieces)) != 12:
            found.append(f"vouchers: {pieces}")
        if VoucherStep.objects.filter(union=union).count() != 12:
            found.append("timelines")
        told = OutboxEvent.objects.filter(
            kind="ascc.vouchers_issued", aggregate__in=[f"order:{order.pk}" for order in orders]
        )
        if told.count() != 2:
            found.append(f"told: {told.count()}")
        funds = LedgerAccount.objects.filter(union=union, kind="program_fund").aggregate(sum=Sum("balance"))["sum"]
        if funds != -6 * (2 * 4500 + 1000):
            found.append(f"funds: {funds}")
        return found

    return work, wrong


kill_again_and_again(issuing)
