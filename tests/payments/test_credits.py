"""Credit of a member: used by settlements against commission and debts, once per period, never paid out by itself."""

from datetime import timedelta

import pytest

from payments.models import Earning, LedgerAccount, Payout
from payments.queries.credits import credit_of
from payments.services.compare_books import compare_books
from payments.services.ledger import Entry, Posting
from payments.services.settlement import make_payouts
from payments.services.transfers import transfer_all
from tests.factories.payments import NOW, PayoutAccountFactory
from tests.factories.unions import MembershipFactory, UnionFactory
from tests.payments.test_races import at_once
from tests.payments.test_settlement import NEXT_WEEK, earned

pytestmark = pytest.mark.django_db
Kind = LedgerAccount.Kind
WEEK = timedelta(days=7)


@pytest.fixture
def member():
    return PayoutAccountFactory(membership__union=UnionFactory()).membership


def credited(member, amount, reference="I-1"):
    entries = [
        Entry(Kind.INCENTIVE_FUND, amount, member.union.currency),
        Entry(Kind.ENTERPRISE_CREDIT, -amount, member.union.currency, member.pk),
    ]
    transfer_all(union=member.union, postings=[Posting("incentive credited", reference, entries)], now=NOW)


def taken(member, amount, reference="V-1"):
    """What the member has to pay, as setting aside for a program does."""
    entries = [
        Entry(Kind.ENTERPRISE_PAYABLE, amount, member.union.currency, member.pk),
        Entry(Kind.PROGRAM_FUND, -amount, member.union.currency),
    ]
    transfer_all(union=member.union, postings=[Posting("program", reference, entries)], now=NOW)


def paid_out(member):
    return list(Payout.objects.filter(membership=member).order_by("id").values_list("amount", flat=True))


def test_a_credit_pays_the_commission_of_the_period_and_no_more(member):
    # 5 % of 20.00 and a fifth of that as tax: 1.20.
    earned(member, 2000)
    credited(member, 500)
    assert not Earning.objects.filter(kind="transfer").exists()
    run = make_payouts(union=member.union, now=NEXT_WEEK)
    assert (paid_out(member), credit_of(member)) == ([2000], 380)
    used = Earning.objects.get(kind="transfer")
    assert (used.net, used.payout, used.posted_as, used.about) == (
        120,
        run.made[0],
        "credit used",
        "2026-03-02 – 2026-03-08",
    )
    assert make_payouts(union=member.union, now=NEXT_WEEK + WEEK).made == []
    assert credit_of(member) == 380
    assert compare_books(union=member.union).differences == []


def test_a_debt_is_set_off_and_what_is_left_of_it_carried_over(member):
    taken(member, 700)
    credited(member, 500)
    run = make_payouts(union=member.union, now=NEXT_WEEK)
    assert (run.carried, run.made, credit_of(member)) == ([member.pk], [], 0)
    # Once per period, however often it runs; what comes later waits for the next.
    credited(member, 90, "I-2")
    make_payouts(union=member.union, now=NEXT_WEEK)
    assert credit_of(member) == 90
    earned(member, 1000, now=NEXT_WEEK)
    # Of 10.00 remain 9.40; 2.00 are still missing, the commission of 0.60 was set off in the first week already.
    make_payouts(union=member.union, now=NEXT_WEEK + WEEK)
    assert (paid_out(member), credit_of(member)) == ([940 - 200], 90)
    assert compare_books(union=member.union).differences == []


def test_who_cannot_be_paid_yet_keeps_the_credit_and_has_only_a_debt_set_off():
    member = MembershipFactory()
    earned(member, 2000)
    credited(member, 500)
    run = make_payouts(union=member.union, now=NEXT_WEEK)
    assert (run.without_account, credit_of(member)) == ([member.pk], 500)
    taken(member, 2000)
    run = make_payouts(union=member.union, now=NEXT_WEEK)
    assert (run.without_account, run.carried, credit_of(member)) == ([], [member.pk], 500 - 120)
    assert compare_books(union=member.union).differences == []


def test_who_has_left_is_paid_what_is_left_of_it(member):
    credited(member, 500)
    assert make_payouts(union=member.union, now=NEXT_WEEK).made == []
    type(member).objects.filter(pk=member.pk).update(state="left")
    make_payouts(union=member.union, now=NEXT_WEEK)
    make_payouts(union=member.union, now=NEXT_WEEK)
    assert (paid_out(member), credit_of(member)) == ([500], 0)
    assert compare_books(union=member.union).differences == []


@pytest.mark.django_db(transaction=True)
def test_eight_settlements_at_once_use_it_once(member):
    earned(member, 2000)
    credited(member, 500)
    at_once([lambda: make_payouts(union=member.union, now=NEXT_WEEK)] * 8)
    assert (paid_out(member), credit_of(member)) == ([2000], 380)
    assert compare_books(union=member.union).differences == []
