"""Earnings, payouts per period, banks that return them, and refunds that come after."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import WrongState
from payments.models import Earning, LedgerAccount, LedgerEntry, LedgerTransaction, Payout, PayoutAccount, ProviderCall
from payments.periods import last_closed_period
from payments.providers.bank import Bank
from payments.services.arrivals import book_arrivals
from payments.services.payouts import NoPayoutAccount, payout_returned, retry_payout
from payments.services.requests import refund_split, take_notice
from payments.services.settlement import earn, make_payouts, send_payout
from payments.services.sweeper import repeat_unanswered_calls, send_waiting_payouts
from tests.factories.payments import (
    NOW,
    PayoutAccountFactory,
    authorized_payment,
    captured_payment,
    split_want,
)
from tests.factories.unions import MembershipFactory, UnionFactory

pytestmark = pytest.mark.django_db

NEXT_WEEK = NOW + timedelta(days=7)
"""NOW is a Wednesday: its week is over then."""


@pytest.fixture
def union():
    return UnionFactory()


@pytest.fixture
def member(union):
    return PayoutAccountFactory(membership__union=union).membership


def earned(member, amount=1999, now=NOW):
    part = split_want(member, amount)
    captured_payment(member.union, part, now=now)
    return earn(union=member.union, reference=part.reference, now=now)


def balances(union):
    return {row.kind: row.balance for row in LedgerAccount.objects.filter(union=union) if row.balance}


def entries(*kinds):
    rows = LedgerEntry.objects.filter(transaction__kind__in=kinds).order_by("id")
    return list(rows.values_list("transaction__kind", "account__kind", "amount"))


def settle(union, now=NEXT_WEEK):
    run = make_payouts(union=union, now=now)
    return [send_payout(payout=payout, now=now) for payout in run.made]


@pytest.mark.parametrize(
    ("period", "zone", "now", "start", "end", "closed_at"),
    [
        ("daily", "Asia/Taipei", "2026-03-04T15:59", "2026-03-03", "2026-03-03", "2026-03-03T16:00"),
        ("daily", "Asia/Taipei", "2026-03-04T16:00", "2026-03-04", "2026-03-04", "2026-03-04T16:00"),
        ("weekly", "Europe/London", "2026-03-08T23:59", "2026-02-23", "2026-03-01", "2026-03-02T00:00"),
        ("weekly", "Europe/London", "2026-03-09T00:00", "2026-03-02", "2026-03-08", "2026-03-09T00:00"),
        ("monthly", "Europe/London", "2026-04-30T22:59", "2026-03-01", "2026-03-31", "2026-03-31T23:00"),
        ("monthly", "Europe/London", "2026-04-30T23:00", "2026-04-01", "2026-04-30", "2026-04-30T23:00"),
    ],
)
def test_periods_end_where_the_union_is(period, zone, now, start, end, closed_at):
    union = UnionFactory.build(payout_period=period, time_zone=zone)
    found = last_closed_period(union=union, now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (found.start, found.end) == (date.fromisoformat(start), date.fromisoformat(end))
    assert found.closed_at == datetime.fromisoformat(closed_at).replace(tzinfo=UTC)


def test_earn_splits_the_gross_once(union, member):
    earning = earned(member)
    assert (earning.gross, earning.commission, earning.commission_tax, earning.net) == (1999, 100, 20, 1879)
    assert earn(union=union, reference=earning.split.reference, now=NOW) == earning
    assert entries("earned") == [
        ("earned", "orders_held", 1999),
        ("earned", "enterprise_payable", -1879),
        ("earned", "commission", -100),
        ("earned", "commission_tax", -20),
    ]


def test_earn_needs_captured_money(union, member):
    part = split_want(member, 1999)
    authorized_payment(union, part)
    with pytest.raises(WrongState):
        earn(union=union, reference=part.reference, now=NOW)
    assert not Earning.objects.exists()


def test_payout_carries_a_closed_period_to_the_bank(union, member):
    earned(member), earned(member, 1), earned(member, 5000, now=NEXT_WEEK)
    assert make_payouts(union=union, now=NOW).made == []
    [payout] = settle(union)
    assert (payout.state, payout.amount, payout.currency, payout.attempt) == ("paid", 1880, "GBP", 1)
    assert (payout.period_start, payout.period_end) == (date(2026, 3, 2), date(2026, 3, 8))
    assert (payout.sent_at, payout.paid_at) == (NEXT_WEEK, NEXT_WEEK)
    assert Earning.objects.filter(payout=payout).count() == 2
    assert entries("payout_sent", "payout_confirmed") == [
        ("payout_sent", "enterprise_payable", 1880),
        ("payout_sent", "payouts_in_transit", -1880),
        ("payout_confirmed", "payouts_in_transit", 1880),
        ("payout_confirmed", "bank", -1880),
    ]
    assert settle(union) == []
    assert send_payout(payout=payout, now=NEXT_WEEK).attempt == 1
    assert Bank().booked(merchant=f"union-{union.pk}")["payout", "GBP"] == 1880


def test_payouts_are_one_per_enterprise(union, member):
    other = PayoutAccountFactory(membership__union=union).membership
    elsewhere = PayoutAccountFactory().membership
    earned(member), earned(member), earned(other, 1000), earned(elsewhere)
    assert {(payout.membership_id, payout.amount) for payout in settle(union)} == {(member.pk, 3758), (other.pk, 940)}
    assert Earning.objects.get(membership=elsewhere).payout is None


def test_payout_without_an_account_claims_nothing(union):
    member = MembershipFactory(union=union)
    earned(member)
    run = make_payouts(union=union, now=NEXT_WEEK)
    assert (run.made, run.without_account) == ([], [member.pk])
    assert (Payout.objects.count(), Earning.objects.get().payout) == (0, None)
    PayoutAccountFactory(membership=member)
    assert [payout.amount for payout in settle(union)] == [1879]


def test_refund_after_payout_is_taken_from_the_next_once(union, member):
    earning = earned(member)
    settle(union)
    for _ in range(2):
        refund_split(
            union=union,
            reference=earning.split.reference,
            amount=1999,
            refund_reference="B-1",
            reason="",
            now=NEXT_WEEK,
        )
    taken = Earning.objects.get(kind="refund")
    assert (taken.gross, taken.commission, taken.commission_tax, taken.net) == (-1999, -100, -20, -1879)
    second = NEXT_WEEK + timedelta(days=7)
    run = make_payouts(union=union, now=second)
    assert (run.made, run.carried) == ([], [member.pk])
    earned(member, 5000, now=second)
    [payout] = settle(union, now=second + timedelta(days=7))
    assert payout.amount == 4700 - 1879
    taken.refresh_from_db()
    assert taken.payout == payout
    assert "enterprise_payable" not in balances(union)


def test_returned_payout_is_owed_again_and_repeated_as_the_same(union):
    account = PayoutAccountFactory(membership__union=union, token="bank:payout-returns")
    earned(account.membership)
    [payout] = settle(union)
    assert payout.state == "processing"
    assert balances(union)["payouts_in_transit"] == -1879
    Bank().decide(f"payout:{payout.pk}:1")
    for notice in ("a", "a", "b"):
        take_notice(provider="bank", payload={"notice": notice, "key": f"payout:{payout.pk}:1"}, now=NEXT_WEEK)
    payout.refresh_from_db()
    account.refresh_from_db()
    assert (payout.state, payout.failure_code, account.state) == ("failed", "account_closed", "revoked")
    assert balances(union)["enterprise_payable"] == -1879
    assert make_payouts(union=union, now=NEXT_WEEK + timedelta(days=7)).made == []
    with pytest.raises(NoPayoutAccount):
        retry_payout(payout=payout, now=NEXT_WEEK)
    PayoutAccountFactory(membership=account.membership)
    assert send_waiting_payouts(now=NEXT_WEEK) == 1
    again = Payout.objects.get()
    assert (again.number, again.state, again.attempt, again.amount) == (payout.number, "paid", 2, 1879)
    assert Earning.objects.get().payout == again
    assert "enterprise_payable" not in balances(union)
    take_notice(provider="bank", payload={"notice": "c", "key": f"payout:{payout.pk}:1"}, now=NEXT_WEEK)
    assert Payout.objects.get().state == "paid"


def test_payout_returned_after_it_counted_as_paid_is_owed_again(union, member):
    earned(member)
    [payout] = settle(union)
    assert payout_returned(payout=payout, code="account_closed", now=NEXT_WEEK)
    assert not payout_returned(payout=payout, code="account_closed", now=NEXT_WEEK)
    payout.refresh_from_db()
    assert (payout.state, payout.paid_at) == ("failed", None)
    assert balances(union)["enterprise_payable"] == -1879
    assert "bank" not in balances(union)


def test_silent_bank_is_asked_again_with_the_same_key(union):
    account = PayoutAccountFactory(membership__union=union, token="bank:never-answers")
    earned(account.membership)
    [payout] = settle(union)
    assert payout.state == "processing"
    assert repeat_unanswered_calls(now=NEXT_WEEK + timedelta(minutes=1)) == 1
    assert ProviderCall.objects.filter(operation="payout").count() == 1
    assert LedgerTransaction.objects.filter(kind="payout_sent").count() == 1


def test_declined_payout_fails_and_is_owed_again(union):
    account = PayoutAccountFactory(membership__union=union, token="bank:declines-stolen")
    earned(account.membership)
    [payout] = settle(union)
    assert (payout.state, payout.failure_code) == ("failed", "stolen_account")
    assert balances(union)["enterprise_payable"] == -1879
    assert not PayoutAccount.objects.filter(state="verified").exists()


@pytest.mark.parametrize(("fee_bp", "fee"), [(0, 0), (150, 22)])
def test_providers_money_arrives_once_a_day(settings, union, member, fee_bp, fee):
    settings.PROVIDER_FEE_BP = fee_bp
    earning = earned(member)
    refund_split(union=union, reference=earning.split.reference, amount=500, refund_reference="B-1", reason="", now=NOW)
    assert book_arrivals(union=union, now=NOW) == 0
    tomorrow = NOW + timedelta(days=1)
    assert book_arrivals(union=union, now=tomorrow) == (2 if fee else 1)
    assert book_arrivals(union=union, now=tomorrow + timedelta(hours=2)) == 0
    found = balances(union)
    assert (found["bank"], found.get("fees", 0)) == (1499 - fee, fee)
    assert "provider_clearing" not in found
    captured_payment(union, split_want(member, 10), now=tomorrow)
    book_arrivals(union=union, now=tomorrow + timedelta(days=1))
    assert balances(union)["bank"] == 1509 - fee
