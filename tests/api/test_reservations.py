"""Reservations over the API: free times, asking for one, both sides' answers, and nobody else's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Reservation
from tests.api.client import Api, key_for
from tests.api.test_purchase import code
from tests.factories.accounts import UserFactory
from tests.factories.reservations import ReservationFactory, repair_shop

pytestmark = pytest.mark.django_db
WHO = {"name": "Ada Trevithick", "email": "ada@example.com"}


@pytest.fixture
def service(db):
    return repair_shop()


def api_of(service, **owner) -> Api:
    return Api(service.union, key_for(service.union, **owner) if owner else "")


def store_of(service) -> Api:
    return api_of(service, store=service.store)


def free(service, count=1) -> list[str]:
    first = (timezone.now() + timedelta(days=3)).date().isoformat()
    answer = api_of(service).get(f"slots/?service={service.key}&from={first}").json()
    return [slot["starts_at"] for day in answer["days"] for slot in day["slots"]][:count]


def ask(api, service, starts_at, *, key="k1", **more):
    return api.post(
        "reservations/", {"service": service.key, "starts_at": starts_at, **WHO, **more}, Idempotency_Key=key
    )


def token_of(answer) -> str:
    return answer["page_url"].rstrip("/").rsplit("/", 1)[1]


def test_resources_say_who_does_what(service):
    resource = service.served_by.get().resource
    (found,) = api_of(service).get(f"resources/?store={service.store.slug}").json()["results"]
    assert found == {
        "key": resource.key,
        "store": service.store.slug,
        "kind": "person",
        "name": resource.name,
        "capacity": 1,
        "services": [service.key],
    }


def test_slots_are_named_by_service_or_by_store_and_product(service):
    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    by_key = api_of(service).get(f"slots/?service={service.key}&from={day}&to={day}").json()
    named = f"slots/?store={service.store.slug}&product={service.product.slug}&from={day}&to={day}"
    assert api_of(service).get(named).json() == by_key
    (found,) = by_key["days"]
    assert (found["date"], len(found["slots"]), found["slots"][0]["left"]) == (day, 15, 1)
    assert by_key["service"]["minutes"] == 60
    assert code(api_of(service).get("slots/")) == (422, "invalid")
    assert code(api_of(service).get("slots/?service=nothing")) == (404, "not_bookable")


def test_a_guest_asks_and_the_store_accepts(service):
    (start,) = free(service)
    response = ask(api_of(service), service, start)
    made = response.json()
    assert (response.status_code, made["state"], made["proposed_by"]) == (201, "proposed", "customer")
    assert made["next_actions"] == ["counter", "cancel"]
    seen = store_of(service).get(f"reservations/{made['number']}/").json()
    assert seen["next_actions"] == ["accept", "counter", "decline", "cancel"]
    accepted = store_of(service).post(f"reservations/{made['number']}/accept/", {"note": "bring it by ten"}).json()
    assert accepted["state"] == "confirmed"
    mine = api_of(service).get(f"reservations/{made['number']}/", Reservation_Token=token_of(made)).json()
    assert [step["to_state"] for step in mine["changes"]] == ["proposed", "confirmed"]


def test_a_guest_without_the_token_sees_nothing(service):
    (start,) = free(service)
    number = ask(api_of(service), service, start).json()["number"]
    for token in ({}, {"Reservation_Token": "t" * 43}):
        for method, path in (("GET", ""), ("POST", "cancel/")):
            answer = api_of(service).ask(method, f"reservations/{number}/{path}", {}, **token)
            assert code(answer) == (404, "not_found")
    assert Reservation.objects.get().state == "proposed"


def test_the_same_key_asks_once_and_another_gets_the_next_times(service):
    first, second = free(service, 2)
    answers = [ask(api_of(service), service, first).json() for _ in range(2)]
    assert (answers[0], Reservation.objects.count()) == (answers[1], 1)
    refused = ask(api_of(service), service, first, key="k2", email="ben@example.com")
    assert code(refused) == (409, "slot_taken")
    assert second not in refused.json()["next"]
    assert len(refused.json()["next"]) == 3


def test_a_request_without_a_key_for_repeating_is_refused(service):
    (start,) = free(service)
    answer = api_of(service).post("reservations/", {"service": service.key, "starts_at": start, **WHO})
    assert code(answer) == (400, "idempotency_key_required")


def test_a_customer_counters_declines_and_cancels_their_own(service):
    user = UserFactory()
    customer = api_of(service, user=user)
    first, second = free(service, 2)
    made = ask(customer, service, first, name="", email="").json()
    assert (made["name"], made["email"]) == (user.name, user.email)
    moved = customer.post(f"reservations/{made['number']}/counter/", {"starts_at": second}).json()
    assert (moved["state"], moved["starts_at"]) == ("countered", second)
    assert code(customer.post(f"reservations/{made['number']}/accept/")) == (409, "not_your_turn")
    assert code(customer.post(f"reservations/{made['number']}/done/")) == (403, "not_allowed")
    assert customer.post(f"reservations/{made['number']}/cancel/").json()["state"] == "cancelled"
    (listed,) = customer.get("reservations/").json()["results"]
    assert listed["number"] == made["number"]


def test_the_store_enters_what_was_agreed_and_notes_what_became_of_it(service):
    (start,) = free(service)
    made = ask(store_of(service), service, start, agreed=True).json()
    assert (made["state"], made["proposed_by"]) == ("confirmed", "store")
    assert code(store_of(service).post(f"reservations/{made['number']}/no-show/")) == (409, "not_yet")
    past = ReservationFactory(bookable=service, state="confirmed", starts_at=timezone.now() - timedelta(hours=1))
    assert store_of(service).post(f"reservations/{past.number}/done/").json()["state"] == "done"


def test_another_store_neither_sees_nor_books(service):
    other = repair_shop(union=service.union)
    made = ReservationFactory(bookable=service)
    api = store_of(other)
    assert api.get("reservations/").json()["results"] == []
    assert code(api.get(f"reservations/{made.number}/")) == (404, "not_found")
    (start,) = free(service)
    assert code(ask(api, service, start)) == (404, "not_bookable")
    assert Reservation.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_and_with_three(service, count, django_assert_num_queries):
    for number in range(count):
        ReservationFactory(bookable=service, starts_at=timezone.now() + timedelta(days=number + 1))
    api = store_of(service)
    api.get("reservations/")
    with django_assert_num_queries(5):
        assert len(api.get("reservations/").json()["results"]) == count
