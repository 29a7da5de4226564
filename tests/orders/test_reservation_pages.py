"""Reserving on a page without a conversation, as a guest and signed in, without any script."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from orders.models import Reservation
from orders.queries.slots import next_free
from orders.services.reservations import counter_reservation
from tests.factories.accounts import UserFactory
from tests.factories.reservations import ReservationFactory, ResourceFactory, repair_shop, serves

pytestmark = pytest.mark.django_db
GUEST = {"name": "Ada Trevithick", "email": "ada@example.com", "phone": "", "note": "the chain slips", "once": "abc"}


def book_url(bookable) -> str:
    return reverse("orders:book", kwargs={"union": bookable.union.slug, "key": bookable.key})


def page_of(reservation, name="reservation", **more) -> str:
    keys = {"union": reservation.union.slug, "token": reservation.token, **more}
    return reverse(f"orders:{name}", kwargs=keys)


def free(bookable, count=1):
    now = timezone.now()
    return next_free(bookable=bookable, after=now + timedelta(days=2), now=now, count=count)


def confirmed(**more) -> Reservation:
    starts = (timezone.now() + timedelta(days=5)).replace(minute=0, second=0, microsecond=0)
    bookable = more.pop("bookable", None) or repair_shop()
    return ReservationFactory(bookable=bookable, starts_at=starts, state="confirmed", **more)


def test_a_service_leads_to_its_free_times(client):
    bookable = repair_shop()
    product = reverse("shop:product", args=[bookable.union.slug, bookable.store.slug, bookable.product.slug])
    page = client.get(product).content.decode()
    link = reverse("orders:book_product", args=[bookable.union.slug, bookable.store.slug, bookable.product.slug])
    assert f'href="{link}"' in page
    assert client.get(link).headers["Location"] == book_url(bookable)
    text = client.get(book_url(bookable)).content.decode()
    assert "Bicycle repair" in text
    assert "£30.00" in text
    assert text.count('name="start"') >= 1


def test_what_is_not_bookable_has_no_link_and_no_page(client):
    bookable = repair_shop(without_conversation=False)
    product = reverse("shop:product", args=[bookable.union.slug, bookable.store.slug, bookable.product.slug])
    assert "Choose a time" not in client.get(product).content.decode()
    assert client.get(book_url(bookable)).status_code == 404
    assert client.get(reverse("orders:bookables", args=[bookable.union.slug, bookable.store.slug])).status_code == 404


def test_a_guest_asks_for_a_time_and_follows_it_by_link(client):
    bookable = repair_shop()
    (slot,) = free(bookable)
    response = client.post(book_url(bookable), {**GUEST, "start": slot.starts_at.isoformat()})
    made = Reservation.objects.get()
    assert response.headers["Location"] == page_of(made)
    assert (made.state, made.starts_at, made.name, made.note, made.user) == (
        "proposed",
        slot.starts_at,
        "Ada Trevithick",
        "the chain slips",
        None,
    )
    text = client.get(page_of(made)).content.decode()
    assert "The store has to answer" in text
    assert made.number in text


def test_the_form_sent_twice_asks_once(client):
    bookable = repair_shop()
    (slot,) = free(bookable)
    for _ in range(2):
        client.post(book_url(bookable), {**GUEST, "start": slot.starts_at.isoformat()})
    assert Reservation.objects.count() == 1


def test_a_taken_time_says_the_next_ones_and_keeps_what_was_written(client):
    bookable = repair_shop()
    slots = free(bookable, 2)
    client.post(book_url(bookable), {**GUEST, "start": slots[0].starts_at.isoformat()})
    other = {**GUEST, "name": "Ben", "email": "ben@example.com", "once": "other"}
    response = client.post(book_url(bookable), {**other, "start": slots[0].starts_at.isoformat()})
    text = response.content.decode()
    assert response.status_code == 422
    assert "The next free times" in text
    assert 'value="ben@example.com"' in text
    assert Reservation.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"start": ""}, "Choose a time."), ({"start": "soon"}, "Choose a time."), ({"email": "no"}, "valid email")],
)
def test_what_is_missing_is_said_and_nothing_reserved(client, wrong, said):
    bookable = repair_shop()
    (slot,) = free(bookable)
    response = client.post(book_url(bookable), {**GUEST, "start": slot.starts_at.isoformat(), **wrong})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert Reservation.objects.count() == 0


def test_a_chosen_person_is_the_one_who_does_it(client):
    bookable = repair_shop()
    second = serves(ResourceFactory(store=bookable.store, name="Mrs. Pascoe", position=5), bookable)
    text = client.get(book_url(bookable)).content.decode()
    assert "Mrs. Pascoe" in text
    (slot,) = free(bookable)
    client.post(f"{book_url(bookable)}?who={second.key}", {**GUEST, "start": slot.starts_at.isoformat()})
    assert Reservation.objects.get().resource == second


def test_a_shopper_accepts_the_stores_time_on_the_page(client):
    bookable = repair_shop()
    (slot,) = free(bookable)
    client.post(book_url(bookable), {**GUEST, "start": slot.starts_at.isoformat()})
    made = Reservation.objects.get()
    later = slot.starts_at + timedelta(days=1, minutes=10)
    counter_reservation(reservation=made, starts_at=later, side="store", actor=None, now=timezone.now())
    assert "Yes, this suits me" in client.get(page_of(made)).content.decode()
    client.post(page_of(made, "reservation_step", step="accept"))
    made.refresh_from_db()
    assert (made.state, made.starts_at) == ("confirmed", later)


def test_a_shopper_cancels_and_may_choose_again(client):
    made = confirmed()
    response = client.post(page_of(made, "reservation_step", step="cancel"), {"note": "ill"}, follow=True)
    made.refresh_from_db()
    assert made.state == "cancelled"
    assert book_url(made.bookable) in response.content.decode()


def test_too_late_is_said_and_nothing_changed(client):
    made = confirmed(bookable=repair_shop(cancel_until_minutes=10 * 1440))
    response = client.post(page_of(made, "reservation_step", step="cancel"), follow=True)
    made.refresh_from_db()
    assert made.state == "confirmed"
    assert "It is too late to change this here" in response.content.decode()
    assert client.get(page_of(made, "reservation_move"), follow=True).redirect_chain[-1][0] == page_of(made)


def test_a_shopper_moves_a_reservation(client):
    bookable = repair_shop(confirms_at_once=True)
    made = confirmed(bookable=bookable)
    (slot,) = free(bookable)
    assert client.get(page_of(made, "reservation_move")).status_code == 200
    client.post(page_of(made, "reservation_move"), {"start": slot.starts_at.isoformat()})
    made.refresh_from_db()
    assert (made.state, made.starts_at, made.sequence) == ("confirmed", slot.starts_at, 1)


def test_the_calendar_file_is_there_once_it_was_confirmed(client):
    made = confirmed()
    response = client.get(page_of(made, "reservation_calendar"))
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (made.starts_at, made.ends_at)
    waiting = ReservationFactory(bookable=repair_shop())
    assert client.get(page_of(waiting, "reservation_calendar")).status_code == 404


def test_the_page_asks_again_only_while_something_may_change(client):
    made = confirmed()
    text = client.get(page_of(made)).content.decode()
    poll = re.search(r'hx-get="([^"]+)"', text).group(1)
    assert client.get(poll, headers={"HX-Request": "true"}).status_code == 204
    client.post(page_of(made, "reservation_step", step="cancel"))
    assert client.get(poll, headers={"HX-Request": "true"}).status_code == 200
    assert "hx-get" not in client.get(page_of(made)).content.decode()


def test_a_signed_in_person_finds_theirs_in_the_account(client):
    user, bookable = UserFactory(), repair_shop()
    client.force_login(user)
    (slot,) = free(bookable)
    client.post(
        book_url(bookable), {**GUEST, "name": user.name, "email": user.email, "start": slot.starts_at.isoformat()}
    )
    made = Reservation.objects.get()
    assert made.user == user
    assert page_of(made) in client.get(reverse("orders:reservations")).content.decode()
    client.force_login(UserFactory())
    assert page_of(made) not in client.get(reverse("orders:reservations")).content.decode()


def test_a_link_of_another_union_opens_nothing(client):
    made, other = confirmed(), repair_shop()
    address = reverse("orders:reservation", kwargs={"union": other.union.slug, "token": made.token})
    assert client.get(address).status_code == 404
    assert (
        client.get(reverse("orders:book", kwargs={"union": other.union.slug, "key": made.bookable.key})).status_code
        == 404
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_and_with_three(client, count, django_assert_num_queries):
    user, bookable = UserFactory(), repair_shop()
    for number in range(count):
        ReservationFactory(bookable=bookable, user=user, starts_at=timezone.now() + timedelta(days=number + 1))
    client.force_login(user)
    client.get(reverse("orders:reservations"))
    with django_assert_num_queries(4):
        client.get(reverse("orders:reservations"))


@pytest.mark.parametrize("resources", [1, 3])
def test_the_page_of_free_times_costs_the_same_however_many_do_it(client, resources, django_assert_num_queries):
    bookable = repair_shop(resources=resources)
    client.get(book_url(bookable))
    with django_assert_num_queries(11):
        client.get(book_url(bookable))
