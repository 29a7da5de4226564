"""The daily comparison finds nothing where all is well, and says in words what is not."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import BankTransfer, LedgerAccount, PaymentRequest, PaymentSplit, Payout
from payments.providers.bank import Bank
from payments.services.arrivals import book_arrivals
from payments.services.compare_books import compare_books
from payments.services.reports import keep_report
from payments.services.requests import cancel_request, refund_split, void_split
from payments.services.settlement import earn, make_payouts, send_payout
from tests.factories.payments import (
    NOW,
    PayoutAccountFactory,
    asked_payment,
    authorized_payment,
    captured_payment,
    split_want,
)
from tests.factories.unions import UnionFactory, UnionStaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def union():
    return UnionFactory()


def busy_week(union, tokens=("bank:approves", "bank:payout-returns")):
    """Payments in every state, refunds before and after, payouts paid and under way."""
    for token in tokens:
        member = PayoutAccountFactory(membership__union=union, token=token).membership
        parts = [split_want(member, amount) for amount in (1999, 333, 5000)]
        captured_payment(union, *parts)
        refund_split(
            union=union, reference=parts[1].reference, amount=33, refund_reference=f"early-{token}", reason="", now=NOW
        )
        for part in parts[:2]:
            earn(union=union, reference=part.reference, now=NOW)
        refund_split(
            union=union, reference=parts[0].reference, amount=500, refund_reference=f"late-{token}", reason="", now=NOW
        )
        held = [split_want(member, 700), split_want(member, 800)]
        authorized_payment(union, *held)
        void_split(union=union, reference=held[0].reference, now=NOW)
        asked_payment(union, split_want(member, 90))
        authorized_payment(union, split_want(member, 91), token="bank:declines-funds")
        waiting = authorized_payment(union, split_want(member, 92), token="bank:answers-late")
        cancel_request(payment_request=waiting, now=NOW)
        authorized_payment(union, split_want(member, 93), token="bank:asks-confirmation")
    later = NOW + timedelta(days=7)
    book_arrivals(union=union, now=later)
    for payout in make_payouts(union=union, now=later).made:
        send_payout(payout=payout, now=later)


def codes(union):
    return [found["code"] for found in compare_books(union=union).differences]


def test_check_finds_nothing_after_a_busy_week(union):
    busy_week(union)
    findings = compare_books(union=union)
    assert findings.differences == []
    assert findings.counted["payment requests"] == 12
    assert findings.counted["payouts"] == 2
    payout = Payout.objects.get(state="processing")
    Bank().decide(f"payout:{payout.pk}:1")
    assert codes(union) == []


def test_check_takes_the_same_queries_however_much_there_is(union):
    busy_week(union, tokens=["bank:approves"])
    with CaptureQueriesContext(connection) as one:
        compare_books(union=union)
    busy_week(union, tokens=["bank:answers-twice", "bank:payout-returns"])
    with CaptureQueriesContext(connection) as three:
        compare_books(union=union)
    assert (len(one), len(three)) == (20, 20)


def test_check_reports_a_provider_that_stays_silent(union):
    member = PayoutAccountFactory(membership__union=union, token="bank:never-answers").membership
    part = split_want(member, 1999)
    captured_payment(union, part)
    earn(union=union, reference=part.reference, now=NOW)
    later = NOW + timedelta(days=7)
    [payout] = make_payouts(union=union, now=later).made
    send_payout(payout=payout, now=later)
    assert compare_books(union=union, now=later).differences == []
    [found] = compare_books(union=union, now=later + timedelta(days=1, seconds=1)).differences
    assert found["text"] == f"Provider bank has not answered since 2026-03-11: pay out {payout.number}."


def _change_balance(union):
    LedgerAccount.objects.filter(union=union, kind="orders_held").update(balance=-1)


def _lose_a_request_state(union):
    PaymentRequest.objects.filter(union=union, state="captured").update(state="created")


def _refund_behind_our_back(union):
    PaymentSplit.objects.filter(union=union, captured=5000).update(refunded=1)


def _raise_a_payout(union):
    Payout.objects.filter(union=union).update(amount=1)


def _unpay_a_payout(union):
    Payout.objects.filter(union=union).update(state="failed")


def _bank_forgets(union):
    BankTransfer.objects.filter(operation="capture", amount=333).delete()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (_change_balance, ["balance_not_proved", "ledger_balance"]),
        (_lose_a_request_state, ["request_parts"]),
        (_refund_behind_our_back, ["split", "provider_refund"]),
        (_raise_a_payout, ["payout_amount", "ledger_balance", "provider_payout"]),
        (_unpay_a_payout, ["payout_state", "ledger_balance", "provider_payout"]),
        (_bank_forgets, ["provider_capture", "provider_held"]),
    ],
)
def test_check_names_what_differs(union, damage, found):
    busy_week(union, tokens=["bank:approves"])
    damage(union)
    assert codes(union) == found


def test_report_is_kept_and_mailed_to_the_office(union):
    admin = UnionStaffFactory(union=union)
    UnionStaffFactory()
    busy_week(union, tokens=["bank:approves"])
    assert keep_report(union=union, findings=compare_books(union=union), now=NOW).differences == []
    assert mail.outbox == []
    _raise_a_payout(union)
    report = keep_report(union=union, findings=compare_books(union=union), now=NOW)
    assert len(report.differences) == 3
    [message] = mail.outbox
    assert message.to == [admin.user.email]
    assert message.subject == f"{union.name}: the books differ in 3 places"
    assert f"Payout {Payout.objects.get().number} is £0.01, its earnings add up to" in message.body
