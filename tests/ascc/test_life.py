"""From a fresh voucher to a rewarded provider, step by step, with the books as witness."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from ascc.errors import VoucherLapsed, VoucherOver
from ascc.models import Assessment, IncentiveVoucher, Redemption, ServiceProvider, Voucher, VoucherStep
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work, expire_incentives, give_incentive, redeem_incentive
from ascc.services.ending import cancel_vouchers_of_order, close_silent, lapse_vouchers
from ascc.services.moving import By, Side
from ascc.services.redeeming import NotHeld, TooLateToUndo, redeem_voucher, undo_redemption
from ascc.services.transmitting import (
    ProviderNotHere,
    accept_transmission,
    decline_transmission,
    give_back,
    lapse_unanswered,
    send_voucher,
    take_back,
)
from ascc.services.working import (
    Part,
    agree_visit,
    break_off,
    confirm_silent,
    confirm_work,
    report_work,
    set_out,
    start_work,
)
from core.errors import Invalid, WrongState
from payments.models import Earning, LedgerAccount
from payments.services.compare_books import compare_books
from tests.factories.accounts import UserFactory
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.orders import NOW
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import owner_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FIVES = {"quality": 5, "punctuality": 5, "courtesy": 5, "price": 5}


@pytest.fixture
def here():
    shop, owner = StoreFactory(), UserFactory()
    held = a_voucher(shop, owner=owner)
    worker = a_provider(shop.union)
    return SimpleNamespace(
        shop=shop,
        union=shop.union,
        owner=owner,
        voucher=held,
        provider=worker,
        customer=By(Side.CUSTOMER, owner.pk, "192.0.2.7"),
        worker=By(Side.PROVIDER, None, "192.0.2.8"),
    )


def state(here):
    here.voucher.refresh_from_db()
    return here.voucher.state


def taken_on(here):
    activate_voucher(voucher=here.voucher, by=here.customer, now=NOW)
    sent = send_voucher(voucher=here.voucher, provider=here.provider, by=here.customer, now=NOW)
    accept_transmission(transmission=sent, by=here.worker, now=NOW + HOUR)
    here.voucher.refresh_from_db()
    return here.voucher


def reported(here):
    visit = agree_visit(voucher=taken_on(here), provider=here.provider, by=here.worker, now=NOW)
    set_out(visit=visit, by=here.worker, now=NOW)
    start_work(visit=visit, by=here.worker, now=NOW)
    return report_work(visit=visit, by=here.worker, now=NOW, report="New belt.", parts=[Part("belt", 1, 900)])


def balances(union):
    rows = LedgerAccount.objects.filter(union=union).exclude(balance=0)
    return {(row.kind, row.membership_id): row.balance for row in rows}


def test_a_whole_life_from_issue_to_a_redeemed_reward(here):
    redemption = confirm_work(visit=reported(here), by=here.customer, now=NOW + 2 * HOUR)
    assert (state(here), here.voucher.used, redemption.amount, redemption.number) == ("performed", 1, 4000, 1)
    assessment = assess_work(redemption=redemption, by=here.customer, now=NOW + 3 * HOUR, aspects=FIVES, words="Fine")
    assert (assessment.score, state(here), here.voucher.visits_left) == (500, "active", 1)
    incentive = assessment.incentive
    assert (incentive.value, incentive.customer, incentive.provider) == (500, here.owner, here.provider)
    give_incentive(incentive=incentive, by=here.customer, now=NOW + 3 * HOUR)
    redeem_incentive(incentive=incentive, now=NOW + 4 * HOUR)
    assert incentive.state == "redeemed"

    payer, worker = here.shop.membership_id, here.provider.store.membership_id
    assert balances(here.union) == {
        ("enterprise_payable", payer): 9000,
        ("program_fund", None): -(9000 - 4000 - 500),
        ("enterprise_payable", worker): -4500,
    }
    earned = Earning.objects.filter(union=here.union, membership=worker).order_by("net")
    assert list(earned.values_list("kind", "net")) == [("transfer", 500), ("transfer", 4000)]
    assert compare_books(union=here.union).differences == []
    record = ServiceProvider.objects.get(pk=here.provider.pk)
    assert (record.done, record.score, record.answers, record.answer_seconds, record.earned) == (1, 5.0, 1, 3600, 500)
    assert (record.timed, record.on_time, record.on_time_percent) == (0, 0, None)
    told = list(VoucherStep.objects.filter(voucher=here.voucher).values_list("what", "side", "address"))
    assert told == [
        ("issued", "system", None),
        ("activated", "customer", "192.0.2.7"),
        ("sent", "customer", "192.0.2.7"),
        ("accepted", "provider", "192.0.2.8"),
        ("appointed", "provider", "192.0.2.8"),
        ("on_the_way", "provider", "192.0.2.8"),
        ("started", "provider", "192.0.2.8"),
        ("reported", "provider", "192.0.2.8"),
        ("redeemed", "customer", "192.0.2.7"),
        ("assessed", "customer", "192.0.2.7"),
        ("activated", "system", None),
        ("rewarded", "customer", "192.0.2.7"),
    ]


def test_the_last_visit_closes_the_voucher_and_frees_what_was_not_needed(here):
    Voucher.objects.filter(pk=here.voucher.pk).update(used=1, spent=4000)
    redemption = confirm_work(visit=reported(here), by=here.customer, now=NOW)
    assess_work(redemption=redemption, by=here.customer, now=NOW, aspects={**FIVES, "quality": 1})
    assert state(here) == "closed"
    assert IncentiveVoucher.objects.get().value == 200
    # 9000 set aside, of which 4000 were spent before without a posting, 4000 now, 200 rewarded: 800 are left.
    assert balances(here.union)[("program_income", None)] == -800
    with pytest.raises(VoucherOver):
        redeem_voucher(voucher=here.voucher, provider=here.provider, by=here.worker, now=NOW)
    with pytest.raises(WrongState):
        assess_work(redemption=redemption, by=here.customer, now=NOW, aspects=FIVES)


def test_low_satisfaction_is_worth_nothing(here):
    redemption = confirm_work(visit=reported(here), by=here.customer, now=NOW)
    assess_work(redemption=redemption, by=here.customer, now=NOW, aspects=dict.fromkeys(FIVES, 3))
    assert not IncentiveVoucher.objects.exists()
    assert ("incentive_fund", None) not in balances(here.union)


@pytest.mark.parametrize("aspects", [{}, {**FIVES, "quality": 6}, {**FIVES, "quality": 0}, {**FIVES, "looks": 5}])
def test_wrong_marks_are_refused_and_nothing_changes(here, aspects):
    redemption = confirm_work(visit=reported(here), by=here.customer, now=NOW)
    with pytest.raises(Invalid):
        assess_work(redemption=redemption, by=here.customer, now=NOW, aspects=aspects)
    assert state(here) == "performed"


def test_a_program_that_asks_for_a_serial_number_and_photo_gets_both_or_refuses():
    held = a_voucher(StoreFactory(), owner=UserFactory(), needs_serial=True, needs_photo=True, activate_days=10)
    for given, field in (({}, "serial"), ({"serial": "A1"}, "photo"), ({"serial": "x" * 81, "photo": "p"}, "serial")):
        with pytest.raises(Invalid) as refusal:
            activate_voucher(voucher=held, by=By(), now=NOW, **given)
        assert refusal.value.field == field
    with pytest.raises(VoucherLapsed):
        activate_voucher(voucher=held, by=By(), now=NOW + timedelta(days=10), serial="A1", photo="p")
    active = activate_voucher(voucher=held, by=By(), now=NOW + timedelta(days=9), serial=" A1 ", photo="p")
    assert (active.state, active.serial, active.photo) == ("active", "A1", "p")
    with pytest.raises(WrongState):
        activate_voucher(voucher=held, by=By(), now=NOW, serial="A2", photo="p")


def test_a_provider_declines_or_the_customer_takes_it_back_and_another_is_chosen(here):
    activate_voucher(voucher=here.voucher, by=here.customer, now=NOW)
    here.voucher.refresh_from_db()
    first = send_voucher(voucher=here.voucher, provider=here.provider, by=here.customer, now=NOW)
    with pytest.raises(WrongState):
        send_voucher(voucher=here.voucher, provider=here.provider, by=here.customer, now=NOW)
    decline_transmission(transmission=first, by=here.worker, now=NOW, reason="Too far.")
    assert (state(here), here.voucher.provider, first.reason) == ("active", None, "Too far.")
    second = send_voucher(voucher=here.voucher, provider=a_provider(here.union), by=here.customer, now=NOW)
    take_back(transmission=second, by=here.customer, now=NOW)
    assert state(here) == "active"
    for answer in (accept_transmission, decline_transmission, take_back):
        with pytest.raises(WrongState):
            answer(transmission=second, by=here.worker, now=NOW)
    third = send_voucher(voucher=here.voucher, provider=here.provider, by=here.customer, now=NOW)
    assert lapse_unanswered(now=NOW + timedelta(hours=47)) == 0
    assert lapse_unanswered(now=NOW + timedelta(hours=48)) == 1
    third.refresh_from_db()
    assert (third.state, state(here)) == ("lapsed", "active")


def test_only_an_approved_provider_of_the_same_union_is_sent_a_voucher(here):
    activate_voucher(voucher=here.voucher, by=here.customer, now=NOW)
    for other in (a_provider(StoreFactory().union), a_provider(here.union, state="suspended")):
        with pytest.raises(ProviderNotHere):
            send_voucher(voucher=here.voucher, provider=other, by=here.customer, now=NOW)
    assert state(here) == "active"


def test_what_is_not_accepted_yet_cannot_be_redeemed_nor_by_somebody_else(here):
    with pytest.raises(NotHeld):
        redeem_voucher(voucher=here.voucher, provider=here.provider, by=here.worker, now=NOW)
    taken_on(here)
    with pytest.raises(NotHeld):
        redeem_voucher(voucher=here.voucher, provider=a_provider(here.union), by=here.worker, now=NOW)
    with pytest.raises(VoucherLapsed):
        redeem_voucher(voucher=here.voucher, provider=here.provider, by=here.worker, now=here.voucher.expires_at)
    assert not Redemption.objects.exists()
    assert state(here) == "accepted"


def test_a_till_undoes_its_redemption_within_a_minute_and_not_later(here):
    held = taken_on(here)
    books = balances(here.union)
    first = redeem_voucher(voucher=held, provider=here.provider, by=here.worker, now=NOW)
    undo_redemption(redemption=first, by=here.worker, now=NOW + timedelta(seconds=59))
    undo_redemption(redemption=first, by=here.worker, now=NOW + timedelta(seconds=59))
    assert (state(here), here.voucher.used, balances(here.union)) == ("accepted", 0, books)
    again = redeem_voucher(voucher=held, provider=here.provider, by=here.worker, now=NOW + HOUR)
    assert again.number == 1
    with pytest.raises(TooLateToUndo):
        undo_redemption(redemption=again, by=here.worker, now=NOW + HOUR + timedelta(seconds=60))
    assert state(here) == "performed"
    assert compare_books(union=here.union).differences == []


def test_a_visit_that_is_broken_off_uses_nothing_up(here):
    visit = agree_visit(voucher=taken_on(here), provider=here.provider, by=here.worker, now=NOW)
    with pytest.raises(Invalid):
        break_off(visit=visit, by=here.worker, now=NOW, reason=" ")
    break_off(visit=visit, by=here.worker, now=NOW, reason="Nobody was in.")
    assert (state(here), here.voucher.used, here.voucher.provider) == ("active", 0, None)
    with pytest.raises(WrongState):
        start_work(visit=visit, by=here.worker, now=NOW)


def test_a_provider_gives_back_before_work_begins(here):
    give_back(voucher=taken_on(here), by=here.worker, now=NOW, reason="Ill.")
    assert state(here) == "active"


def test_silence_confirms_and_goes_on(here):
    reported(here)
    assert confirm_silent(now=NOW + timedelta(days=6)) == 0
    assert confirm_silent(now=NOW + timedelta(days=7)) == 1
    assert state(here) == "performed"
    assert close_silent(now=NOW + timedelta(days=20)) == 0
    assert close_silent(now=NOW + timedelta(days=21)) == 1
    assert state(here) == "active"


def test_an_unused_voucher_lapses_and_its_money_is_income(here):
    assert lapse_vouchers(now=here.voucher.expires_at - timedelta(seconds=1)) == 0
    assert lapse_vouchers(now=here.voucher.expires_at) == 1
    assert lapse_vouchers(now=here.voucher.expires_at) == 0
    assert state(here) == "expired"
    assert balances(here.union) == {
        ("enterprise_payable", here.shop.membership_id): 9000,
        ("program_income", None): -9000,
    }


def test_a_cancelled_order_takes_its_vouchers_back_and_the_store_its_money(here):
    order_id = here.voucher.order_line.order_id
    assert cancel_vouchers_of_order(order_id=order_id, now=NOW, reason="returned") == 1
    assert cancel_vouchers_of_order(order_id=order_id, now=NOW, reason="returned") == 0
    assert (state(here), balances(here.union)) == ("cancelled", {})


def test_a_reward_that_nobody_gives_or_redeems_lapses_once(here):
    redemption = confirm_work(visit=reported(here), by=here.customer, now=NOW)
    incentive = assess_work(redemption=redemption, by=here.customer, now=NOW, aspects=FIVES).incentive
    with pytest.raises(WrongState):
        redeem_incentive(incentive=incentive, now=NOW)
    assert expire_incentives(now=NOW + timedelta(days=90)) == 1
    assert expire_incentives(now=NOW + timedelta(days=90)) == 0
    with pytest.raises(WrongState):
        give_incentive(incentive=incentive, by=here.customer, now=NOW)
    assert balances(here.union)[("program_income", None)] == -500


def test_own_people_and_full_marks_again_and_again_are_flagged(here):
    for number in range(3):
        held = here.voucher if number == 0 else a_voucher(here.shop, owner=here.owner)
        here.voucher = held
        redemption = confirm_work(visit=reported(here), by=here.customer, now=NOW)
        assessment = assess_work(redemption=redemption, by=here.customer, now=NOW, aspects=FIVES)
        assert assessment.flags == (["always_five"] if number == 2 else [])


def praised(here, held):
    """The flags of full marks for this voucher's next visit."""
    here.voucher = Voucher.objects.select_related("version", "program__store", "order_line__order__purchase").get(
        pk=held.pk
    )
    redemption = confirm_work(visit=reported(here), by=here.customer, now=NOW)
    return assess_work(redemption=redemption, by=here.customer, now=NOW, aspects=FIVES)


def test_full_marks_are_counted_for_who_gave_them_whoever_owns_the_voucher_now(here):
    vouchers = [a_voucher(here.shop, owner=here.owner) for _number in range(3)]
    assert [praised(here, held).customer for held in vouchers[:2]] == [here.owner, here.owner]
    # Both are passed on, and a third is assessed by the next owner for the first time.
    friend = UserFactory()
    Voucher.objects.filter(pk__in=[held.pk for held in vouchers]).update(owner=friend)
    assert praised(here, vouchers[2]).flags == []
    assert praised(here, a_voucher(here.shop, owner=here.owner)).flags == ["always_five"]


def test_one_mark_below_the_best_breaks_the_pattern(here):
    first = praised(here, a_voucher(here.shop, owner=here.owner))
    Assessment.objects.filter(pk=first.pk).update(score=475)
    for _number in range(2):
        assert praised(here, a_voucher(here.shop, owner=here.owner)).flags == []


def test_who_belongs_to_the_enterprise_is_a_friend_whether_they_praise_bought_or_passed_on(here):
    boss = owner_of(here.provider.store.membership)
    next_store = StoreFactory(union=here.union, membership=here.provider.store.membership)
    clerk = StoreStaffFactory(store=next_store, permissions=["orders"]).user
    for person in (boss, clerk):
        assert praised(here, a_voucher(here.shop, owner=person)).flags == ["friends"]
    # Bought by the clerk, and passed on to somebody unknown.
    bought = a_voucher(here.shop, owner=clerk)
    Voucher.objects.filter(pk=bought.pk).update(owner=UserFactory())
    assert praised(here, bought).flags == ["friends"]
    # Between two strangers it has been the clerk's.
    passed = a_voucher(here.shop, owner=UserFactory())
    VoucherStep.objects.create(
        union=here.union, voucher=passed, what="given", to_state="issued", side="customer", actor=clerk, at=NOW
    )
    assert praised(here, passed).flags == ["friends"]
    assert praised(here, a_voucher(here.shop, owner=UserFactory())).flags == []
    seller = owner_of(here.shop.membership)
    assert praised(here, a_voucher(here.shop, owner=seller)).flags == []


@pytest.mark.parametrize(("is_on_time", "timed", "percent"), [(None, 0, None), (True, 1, 100), (False, 1, 0)])
def test_only_who_has_agreed_a_time_can_be_late(here, is_on_time, timed, percent):
    visit = reported(here)
    visit.is_on_time = is_on_time
    confirm_work(visit=visit, by=here.customer, now=NOW)
    record = ServiceProvider.objects.get(pk=here.provider.pk)
    assert (record.done, record.timed, record.on_time_percent) == (1, timed, percent)


def test_work_that_began_in_time_is_paid_though_it_is_confirmed_after_the_voucher_has_lapsed(here):
    reported(here)
    Voucher.objects.filter(pk=here.voucher.pk).update(expires_at=NOW + HOUR)
    assert confirm_silent(now=NOW + timedelta(days=7)) == 1
    assert (state(here), Redemption.objects.get().amount) == ("performed", 4000)


def test_a_visit_that_cannot_be_confirmed_keeps_no_other_waiting(here):
    reported(here)
    stuck, here.voucher = here.voucher, a_voucher(here.shop, owner=here.owner)
    reported(here)
    Voucher.objects.filter(pk=stuck.pk).update(used=2)
    assert confirm_silent(now=NOW + timedelta(days=7)) == 1
    assert (state(here), Redemption.objects.get().voucher) == ("performed", here.voucher)
    assert Voucher.objects.get(pk=stuck.pk).state == "in_service"
