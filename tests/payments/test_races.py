"""Two at once: real threads, real connections, real PostgreSQL."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from core.errors import DomainError
from payments.models import (
    BankTransfer,
    Earning,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    PaymentSplit,
    Payout,
    Refund,
)
from payments.services.compare_books import compare_books
from payments.services.ledger import Entry, post
from payments.services.requests import authorize, capture_split, refund_split, void_split
from payments.services.settlement import earn, make_payouts, send_payout
from payments.services.sweeper import send_waiting_payouts
from tests.factories.payments import (
    NOW,
    PayoutAccountFactory,
    asked_payment,
    authorized_payment,
    captured_payment,
    split_want,
)
from tests.factories.unions import MembershipFactory, UnionFactory

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(days=7)


def at_once(jobs: Iterable[Callable[[], Any]]) -> list[Any]:
    """Start all jobs in the same moment, each with a connection of its own; a refusal is an answer too."""
    jobs = list(jobs)
    start = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            with scopes_disabled():
                connection.ensure_connection()
                start.wait(timeout=30)
                return job()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.fixture
def union():
    return UnionFactory()


@pytest.fixture
def member(union):
    return PayoutAccountFactory(membership__union=union).membership


def in_order(union):
    return compare_books(union=union).differences == []


def test_authorizing_from_two_tabs_asks_the_bank_once(union, member):
    request = asked_payment(union, split_want(member, 1999))
    answers = at_once(
        lambda: authorize(payment_request=type(request).objects.get(pk=request.pk), now=NOW).state for _ in range(4)
    )
    assert answers == ["authorized"] * 4
    assert BankTransfer.objects.count() == 1
    assert in_order(union)


def test_captures_at_once_capture_once(union, member):
    part = split_want(member, 1999)
    authorized_payment(union, part)
    answers = at_once(lambda: capture_split(union=union, reference=part.reference, now=NOW).captured for _ in range(6))
    assert answers == [1999] * 6
    assert BankTransfer.objects.filter(operation="capture").count() == 1
    assert LedgerTransaction.objects.count() == 1
    assert in_order(union)


def test_siblings_captured_at_once_close_the_request(union, member):
    parts = [split_want(member, 100), split_want(MembershipFactory(union=union), 200)]
    request = authorized_payment(union, *parts)
    at_once(lambda part=part: capture_split(union=union, reference=part.reference, now=NOW) for part in parts)
    request.refresh_from_db()
    assert request.state == "captured"
    assert in_order(union)


@pytest.mark.parametrize("_round", range(4))
def test_capture_against_void_ends_in_one_of_them(union, member, _round):
    part = split_want(member, 1999)
    authorized_payment(union, part)
    at_once(
        [
            lambda: capture_split(union=union, reference=part.reference, now=NOW),
            lambda: void_split(union=union, reference=part.reference, now=NOW),
        ]
    )
    split = PaymentSplit.objects.get()
    assert (split.state, split.captured, split.voided) in [("captured", 1999, 0), ("voided", 0, 1999)]
    assert BankTransfer.objects.exclude(operation="authorize").count() == 1
    assert in_order(union)


def test_the_same_refund_at_once_is_one_refund(union, member):
    part = split_want(member, 1999)
    captured_payment(union, part)
    fields = {"union": union, "reference": part.reference, "refund_reference": "B-1", "reason": "", "now": NOW}
    answers = at_once(lambda: refund_split(amount=1500, **fields).pk for _ in range(4))
    assert len(set(answers)) == 1
    assert (Refund.objects.count(), PaymentSplit.objects.get().refunded) == (1, 1500)
    assert in_order(union)


def test_refunds_at_once_never_pass_what_was_paid(union, member):
    part = split_want(member, 1000)
    captured_payment(union, part)
    answers = at_once(
        lambda number=number: (
            refund_split(
                union=union,
                reference=part.reference,
                amount=400,
                refund_reference=f"B-{number}",
                reason="",
                now=NOW,
            ).state
        )
        for number in range(4)
    )
    assert sorted(answers) == ["done", "done", "refund_too_large", "refund_too_large"]
    assert PaymentSplit.objects.get().refunded == 800
    assert in_order(union)


@pytest.mark.parametrize("_round", range(4))
def test_refund_against_earning_is_taken_from_one_side(union, member, _round):
    part = split_want(member, 1000)
    captured_payment(union, part)
    at_once(
        [
            lambda: earn(union=union, reference=part.reference, now=NOW),
            lambda: refund_split(
                union=union, reference=part.reference, amount=400, refund_reference="B", reason="", now=NOW
            ),
        ]
    )
    assert sum(Earning.objects.values_list("gross", flat=True)) == 600
    assert in_order(union)


def test_two_settlement_workers_pay_everyone_once(union):
    members = [PayoutAccountFactory(membership__union=union).membership for _ in range(6)]
    for member in members:
        parts = [split_want(member, 1000), split_want(member, 2000)]
        captured_payment(union, *parts)
        for part in parts:
            earn(union=union, reference=part.reference, now=NOW)

    def work():
        for payout in make_payouts(union=union, now=LATER).made:
            send_payout(payout=payout, now=LATER)
        send_waiting_payouts(now=LATER)

    at_once([work, work, work])
    assert sorted(Payout.objects.values_list("membership_id", "amount", "state", "attempt")) == [
        (member.pk, 2820, "paid", 1) for member in members
    ]
    assert not Earning.objects.filter(payout=None).exists()
    assert BankTransfer.objects.filter(operation="payout").count() == 6
    assert in_order(union)


def test_postings_at_once_keep_the_balance(union):
    def work(number):
        entries = [Entry("provider_clearing", 3, "GBP"), Entry("orders_held", -3, "GBP")]
        return [
            post(union=union, kind="capture", reference=f"{number}-{turn}", entries=entries, now=NOW)
            for turn in range(20)
        ]

    at_once(lambda number=number: work(number) for number in range(6))
    assert dict(LedgerAccount.objects.values_list("kind", "balance")) == {"provider_clearing": 360, "orders_held": -360}
    assert (LedgerTransaction.objects.count(), LedgerEntry.objects.count()) == (120, 240)
