"""A provider's pages: applying, the day, taking on and declining, the steps of the work, each done once."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ascc import tasks
from ascc.models import (
    ConfirmationCode,
    Redemption,
    ServiceProvider,
    ServiceVisit,
    Transmission,
    VoucherStep,
    WorkPicture,
)
from ascc.services.confirming import MOST_TRIES, CodeOver, count_try, make_code
from ascc.services.disputing import decide_dispute, open_dispute
from ascc.services.moving import By, Side
from ascc.services.working import confirm_work
from core.errors import WrongState
from orders.models import Bill, Reservation
from tests.ascc.desks import PICTURE, another, desk, drawing, sent, state_of, step, taken_on, visited
from tests.factories.ascc import provider as a_provider
from tests.factories.reservations import repair_shop
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import owner_of
from unions.models import SignalCode

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(settings, tmp_path):
    talk = {**settings.STORAGES["talk"], "OPTIONS": {"location": tmp_path / "talk"}}
    settings.STORAGES = {**settings.STORAGES, "talk": talk}
    return desk()


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def test_store_applies_waits_and_is_led_to_where_it_applies():
    store = StoreFactory()
    code = SignalCode.objects.order_by("code").first().code
    browser, base = signed_in(owner_of(store.membership)), f"/provider/{store.union.slug}/{store.slug}/"
    assert browser.get(base)["Location"] == f"{base}apply/"
    assert browser.get(f"{base}till/").status_code == 404
    refused = browser.post(f"{base}apply/", {"once": "1", "about": "Belts", "reach_km": "30"})
    assert "Choose at least one kind of work." in refused.content.decode()
    assert not ServiceProvider.objects.exists()
    answer = browser.post(f"{base}apply/", {"once": "1", "about": "Belts", "reach_km": "30", "skills": [code]})
    assert answer["Location"] == f"{base}apply/"
    made = ServiceProvider.objects.get(store=store)
    assert (made.state, made.about, made.reach_km, made.skills.get().code) == ("applied", "Belts", 30, code)
    assert "looks at your application" in browser.get(f"{base}apply/").content.decode()


def test_staff_with_the_permission_work_but_do_not_apply(there):
    staff = signed_in(StoreStaffFactory(store=there.provider.store, permissions=["service"]).user)
    other = signed_in(StoreStaffFactory(store=there.provider.store, permissions=["orders"]).user)
    assert staff.get(there.base).status_code == 200
    assert staff.post(f"{there.base}apply/", {"about": "x", "reach_km": "3"}).status_code == 403
    assert other.get(there.base).status_code == 403
    assert staff.get("/provider/")["Location"] == there.base
    assert "You do no after-sales service yet" in other.get("/provider/").content.decode()


def test_asked_shows_no_name_before_it_is_taken_on(there):
    sent(there, wish="The belt squeaks")
    day = there.browser.get(there.base).content.decode()
    assert "The belt squeaks" in day and "Falmouth" in day
    assert "Ada Trevithick" not in day and "Quay Street" not in day
    page = there.browser.get(f"{there.base}vouchers/{there.voucher.code}/").content.decode()
    assert "Ada Trevithick" not in page and "Quay Street" not in page
    assert step(there, "accept").status_code == 302
    assert Transmission.objects.get().state == "accepted"
    assert state_of(there) == ("accepted", None)
    page = there.browser.get(f"{there.base}vouchers/{there.voucher.code}/").content.decode()
    assert "Ada Trevithick" in page and "Quay Street" in page
    assert "https://www.openstreetmap.org/search?query=1+Quay+Street%2C+TR11+3LH%2C+Falmouth" in page
    assert VoucherStep.objects.filter(what="accepted").get().actor == there.person


def test_declining_needs_a_reason_and_hides_the_customer_again(there):
    sent(there)
    assert step(there, "decline").status_code == 422
    assert state_of(there) == ("transmitted", None)
    assert step(there, "decline", {"reason": "Too far"})["Location"] == there.base
    assert state_of(there) == ("active", None)
    assert Transmission.objects.get().reason == "Too far"
    page = there.browser.get(f"{there.base}vouchers/{there.voucher.code}/").content.decode()
    assert "Ada Trevithick" not in page and "Take it on" not in page


def test_another_provider_of_the_union_finds_no_such_voucher(there):
    sent(there)
    other = a_provider(there.union)
    browser = signed_in(owner_of(other.store.membership))
    base = f"/provider/{there.union.slug}/{other.store.slug}/vouchers/{there.voucher.code}/"
    assert browser.get(base).status_code == 404
    assert browser.post(f"{base}accept/").status_code == 404
    assert state_of(there) == ("transmitted", None)


def test_appointment_takes_the_stores_calendar_and_ends_with_the_visit(there):
    bookable = repair_shop(store=there.provider.store)
    taken_on(there)
    assert step(there, "appoint", {"what": bookable.key}).status_code == 422
    assert state_of(there) == ("accepted", None)
    start = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%dT10:00")
    assert step(there, "appoint", {"what": bookable.key, "start": start}).status_code == 302
    visit = ServiceVisit.objects.get()
    kept = visit.reservation
    assert (kept.state, kept.user, kept.price, kept.name) == ("confirmed", there.customer, 0, "Ada Trevithick")
    later = (timezone.now() + timedelta(days=4)).strftime("%Y-%m-%dT11:00")
    assert step(there, "time", {"start": later}).status_code == 302
    kept.refresh_from_db()
    assert f"{kept.starts_at:%Y-%m-%dT%H:%M}" == later
    assert "11:00" in there.browser.get(there.base).content.decode()
    assert step(there, "break-off", {"reason": "Ill"}).status_code == 302
    assert state_of(there) == ("active", "broken_off")
    assert Reservation.objects.get().state == "cancelled"


def test_without_a_calendar_a_visit_is_agreed_without_a_time(there):
    taken_on(there)
    assert step(there, "appoint", {"what": "-"}).status_code == 302
    assert state_of(there) == ("in_service", "agreed")
    assert ServiceVisit.objects.get().reservation is None


def test_work_is_reported_with_parts_and_photos_and_signed(there):
    visited(there)
    assert step(there, "set-out").status_code == 302
    assert step(there, "start").status_code == 302
    photo = SimpleUploadedFile("work.png", PICTURE, "image/png")
    parts = {"part_name": ["belt", ""], "part_quantity": ["2", ""], "part_price": ["9.50", ""]}
    assert step(there, "report", {"report": "New belt.", "photos": photo, **parts}).status_code == 302
    visit = ServiceVisit.objects.get()
    assert (visit.state, visit.parts) == ("reported", [{"name": "belt", "quantity": 2, "price": 950}])
    picture = WorkPicture.objects.get()
    page = f"{there.base}vouchers/{there.voucher.code}/"
    shown = there.browser.get(f"{page}pictures/{picture.ref}/")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/webp", "private, no-store")
    assert "9.50" in there.browser.get(page).content.decode()
    assert step(there, "sign").status_code == 302
    assert state_of(there) == ("in_service", "reported")
    assert step(there, "sign", {"signature": drawing(20, 60, 200, 30)}, once="2").status_code == 302
    assert state_of(there) == ("performed", "confirmed")
    visit.refresh_from_db()
    assert visit.confirmation == "signature"
    assert Redemption.objects.get().visit == visit
    assert there.browser.get(f"{page}signature/")["Content-Type"] == "image/webp"


def test_a_part_without_a_name_is_said_beside_what_was_typed(there):
    visited(there)
    step(there, "start")
    answer = step(there, "report", {"report": "Done", "part_name": "", "part_quantity": "2", "part_price": "1"})
    assert answer.status_code == 422
    assert "Part 1 in the list needs a name." in answer.content.decode()
    assert state_of(there) == ("in_service", "started")


def test_code_is_kept_hashed_and_confirms_once(there):
    visit = visited(there, reported=True)
    plain, until = make_code(voucher=there.voucher, now=timezone.now())
    kept = ConfirmationCode.objects.get()
    assert (len(plain), plain in kept.digest, until) == (6, False, kept.expires_at)
    wrong = "000000" if plain != "000000" else "111111"
    assert step(there, "code", {"code": wrong}).status_code == 422
    assert state_of(there) == ("in_service", "reported")
    assert step(there, "code", {"code": f"{plain[:3]} {plain[3:]}"}).status_code == 302
    assert state_of(there) == ("performed", "confirmed")
    visit.refresh_from_db()
    assert visit.confirmation == "code"
    kept.refresh_from_db()
    assert (kept.tries, kept.used_at is not None) == (2, True)


def test_five_wrong_codes_end_it_and_the_right_one_comes_too_late(there):
    visited(there, reported=True)
    plain, _until = make_code(voucher=there.voucher, now=timezone.now())
    wrong = "000000" if plain != "000000" else "111111"
    for _try in range(MOST_TRIES):
        assert step(there, "code", {"code": wrong}).status_code == 422
    assert "Ask the customer for a new code" in step(there, "code", {"code": plain}).content.decode()
    assert state_of(there) == ("in_service", "reported")
    fresh, _until = make_code(voucher=there.voucher, now=timezone.now())
    assert step(there, "code", {"code": fresh}).status_code == 302
    assert state_of(there) == ("performed", "confirmed")


def test_code_runs_out_and_is_not_made_before_a_provider_holds_the_voucher(there):
    with pytest.raises(WrongState):
        make_code(voucher=there.voucher, now=timezone.now())
    taken_on(there)
    make_code(voucher=there.voucher, now=timezone.now() - timedelta(minutes=16))
    with pytest.raises(CodeOver):
        count_try(voucher=there.voucher, now=timezone.now())


def test_the_same_form_sent_three_times_by_a_script_is_done_once(there):
    visited(there)
    answers = [step(there, "start", script=True) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert {answer.json()["go"] for answer in answers} == {f"{there.base}vouchers/{there.voucher.code}/"}
    assert VoucherStep.objects.filter(what="started").count() == 1
    refused = step(there, "start", once="another", script=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


def test_step_that_waited_in_the_phone_counts_from_when_it_was_pressed(there):
    visit = visited(there)
    Transmission.objects.update(sent_at=timezone.now() - timedelta(hours=4))
    ServiceVisit.objects.filter(pk=visit.pk).update(agreed_at=timezone.now() - timedelta(hours=3))
    address = f"{there.base}vouchers/{there.voucher.code}/start/"
    there.browser.post(address, {"once": "1"}, headers={"X-Kept": "1", "X-Waited": "1800"})
    visit.refresh_from_db()
    told = VoucherStep.objects.get(what="started")
    assert timedelta(minutes=29) < told.at - visit.started_at < timedelta(minutes=31)
    assert told.note == f"{visit.ref} {visit.started_at:%Y-%m-%dT%H:%MZ}"


@pytest.mark.parametrize("waited", ["999999", "-5", "x", "14400", ""])
def test_step_is_not_believed_to_be_before_the_one_before(there, waited):
    visit = visited(there)
    address = f"{there.base}vouchers/{there.voucher.code}/start/"
    there.browser.post(address, {"once": "1"}, headers={"X-Kept": "1", "X-Waited": waited})
    visit.refresh_from_db()
    assert visit.started_at == VoucherStep.objects.get(what="started").at


def test_given_back_the_customer_can_choose_again(there):
    taken_on(there)
    assert step(there, "give-back", {"reason": "The van is broken"}).status_code == 302
    assert state_of(there) == ("active", None)
    there.voucher.refresh_from_db()
    assert there.voucher.provider is None


def test_extra_work_is_a_bill_once_at_a_time(there):
    visit = visited(there)
    assert step(there, "extra", {"title": "Second belt", "amount": "25.00"}).status_code == 302
    bill = Bill.objects.get()
    assert (bill.title, bill.email, bill.payment.amount) == ("Second belt", there.customer.email, 2500)
    visit.refresh_from_db()
    assert visit.extra == bill
    again = step(there, "extra", {"title": "Third belt", "amount": "25.00"}, once="2")
    assert again.status_code == 422
    assert Bill.objects.count() == 1


@pytest.fixture
def shared(there):
    """The customer pays 9.00 of each visit."""
    return desk(deductible=900)


def test_the_customers_share_of_a_confirmed_visit_is_a_bill_once(shared):
    visit = visited(shared, reported=True)
    page = shared.browser.get(f"{shared.base}vouchers/{shared.voucher.code}/").content.decode()
    assert "The customer gets a bill for it when the work is confirmed" in page
    confirm_work(visit=visit, by=shared.by, now=timezone.now())
    assert (tasks.ask_share(shared.voucher.pk), tasks.ask_share(shared.voucher.pk)) == (1, 0)
    bill = Bill.objects.get()
    assert (bill.email, bill.payment.amount, bill.store) == (shared.customer.email, 900, shared.provider.store)
    assert bill.title == f"Your share of the service for {shared.voucher.about} (Repair plan)"
    made = Redemption.objects.get()
    assert (made.share, made.amount) == (bill, 3100)
    page = shared.browser.get(f"{shared.base}vouchers/{shared.voucher.code}/").content.decode()
    assert "Waiting for the customer" in page
    client = Client()
    client.force_login(shared.customer)
    own = client.get(f"/account/vouchers/{shared.voucher.code}/").content.decode()
    assert "Your share" in own and f"/account/payments/{bill.number}/" in own


def test_at_the_till_the_provider_takes_the_share_itself(shared):
    visit = visited(shared, reported=True)
    made = confirm_work(visit=visit, by=shared.by, now=timezone.now(), how="till")
    assert tasks.ask_share(shared.voucher.pk) == 0
    assert not Bill.objects.exists()
    page = shared.browser.get(f"{shared.base}till/?done={made.ref}").content.decode()
    assert "from the customer: their share of your fee" in page and "9.00" in page


def test_a_decision_for_less_asks_the_customer_for_nothing(shared):
    visit = visited(shared, reported=True)
    dispute = open_dispute(visit=visit, by=shared.by, now=timezone.now(), reason="It squeaks.")
    decide_dispute(dispute=dispute, by=By(Side.CENTER), now=timezone.now(), decision="Half.", granted=1550)
    assert tasks.ask_share(shared.voucher.pk) == 0
    assert not Bill.objects.exists()


def test_a_wrong_part_is_named_and_a_decimal_comma_understood(there):
    visit = visited(there)
    step(there, "start")
    sent_parts = {"report": "New chain.", "part_name": ["Chain", "Bolt"], "part_quantity": ["0", "2"]}
    response = step(there, "report", {**sent_parts, "part_price": ["22.50", "much"]}, once="2")
    assert response.status_code == 422
    page = response.content.decode()
    assert "How many of part 1, Chain? A whole number from 1 on." in page
    assert "The price of part 2, Bolt, is no amount of money." in page
    right = {**sent_parts, "part_quantity": ["1", "2"], "part_price": ["22,50", "3"]}
    assert step(there, "report", right, once="3").status_code == 302
    visit.refresh_from_db()
    assert visit.parts == [
        {"name": "Chain", "quantity": 1, "price": 2250},
        {"name": "Bolt", "quantity": 2, "price": 300},
    ]


def test_suspended_provider_finishes_what_it_holds(there):
    visited(there)
    ServiceProvider.objects.update(state="suspended")
    assert "Your service is suspended" in there.browser.get(there.base).content.decode()
    assert step(there, "start").status_code == 302
    assert state_of(there) == ("in_service", "started")


def test_day_costs_the_same_with_one_and_with_four(there):
    visited(there)
    with CaptureQueriesContext(connection) as one:
        there.browser.get(there.base)
    for _more in range(3):
        another(there)
        visited(there)
    with CaptureQueriesContext(connection) as four:
        there.browser.get(there.base)
    assert len(four) == len(one)
