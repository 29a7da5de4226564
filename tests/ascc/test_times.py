"""An appointment and its visit go together: called off, moved, or over before its hour."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ascc.models import ServiceVisit, Voucher, VoucherStep
from ascc.services.appointing import note_time_lost
from ascc.services.confirming import make_code
from ascc.services.disputing import decide_dispute, open_dispute
from ascc.services.moving import By, Side
from ascc.services.transmitting import have_back
from ascc.services.working import report_work, start_work
from core.errors import WrongState
from core.outbox import OutboxEvent, deliver_waiting
from orders.models import Reservation
from orders.models import Side as OrderSide
from orders.services.reservations import cancel_reservation, counter_reservation
from tests.ascc.desks import desk, state_of, step, taken_on, visited
from tests.factories.reservations import repair_shop

pytestmark = pytest.mark.django_db
WORKER = By(Side.PROVIDER)


@pytest.fixture
def there():
    there = desk()
    there.shopper = Client()
    there.shopper.force_login(there.customer)
    there.own = f"/account/vouchers/{there.voucher.code}/"
    there.page = f"{there.base}vouchers/{there.voucher.code}/"
    return there


def in_days(days, hour=10):
    return (timezone.now() + timedelta(days=days)).strftime(f"%Y-%m-%dT{hour}:00")


@pytest.fixture
def agreed(there):
    """A visit in three days at ten, in the calendar of the provider's store."""
    there.bookable = repair_shop(store=there.provider.store)
    taken_on(there)
    assert step(there, "appoint", {"what": there.bookable.key, "start": in_days(3)}).status_code == 302
    return ServiceVisit.objects.select_related("reservation", "voucher").get()


def deliver():
    """Everything published so far reaches its handlers, and none of them fails."""
    while deliver_waiting(now=timezone.now()):
        pass
    assert not OutboxEvent.objects.filter(delivered_at=None).exists()


def called_off(visit, side=OrderSide.CUSTOMER):
    cancel_reservation(reservation=visit.reservation, side=side, actor=None, now=timezone.now())
    deliver()


def seen(browser, address):
    return browser.get(address).content.decode()


def test_cancelled_appointment_leaves_the_visit_without_a_time_on_every_page(there, agreed):
    called_off(agreed)
    own, page, day = seen(there.shopper, there.own), seen(there.browser, there.page), seen(there.browser, there.base)
    assert "has fallen through" in own and "no time agreed" in own and "Take it back" in own
    assert "calendar.ics" not in own
    for desk_page in (page, day):
        assert "has fallen through. Agree another time." in desk_page and "no time agreed" in desk_page
    assert "I am on the way" not in page and f"{there.page}appoint/" in page
    assert [(row.what, row.side) for row in VoucherStep.objects.filter(what="time_lost")] == [("time_lost", "customer")]
    kept = agreed.reservation_id
    assert not note_time_lost(reservation_id=0, side="", user_id=None, now=timezone.now())
    assert Reservation.objects.get(pk=kept).state == "cancelled"


def test_another_time_is_agreed_for_a_visit_that_lost_its_own(there, agreed):
    called_off(agreed)
    refused = step(there, "appoint", {"what": there.bookable.key}, once="a")
    assert refused.status_code == 422
    assert step(there, "appoint", {"what": there.bookable.key, "start": in_days(4, 11)}, once="b").status_code == 302
    visit = ServiceVisit.objects.get()
    assert (visit.pk, visit.state, visit.reservation.state) == (agreed.pk, "agreed", "confirmed")
    assert visit.reservation_id != agreed.reservation_id
    assert f"{visit.reservation.starts_at:%Y-%m-%dT%H:%M}" == in_days(4, 11)
    assert "have agreed on" in seen(there.shopper, there.own)
    # What stands is not agreed a second time.
    assert step(there, "appoint", {"what": "-"}, once="c").status_code != 302
    visit.refresh_from_db()
    assert visit.reservation.state == "confirmed"


def test_customer_takes_back_what_has_no_time_and_not_what_has(there, agreed):
    with pytest.raises(WrongState):
        have_back(voucher=there.voucher, by=there.by, now=timezone.now())
    assert state_of(there) == ("in_service", "agreed")
    called_off(agreed, OrderSide.STORE)
    assert there.shopper.post(f"{there.own}back/").status_code == 302
    assert state_of(there) == ("active", "broken_off")
    assert there.voucher.provider_id is None


def test_work_that_has_begun_is_not_taken_back_though_its_time_was_called_off(there, agreed):
    start_work(visit=agreed, by=WORKER, now=timezone.now())
    called_off(agreed, OrderSide.STORE)
    with pytest.raises(WrongState):
        have_back(voucher=there.voucher, by=there.by, now=timezone.now())
    assert state_of(there) == ("in_service", "started")
    assert not VoucherStep.objects.filter(what="time_lost").exists()


def test_time_the_customer_asks_for_waits_for_the_providers_yes(there, agreed):
    wish = agreed.reservation.starts_at + timedelta(days=1)
    counter_reservation(
        reservation=agreed.reservation, starts_at=wish, side=OrderSide.CUSTOMER, actor=None, now=timezone.now()
    )
    deliver()
    own, page, day = seen(there.shopper, there.own), seen(there.browser, there.page), seen(there.browser, there.base)
    assert "waiting for the store’s answer" in own and "has to answer" in own and "calendar.ics" not in own
    assert "asks to move the appointment to" in page and "Yes to this time" in page and "I am on the way" not in page
    assert "waiting for your answer" in day
    assert step(there, "take-time").status_code == 302
    agreed.reservation.refresh_from_db()
    assert (agreed.reservation.state, agreed.reservation.starts_at) == ("confirmed", wish)
    step(there, "take-time", once="again")
    assert VoucherStep.objects.filter(what="appointed").count() == 2
    assert "I am on the way" in seen(there.browser, there.page)


def test_visit_done_early_frees_its_time(there, agreed):
    now = timezone.now()
    start_work(visit=agreed, by=WORKER, now=now)
    report_work(visit=agreed, by=WORKER, now=now, report="New belt.")
    deliver()
    kept = Reservation.objects.get()
    assert (kept.state, kept.changes.last().note) == ("cancelled", "The work is done already.")
    assert state_of(there) == ("in_service", "reported")
    assert "calendar.ics" not in seen(there.shopper, there.own)
    assert not VoucherStep.objects.filter(what="time_lost").exists()


def test_head_of_both_pages_tells_of_the_dispute_and_then_of_its_end(there):
    visit = visited(there, reported=True)
    assert "waiting for your word" in seen(there.shopper, there.own)
    disputed = open_dispute(visit=visit, by=there.by, now=timezone.now(), reason="It squeaks still.")
    own = seen(there.shopper, there.own)
    assert "do not agree about the work" in own and "Show a one-time code" not in own
    assert "When the work is reported" not in own
    with pytest.raises(WrongState):
        make_code(voucher=there.voucher, now=timezone.now())
    decide_dispute(dispute=disputed, by=By(Side.CENTER), now=timezone.now(), decision="Half of it.", granted=900)
    assert "has decided: the visit counts as used, and the provider is paid £9.00" in seen(there.shopper, there.own)
    page = seen(there.browser, there.page)
    assert 'Paid to you as decided</dt><dd class="strong">£9.00' in page
    assert "data-state>decided" in page and "data-state>confirmed" not in page


def test_head_of_the_page_tells_of_an_agreed_time_that_has_not_begun(there, agreed):
    own = seen(there.shopper, there.own)
    assert "have agreed on" in own and "is at it" not in own


def test_where_it_happens_is_asked_and_said_on_both_pages_and_in_the_appointment(there):
    there.bookable = repair_shop(store=there.provider.store)
    taken_on(there)
    assert "You go to the customer" in seen(there.browser, there.page)
    said = {"what": there.bookable.key, "start": in_days(3), "place": "provider", "note": "Ring twice."}
    assert step(there, "appoint", said).status_code == 302
    visit = ServiceVisit.objects.get()
    assert (visit.place, visit.reservation.note) == ("provider", "At the shop: you come to the provider.\nRing twice.")
    own, page, day = seen(there.shopper, there.own), seen(there.browser, there.page), seen(there.browser, there.base)
    assert "You come to" in own and "at the shop:" in own
    for desk_page in (page, day):
        assert "at the provider’s shop" in desk_page and "Quay Street" not in desk_page
    assert "I am on the way" not in page and "Start the work" in page
    called_off(visit)
    again = {"what": there.bookable.key, "start": in_days(4), "place": "customer"}
    assert step(there, "appoint", again, once="b").status_code == 302
    visit.refresh_from_db()
    assert (visit.place, visit.reservation.note.partition(":")[0]) == ("customer", "At your place")
    own, page = seen(there.shopper, there.own), seen(there.browser, there.page)
    assert "comes to you" in own and "at your place" in own
    assert "at the customer’s" in page and "Quay Street" in page and "I am on the way" in page


def test_address_of_a_refused_form_leads_back_to_the_page(there):
    taken_on(there)
    assert step(there, "appoint", {"what": "nothing"}).status_code == 422
    assert there.browser.get(f"{there.page}appoint/")["Location"] == there.page
    assert state_of(there) == ("accepted", None)


def test_used_up_voucher_shows_no_code_that_nobody_takes(there):
    assert "qr.svg" in seen(there.shopper, there.own)
    Voucher.objects.filter(pk=there.voucher.pk).update(visits=1, used=1, state="performed")
    assert "qr.svg" not in seen(there.shopper, there.own)


@pytest.mark.parametrize("script", [False, True])
def test_time_that_is_over_is_said_where_it_was_typed(there, script):
    bookable = repair_shop(store=there.provider.store)
    taken_on(there)
    refused = step(there, "appoint", {"what": bookable.key, "start": in_days(-1)}, script=script)
    assert "This time is over." in refused.content.decode()
    if script:
        assert refused.json()["code"] == "invalid"
    else:
        assert refused.context["forms"]["appoint"].errors["start"] == ["This time is over."]
    assert state_of(there) == ("accepted", None)


def test_provider_reads_that_it_was_sent_to_itself(there):
    taken_on(there)
    page = seen(there.browser, there.page)
    assert "sent to you" in page and "sent to a provider" not in page
