"""Preferred buyers: dues really charged, once a period; refused ones tried again; recognised at once."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.models import BuyerPlan, Dues, PreferredBuyer
from chat.queries.members import standing_of
from chat.queries.shoppers import Shopper
from chat.queries.standing import is_member
from chat.services import dues as dues_service
from chat.services.conversations import start_conversation
from chat.services.dues import collect_dues, renew_memberships
from chat.services.members import (
    AlreadyMember,
    cancel_membership,
    change_account,
    end_of_period,
    join_plan,
    resume_membership,
    save_plan,
)
from chat.services.routing import offer_waiting
from core.errors import NotFound
from orders.services.daily_check import check_union
from payments.models import Earning, LedgerAccount, PaymentRequest, ProviderCall, Refund
from tests.chat.answering import NOW, manager_of
from tests.chat.shopping import browser
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory
from tests.factories.payments import PaymentAccountFactory
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


def plan_of(union, store=None, **fields):
    values = {"name": "Harbour friends", "terms": "Be kind.", "amount": 900, "period": "month"} | fields
    return save_plan(union=union, store=store, plan=None, now=timezone.now(), **values)


def joined(plan, token="bank:approves", *, now=None, collect=True):
    account = PaymentAccountFactory(token=token)
    now = now or timezone.now()
    buyer = join_plan(plan=plan, customer=account.user, account=account, language="en", now=now)
    if collect:
        collect_dues(dues_id=buyer.dues.get().pk, now=now)
    buyer.refresh_from_db()
    return buyer


def balance(union, kind):
    return sum(LedgerAccount.objects.filter(union=union, kind=kind).values_list("balance", flat=True))


def nothing_wrong(union, now=None):
    report = check_union(union=union, now=(now or timezone.now()) + timedelta(hours=1))
    return list(report.differences)


def test_dues_of_the_union_are_its_income():
    union = UnionFactory()
    buyer = joined(plan_of(union))
    assert (buyer.state, buyer.periods, Dues.objects.get().state) == ("active", 1, "paid")
    assert (balance(union, "provider_clearing"), balance(union, "dues_income"), balance(union, "orders_held")) == (
        900, -900, 0,
    )  # fmt: skip
    assert is_member(Shopper(union=union, visitor="", user=buyer.customer))
    assert nothing_wrong(union) == []


def test_dues_of_a_store_are_earned_like_its_orders():
    union = UnionFactory(commission_bp=500, commission_tax_bp=2000)
    store = StoreFactory(union=union)
    buyer = joined(plan_of(union, store))
    earning = Earning.objects.get()
    assert (earning.membership_id, earning.gross, earning.commission, earning.commission_tax, earning.net) == (
        store.membership_id, 900, 45, 9, 846,
    )  # fmt: skip
    assert (balance(union, "orders_held"), balance(union, "enterprise_payable")) == (0, -846)
    other = StoreFactory(union=union)
    shopper, now = Shopper(union=union, visitor="", user=buyer.customer), timezone.now()
    here, there = (standing_of(union, buyer.customer, place, now=now) for place in (store, other))
    assert ([each.pk for each in here], there, is_member(shopper)) == ([buyer.pk], [], True)
    assert nothing_wrong(union) == []


def test_renewal_charges_each_period_once():
    union = UnionFactory(time_zone="Asia/Taipei")
    start = timezone.now()
    buyer = joined(plan_of(union), now=start)
    assert renew_memberships(now=start + timedelta(days=1))["opened"] == 0
    due = buyer.paid_until + timedelta(minutes=1)
    assert renew_memberships(now=due) == {"ended": 0, "opened": 1, "collected": 1, "let_go": 0}
    assert renew_memberships(now=due) == {"ended": 0, "opened": 0, "collected": 0, "let_go": 0}
    buyer.refresh_from_db()
    assert (buyer.periods, Dues.objects.filter(state="paid").count(), balance(union, "dues_income")) == (2, 2, -1800)
    assert [each.period_start for each in Dues.objects.order_by("pk")][1] == Dues.objects.order_by("pk")[0].period_end
    assert nothing_wrong(union, due) == []


def test_period_of_the_31st_does_not_slide():
    zone = ZoneInfo("Europe/London")
    joined_at = datetime(2026, 1, 31, 12, tzinfo=zone)
    ends = [end_of_period(joined_at=joined_at, period="month", number=n, zone=zone).date() for n in (1, 2, 3)]
    assert [(day.month, day.day) for day in ends] == [(2, 28), (3, 31), (4, 30)]
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    year = end_of_period(joined_at=leap, period=BuyerPlan.Period.YEAR, number=1, zone=ZoneInfo("UTC"))
    assert (year.year, year.month, year.day) == (2029, 2, 28)


def test_refused_first_payment_makes_no_member():
    union = UnionFactory()
    buyer = joined(plan_of(union), "bank:declines-funds")
    assert (buyer.state, buyer.paid_until, Dues.objects.get().state) == ("ended", None, "dropped")
    assert not is_member(Shopper(union=union, visitor="", user=buyer.customer))
    assert (balance(union, "dues_income"), nothing_wrong(union)) == (0, [])


def test_refused_renewal_is_tried_again_then_ends():
    union = UnionFactory()
    buyer = joined(plan_of(union))
    type(buyer.account).objects.update(token="bank:declines-funds")
    now = buyer.paid_until + timedelta(minutes=1)
    states = []
    for days in (0, 1, 3, 5):
        now += timedelta(days=days, minutes=1)
        renew_memberships(now=now)
        buyer.refresh_from_db()
        states.append(buyer.state)
    assert states == ["grace", "grace", "grace", "ended"]
    assert PaymentRequest.objects.filter(reference__startswith="dues:", state="failed").count() == 4
    assert (Dues.objects.order_by("pk").last().state, balance(union, "dues_income")) == ("dropped", -900)
    assert nothing_wrong(union, now) == []


def test_another_account_mends_a_refused_renewal():
    union = UnionFactory()
    buyer = joined(plan_of(union))
    type(buyer.account).objects.update(token="bank:declines-funds")
    now = buyer.paid_until + timedelta(minutes=1)
    renew_memberships(now=now)
    better = PaymentAccountFactory(user=buyer.customer, token="bank:approves", label="Other …1002")
    change_account(buyer=buyer, account=better, now=now)
    renew_memberships(now=now + timedelta(minutes=1))
    buyer.refresh_from_db()
    assert (buyer.state, buyer.periods) == ("active", 2)
    with pytest.raises(NotFound):
        change_account(buyer=buyer, account=PaymentAccountFactory(), now=now)


def test_cancelling_ends_with_the_period():
    union = UnionFactory()
    buyer = joined(plan_of(union))
    cancelled = cancel_membership(buyer=buyer, now=timezone.now())
    assert (cancelled.state, is_member(Shopper(union=union, visitor="", user=buyer.customer))) == ("active", True)
    resume_membership(buyer=buyer, now=timezone.now())
    cancel_membership(buyer=buyer, now=timezone.now())
    now = buyer.paid_until + timedelta(minutes=1)
    assert renew_memberships(now=now)["ended"] == 1
    buyer.refresh_from_db()
    assert (buyer.state, Dues.objects.count()) == ("ended", 1)


def test_joining_twice_is_refused():
    plan = plan_of(UnionFactory())
    buyer = joined(plan)
    with pytest.raises(AlreadyMember):
        join_plan(plan=plan, customer=buyer.customer, account=buyer.account, language="en", now=timezone.now())
    assert (PreferredBuyer.objects.count(), Dues.objects.count()) == (1, 1)


def test_who_is_a_member_is_not_asked_to_join_again():
    union = UnionFactory()
    plan, other = plan_of(union), plan_of(union, name="Patrons")
    buyer = joined(plan)
    ended = joined(other)
    PreferredBuyer.objects.filter(pk=ended.pk).update(state="ended")
    to_join = [reverse("talk:join", args=[union.slug, each.ref]) for each in (plan, other)]
    for user, wanted in ((buyer.customer, [False, True]), (ended.customer, [True, True]), (None, [True, True])):
        shown = browser(None, user=user).get(reverse("talk:plans", args=[union.slug])).content.decode()
        assert [f'href="{address}"' in shown for address in to_join] == wanted
        assert (reverse("talk:membership", args=[buyer.ref]) in shown) is (user == buyer.customer)


def test_process_that_died_between_steps_is_taken_up():
    """Killed after the bank was asked: the row says nothing, the next sweep finds the same request and finishes it."""
    union = UnionFactory()
    buyer = joined(plan_of(union), collect=False)
    dues = buyer.dues.get()
    from chat.services.dues import _ask
    from payments.services.requests import authorize

    found = _ask(dues.pk, now=timezone.now())
    authorize(payment_request=found[1], now=timezone.now())
    later = timezone.now() + timedelta(minutes=5)
    assert renew_memberships(now=later)["collected"] == 1
    assert renew_memberships(now=later)["collected"] == 0
    assert (PaymentRequest.objects.count(), ProviderCall.objects.filter(operation="capture").count()) == (1, 1)
    assert balance(union, "dues_income") == -900


def rejoins(buyer, now):
    """Cancelled and joined again: what a second tab does while the bank is slow."""
    cancel_membership(buyer=buyer, now=now)
    return join_plan(plan=buyer.plan, customer=buyer.customer, account=buyer.account, language="en", now=now)


@pytest.mark.parametrize("moment", ["authorize", "capture_split"])
def test_cancelled_and_joined_again_while_the_bank_is_asked_pays_once(monkeypatch, moment):
    union, now = UnionFactory(), timezone.now()
    first, second = joined(plan_of(union), collect=False), []
    real = getattr(dues_service, moment)

    def slow(**given):
        answer = real(**given)
        if not second:
            second.append(rejoins(first, now))
        return answer

    monkeypatch.setattr(dues_service, moment, slow)
    assert collect_dues(dues_id=first.dues.get().pk, now=now) is False
    assert collect_dues(dues_id=second[0].dues.get().pk, now=now) is True
    renew_memberships(now=now + timedelta(minutes=5))
    states = list(PreferredBuyer.objects.order_by("pk").values_list("state", "periods"))
    assert states == [("ended", 0), ("active", 1)]
    assert [balance(union, kind) for kind in ("provider_clearing", "dues_income")] == [900, -900]
    assert Refund.objects.filter(state="done").count() == (1 if moment == "capture_split" else 0)
    assert nothing_wrong(union) == []


@pytest.mark.parametrize("again", [False, True])
def test_process_that_died_with_the_money_of_a_cancelled_member_is_taken_up(monkeypatch, again):
    union, now = UnionFactory(), timezone.now()
    buyer = joined(plan_of(union), collect=False)
    monkeypatch.setattr(dues_service, "_settle", lambda dues, now: False)
    collect_dues(dues_id=buyer.dues.get().pk, now=now)
    monkeypatch.undo()
    rejoins(buyer, now) if again else cancel_membership(buyer=buyer, now=now)
    for minutes in (5, 10):
        renew_memberships(now=now + timedelta(minutes=minutes))
    buyer.refresh_from_db()
    assert (buyer.state, buyer.periods) == (("ended", 0) if again else ("active", 1))
    assert (balance(union, "dues_income"), Refund.objects.count()) == (-900, int(again))
    assert nothing_wrong(union) == []


def test_bank_that_asks_its_customer_is_told_of():
    union = UnionFactory()
    buyer = joined(plan_of(union), "bank:asks-confirmation")
    dues = Dues.objects.get()
    assert (buyer.state, dues.state, dues.failure_code) == ("joining", "open", "confirm")


def test_member_is_served_first_by_the_best():
    store = StoreFactory()
    lucky, best, other = (manager_of(store, capacity=1).user for _ in range(3))
    for manager, rating in ((lucky, 5), (best, 5), (best, 5), (best, 4), (other, 3)):
        ConversationFactory(store=store, visitor="old", manager=manager, rating=rating, state="ended")
    buyer = joined(plan_of(store.union, store))
    member = Shopper(union=store.union, visitor="m", user=buyer.customer)
    guest = start_conversation(shopper=Shopper(union=store.union, visitor="g"), store=store, now=NOW)
    mine = start_conversation(shopper=member, store=store, now=NOW)
    assert (guest.priority, mine.priority) == (0, 2)
    assert offer_waiting(union=store.union, store=store, now=NOW) == 2
    mine.refresh_from_db()
    guest.refresh_from_db()
    # Rated three times well is better than once very well; to who is new, turns are fair.
    assert (mine.offered_to_id, guest.offered_to_id) == (best.pk, lucky.pk)
    assert [each.plan.name for each in standing_of(store.union, buyer.customer, store, now=timezone.now())] == [
        "Harbour friends"
    ]


@pytest.mark.django_db(transaction=True)
def test_many_workers_charge_a_period_once():
    union = UnionFactory()
    buyer = joined(plan_of(union))
    now, start = buyer.paid_until + timedelta(minutes=1), Barrier(6)

    def work():
        try:
            start.wait()
            with scopes_disabled():
                renew_memberships(now=now)
                for key in Dues.objects.filter(state="open").values_list("pk", flat=True):
                    collect_dues(dues_id=key, now=now)
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    renew_memberships(now=now + timedelta(minutes=5))
    buyer.refresh_from_db()
    assert (buyer.periods, Dues.objects.filter(state="paid").count(), balance(union, "dues_income")) == (2, 2, -1800)
    assert nothing_wrong(union, now) == []


def test_the_window_recognises_a_member_at_the_places_of_the_plan_alone():
    store = StoreFactory(union=UnionFactory(slug="harbour"), slug="clay")
    other = StoreFactory(union=store.union, slug="tea")
    member = joined(plan_of(store.union, store, name="Friends of clay")).customer
    words = "with “Friends of clay” you are served first"
    address = "/u/harbour/conversations/window/"
    assert words in browser(user=member).get(address, {"store": "clay"}).content.decode()
    for who, place in ((browser(user=member), other.slug), (browser(user=UserFactory()), "clay"), (browser(), "clay")):
        assert words not in who.get(address, {"store": place}).content.decode()
