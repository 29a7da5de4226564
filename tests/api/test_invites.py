"""Codes, memberships and rooms over the API."""

import pytest
from django.utils import timezone

from chat.models import AccessCode, CodeUse
from chat.services.members import save_plan
from chat.services.rooms import open_room_around
from tests.api.client import Api, key_for
from tests.chat.test_codes import campaign_of
from tests.factories.accounts import UserFactory
from tests.factories.payments import PaymentAccountFactory

pytestmark = pytest.mark.django_db


def at(place, word):
    return f"/api/v1/unions/{place.union.slug}/{word}"


def test_store_issues_a_code_that_a_customer_enters_once(place):
    campaign_of(place.first)
    store = Api(place.union, key_for(place.union, store=place.first))
    wish = {"campaign": "spring", "name": "Ada", "email": "ada@example.com", "max_uses": 1}
    made = store.ask("POST", at(place, "codes/"), wish, Idempotency_Key="one")
    assert (made.status_code, made.json()["uses"], made.json()["max_uses"]) == (201, 0, 1)
    again = store.ask("POST", at(place, "codes/"), wish, Idempotency_Key="two")
    assert (again.status_code, AccessCode.objects.count()) == (422, 1)
    customer = Api(place.union, key_for(place.union, user=UserFactory()))
    entered = customer.ask("POST", at(place, "codes/enter/"), {"code": made.json()["code"]}, Idempotency_Key="e")
    assert (entered.status_code, entered.json()["store"]) == (200, place.first.slug)
    other = Api(place.union, key_for(place.union, user=UserFactory()))
    refused = other.ask("POST", at(place, "codes/enter/"), {"code": made.json()["code"]}, Idempotency_Key="e")
    assert (refused.status_code, refused.json()["code"], CodeUse.objects.count()) == (404, "code_unknown", 1)
    listed = store.ask("GET", at(place, "codes/")).json()["results"]
    assert [(code["code"], code["uses"]) for code in listed] == [(made.json()["code"], 1)]
    elsewhere = Api(place.union, key_for(place.union, store=place.second))
    assert elsewhere.ask("GET", at(place, "codes/")).json()["results"] == []
    gone = elsewhere.ask("POST", at(place, f"codes/{made.json()['id']}/revoke/"), {}, Idempotency_Key="r")
    assert (gone.status_code, AccessCode.objects.get().revoked_at) == (404, None)


def test_customer_joins_and_cancels(place):
    plan = save_plan(
        union=place.union, store=None, plan=None, now=timezone.now(), name="Friends", terms="T", amount=900,
        period="month",
    )  # fmt: skip
    account = PaymentAccountFactory(is_default=True)
    customer = Api(place.union, key_for(place.union, user=account.user))
    assert [one["number"] for one in customer.ask("GET", at(place, "plans/")).json()] == [plan.ref]
    joined = customer.ask("POST", at(place, "memberships/"), {"plan": plan.ref}, Idempotency_Key="j")
    assert (joined.status_code, joined.json()["state"], joined.json()["dues"]["amount"]) == (201, "active", 900)
    number = joined.json()["number"]
    other = Api(place.union, key_for(place.union, user=UserFactory()))
    assert other.ask("POST", at(place, f"memberships/{number}/cancel/"), {}, Idempotency_Key="c").status_code == 404
    assert other.ask("GET", at(place, "memberships/")).json()["results"] == []
    cancelled = customer.ask("POST", at(place, f"memberships/{number}/cancel/"), {}, Idempotency_Key="c")
    assert (cancelled.json()["state"], cancelled.json()["cancelled_at"] is not None) == ("active", True)


def test_room_is_held_by_one(place):
    room = open_room_around(
        store=place.first, variant=place.bread, title="", hold_minutes=5, presenter=None, now=timezone.now()
    )
    listed = Api(place.union).ask("GET", at(place, "rooms/")).json()["results"]
    assert [(one["number"], one["price"]["amount"]) for one in listed] == [(room.ref, 350)]
    one, two = (Api(place.union, key_for(place.union, user=UserFactory())) for _customer in range(2))
    assert one.ask("POST", at(place, f"rooms/{room.ref}/hold/"), {}, Idempotency_Key="h").status_code == 200
    refused = two.ask("POST", at(place, f"rooms/{room.ref}/hold/"), {}, Idempotency_Key="h")
    assert (refused.status_code, refused.json()["code"]) == (409, "room_held")
    assert Api(place.union).ask("GET", at(place, f"rooms/{room.ref}/")).json()["here"] == 2
    assert one.ask("POST", at(place, f"rooms/{room.ref}/release/"), {}, Idempotency_Key="l").status_code == 200
