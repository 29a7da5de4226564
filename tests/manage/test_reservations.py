"""The store answers, moves, enters and notes reservations, and says what can be booked."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from orders.models import Bookable, Reservation, Resource, ResourceDay, ResourceHours
from stores.models import StoreStaff
from tests.factories.reservations import ReservationFactory, ResourceFactory, repair_shop, serves
from tests.factories.stores import ProductFactory, StoreStaffFactory, VariantFactory
from tests.manage.people import Shop, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(db):
    return repair_shop()


@pytest.fixture
def shop(service):
    return Shop(service.store, service.product, service.product.variants.get(), None)


def made_for(service, **more) -> Reservation:
    starts = (timezone.now() + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
    return ReservationFactory(bookable=service, **{"starts_at": starts, **more})


def step(shop, client, reservation, name, **form):
    answer = client.post(shop.url(f"reservations/{reservation.number}/{name}/"), form)
    reservation.refresh_from_db()
    return answer


def test_what_waits_stands_in_the_list_and_in_the_navigation(shop, service):
    made = made_for(service)
    text = shop.owner().get(shop.url("reservations/")).content.decode()
    assert made.number in text
    assert "Ada Trevithick" in text
    assert '<span class="count">1</span>' in text


def test_the_store_accepts_declines_and_cancels(shop, service):
    staff = StoreStaffFactory(store=shop.store, permissions=["orders"]).user
    client = signed_in(staff)
    accepted, declined = made_for(service), made_for(service, starts_at=timezone.now() + timedelta(days=4))
    step(shop, client, accepted, "accept", note="see you")
    step(shop, client, declined, "decline")
    assert (accepted.state, declined.state) == ("confirmed", "declined")
    assert accepted.changes.latest("id").actor == staff
    step(shop, client, accepted, "cancel", note="ill")
    assert (accepted.state, accepted.changes.latest("id").note) == ("cancelled", "ill")


def test_the_store_proposes_another_time_in_its_own_time_zone(shop, service):
    service.union.time_zone = "Asia/Seoul"
    service.union.save()
    made = made_for(service)
    day = (timezone.now() + timedelta(days=5)).date()
    answer = step(shop, shop.owner(), made, "counter", start=f"{day}T19:30", note="after hours?")
    assert answer.status_code == 302
    assert (made.state, made.proposed_by, made.starts_at.isoformat()) == ("countered", "store", f"{day}T10:30:00+00:00")


def test_a_time_that_is_taken_is_said_beside_the_form(shop, service):
    other = made_for(service, starts_at=timezone.now() + timedelta(days=4), state="confirmed")
    made = made_for(service)
    answer = step(shop, shop.owner(), made, "counter", start=other.starts_at.strftime("%Y-%m-%dT%H:%M"))
    assert "This time has just been taken" in answer.content.decode()
    assert made.state == "proposed"


def test_done_and_nobody_came_are_noted(shop, service):
    past = timezone.now() - timedelta(hours=3)
    done = made_for(service, state="confirmed", starts_at=past)
    missed = made_for(service, state="confirmed", starts_at=past - timedelta(hours=4))
    step(shop, shop.owner(), done, "done")
    step(shop, shop.owner(), missed, "no_show")
    assert (done.state, missed.state) == ("done", "no_show")


def test_what_has_moved_on_is_shown_as_it_is(shop, service):
    made = made_for(service, state="declined")
    answer = shop.owner().post(shop.url(f"reservations/{made.number}/accept/"), follow=True)
    assert "has moved on in the meantime" in answer.content.decode()
    made.refresh_from_db()
    assert made.state == "declined"


def test_a_call_is_entered_once_and_confirmed(shop, service):
    day = (timezone.now() + timedelta(days=5)).date()
    form = {"bookable": service.key, "start": f"{day}T11:00", "name": "Ben", "phone": "01872 555", "agreed": "on"}
    client = shop.owner()
    for _ in range(2):
        client.post(shop.url("reservations/new/"), {**form, "once": "1"})
    made = Reservation.objects.get()
    assert (made.state, made.name, made.proposed_by, made.email) == ("confirmed", "Ben", "store", "")


@pytest.mark.parametrize("span", ["day", "week"])
def test_the_calendar_shows_what_stands(shop, service, span):
    made = made_for(service, state="confirmed")
    off = made_for(service, state="cancelled", name="Nobody Atall")
    day = made.starts_at.date().isoformat()
    text = shop.owner().get(shop.url(f"reservations/calendar/?span={span}&day={day}")).content.decode()
    assert made.number in text
    assert off.number not in text


def test_the_calendar_of_one_person_leaves_out_the_others(shop, service):
    second = serves(ResourceFactory(store=shop.store), service)
    mine, other = made_for(service, state="confirmed"), made_for(service, state="confirmed", resource=second)
    day = mine.starts_at.date().isoformat()
    text = shop.owner().get(shop.url(f"reservations/calendar/?day={day}&who={second.key}")).content.decode()
    assert other.number in text
    assert mine.number not in text


RULES = {
    "minutes": 45,
    "step_minutes": 15,
    "before_minutes": 0,
    "after_minutes": 15,
    "notice_minutes": 60,
    "ahead_days": 14,
    "hold_minutes": 120,
    "cancel_until_minutes": 180,
    "no_show_minutes": 10,
    "no_show_limit": 3,
    "without_conversation": "on",
    "confirms_at_once": "on",
    "is_active": "on",
}


def test_a_service_is_made_bookable_and_its_rules_are_changed(shop):
    wash = ProductFactory(store=shop.store, kind="service", title="Wash", slug="wash")
    VariantFactory(product=wash, tracks_stock=False)
    resource = Resource.objects.get(store=shop.store)
    client = shop.owner()
    client.post(
        shop.url("booking/services/new/"), {**RULES, "product": "wash", "resources": [resource.key], "once": "1"}
    )
    made = Bookable.objects.get(product=wash)
    assert (made.minutes, made.after_minutes, made.confirms_at_once, made.no_show_limit) == (45, 15, True, 3)
    assert [row.resource for row in made.served_by.all()] == [resource]
    client.post(shop.url(f"booking/services/{made.key}/"), {**RULES, "minutes": 90, "once": "2"})
    made.refresh_from_db()
    assert (made.minutes, made.served_by.count()) == (90, 0)
    answer = client.post(shop.url("booking/services/new/"), {**RULES, "product": "wash", "once": "3"})
    assert "This can be booked already" in answer.content.decode()


def test_a_visit_needs_a_title(shop):
    client = shop.owner()
    answer = client.post(shop.url("booking/services/new/"), {**RULES, "once": "1"})
    assert "Give the visit a title" in answer.content.decode()
    client.post(shop.url("booking/services/new/"), {**RULES, "title": "See the workshop", "once": "2"})
    assert Bookable.objects.get(product=None).title == "See the workshop"


def test_a_resource_gets_hours_and_days_of_its_own(shop, service):
    client = shop.owner()
    form = {"form": "resource", "kind": "person", "name": "Mrs. Pascoe", "capacity": 1, "services": [service.key]}
    client.post(shop.url("booking/resources/new/"), {**form, "own_hours": "on", "is_active": "on", "once": "1"})
    made = Resource.objects.get(name="Mrs. Pascoe")
    assert [row.bookable for row in made.services.all()] == [service]
    address = shop.url(f"booking/resources/{made.key}/")
    client.post(address, {"form": "week", "opens_1_0": "10:00", "closes_1_0": "16:00"})
    assert list(ResourceHours.objects.filter(resource=made).values_list("weekday", flat=True)) == [1]
    client.post(address, {"form": "day", "day": "2050-01-02", "reason": "holiday", "opens": "", "closes": ""})
    assert ResourceDay.objects.get(resource=made).date == date(2050, 1, 2)
    client.post(f"{address}day-gone/", {"day": "2050-01-02"})
    assert ResourceDay.objects.count() == 0


def test_another_stores_things_are_not_there(shop, service):
    other = repair_shop(union=service.union)
    made = made_for(other)
    client = shop.owner()
    resource = other.served_by.get().resource
    for path in (
        f"reservations/{made.number}/",
        f"booking/services/{other.key}/",
        f"booking/resources/{resource.key}/",
    ):
        assert client.get(shop.url(path)).status_code == 404
    assert client.post(shop.url(f"reservations/{made.number}/accept/")).status_code == 404
    made.refresh_from_db()
    assert made.state == "proposed"


@pytest.mark.parametrize(("permission", "path"), [("catalogue", "reservations/"), ("orders", "booking/")])
def test_colleagues_without_the_permission_are_refused(shop, permission, path):
    assert StoreStaff.objects.count() == 0
    assert shop.staff(permission).get(shop.url(path)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("reservations/", 6), ("reservations/calendar/", 8), ("booking/", 9)])
def test_lists_cost_the_same_with_one_and_with_three(shop, service, path, queries, count, django_assert_num_queries):
    for number in range(count):
        made_for(service, starts_at=timezone.now() + timedelta(days=number + 1))
        serves(ResourceFactory(store=shop.store), service)
    client = shop.owner()
    client.get(shop.url(path))
    with django_assert_num_queries(queries):
        client.get(shop.url(path))


@pytest.mark.parametrize("path", ["booking/services/new/", "booking/resources/new/", "reservations/new/"])
def test_a_refused_form_is_summed_up_once(shop, path):
    page = shop.owner().post(shop.url(path), {"form": "resource", "once": "a"}).content.decode()
    assert page.count("Nothing was saved yet. Please look at this:") == 1
