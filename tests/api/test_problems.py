"""Whatever goes wrong is told as a problem document."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from core.api import limits
from stores.api.stores import StoreList
from stores.models import ApiKey
from stores.services.keys import find_key, issue_key, revoke_key
from tests.api.client import Api, key_for
from tests.api.test_purchase import code
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_a_size_that_is_none_and_a_nul_are_the_askers_mistake(guest):
    for query in ("page_size=-1", "page_size=0", "page_size=x", "q=%00"):
        assert code(guest.get(f"products/?{query}")) == (422, "invalid"), query
    assert guest.get("products/?page_size=1000").status_code == 200


def test_problem_document_has_the_members_of_rfc_9457(guest):
    response = guest.get("stores/nowhere/")
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": "This does not exist here.",
    }


@pytest.mark.parametrize(
    "address", ["/api/v1/", "/api/v1/nothing/", "/api/v1/unions/nowhere/", "/api/v1/unions", "orders"]
)
def test_unknown_addresses_are_problems_too(guest, address):
    assert code(guest.get(address)) == (404, "not_found")


def test_wrong_method_media_type_and_json_are_problems(place, guest, office):
    wrong = guest.ask("DELETE", "stores/")
    assert (code(wrong), wrong["Allow"]) == ((405, "method_not_allowed"), "GET, HEAD")
    assert code(guest.ask("OPTIONS", "stores/")) == (405, "method_not_allowed")
    assert code(guest.get("stores/", Accept="text/html")) == (406, "not_acceptable")
    client = Client()
    address = guest.base + "cart/lines/"
    assert code(client.post(address, "lines=1", content_type="application/x-www-form-urlencoded")) == (
        415,
        "unsupported_media_type",
    )
    assert code(client.post(address, "{not json", content_type="application/json")) == (400, "parse_error")
    assert code(client.post(address, b"\xff\xfe", content_type="application/json")) == (400, "parse_error")
    for body in ("[]", "null", '"text"', "7"):
        assert code(client.post(address, body, content_type="application/json"))[0] == 422


def test_invalid_entries_are_named(guest):
    response = guest.post("cart/lines/", {"lines": [{"quantity": 0}]})
    assert code(response) == (422, "invalid")
    message = "Ensure this value is greater than or equal to 1."
    assert response.json()["errors"] == {
        "lines": {"0": {"quantity": [{"message": message, "code": "min_value"}]}},
    }


def test_missing_malformed_and_unknown_keys_are_problems(place):
    missing = Api(place.union).get("orders/")
    assert (code(missing), missing["WWW-Authenticate"]) == ((401, "key_missing"), "Bearer")
    assert code(Api(place.union, Authorization="Basic abc").get("orders/")) == (401, "key_malformed")
    for text in ("mu_unknown", "other", "mu_" + "x" * 2000):
        assert code(Api(place.union, text).get("orders/")) == (401, "key_unknown")


def test_revoked_key_is_dead_at_once(place):
    key, plain = issue_key(union=place.union, name="till", scopes=["orders:read"], actor=None)
    api = Api(place.union, plain)
    assert api.get("orders/").status_code == 200
    revoke_key(key=key, actor=None, now=timezone.now())
    assert code(api.get("orders/")) == (401, "key_unknown")


def test_key_dies_with_its_owner(place, bakery, customer):
    place.first.membership.state = "suspended"
    place.first.membership.save()
    assert bakery.get("orders/").status_code == 200
    place.first.membership.state = "left"
    place.first.membership.save()
    assert code(bakery.get("orders/")) == (401, "key_unknown")
    customer.user.is_active = False
    customer.user.save()
    assert code(customer.get("orders/")) == (401, "key_unknown")


def test_use_of_a_key_is_noted(place, bakery):
    bakery.get("orders/")
    assert ApiKey.objects.get(store=place.first).last_used_at is not None


@pytest.fixture
def _at_twenty_past(monkeypatch):
    """All requests fall into one minute, at its twentieth second."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_800_000_020.0))


@pytest.mark.usefixtures("_at_twenty_past")
def test_too_many_requests_are_told_to_wait(place, guest, settings):
    settings.API_RATE_GUEST, settings.API_RATE_KEY = 2, 3
    assert [guest.get("stores/").status_code for _ in range(2)] == [200, 200]
    response = guest.get("stores/")
    assert code(response) == (429, "throttled")
    assert response["Retry-After"] == "40"
    api = Api(place.union, key_for(place.union, user=UserFactory()))
    assert [api.get("stores/").status_code for _ in range(4)] == [200, 200, 200, 429]
    other = Api(place.union, key_for(place.union))
    assert other.get("stores/").status_code == 200


@pytest.mark.usefixtures("_at_twenty_past")
def test_forwarded_addresses_of_strangers_are_not_believed(guest, settings):
    settings.API_RATE_GUEST = 1
    assert guest.get("stores/", X_Forwarded_For="1.1.1.1").status_code == 200
    assert guest.get("stores/", X_Forwarded_For="2.2.2.2").status_code == 429


@pytest.mark.usefixtures("_at_twenty_past")
def test_the_machines_of_one_house_ask_together(guest, settings):
    settings.API_RATE_GUEST, settings.NUM_PROXIES = 1, 1
    asked = [
        guest.get("stores/", X_Forwarded_For=f"2001:db8:{at}").status_code for at in ("7:1::1", "7:1::2", "7:2::1")
    ]
    assert asked == [200, 429, 200]
    lean = [guest.post("cart/lines/", {"lines": []}, X_Forwarded_For=f"2001:db8:8:1::{at}") for at in (1, 2)]
    assert [answer.status_code == 429 for answer in lean] == [False, True]


def test_requests_are_answered_when_redis_is_gone(guest, monkeypatch, caplog):
    import redis

    monkeypatch.setattr(limits, "redis_connection", lambda: redis.Redis(port=1))
    assert guest.get("stores/").status_code == 200
    assert "not counted" in caplog.text


def test_error_of_ours_is_a_problem_and_is_written_down(guest, monkeypatch, caplog):
    def broken(self):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(StoreList, "rows", broken)
    guest.client.raise_request_exception = False
    response = guest.get("stores/")
    assert code(response) == (500, "internal_error")
    assert "a fault of ours" not in response.content.decode()
    assert "a fault of ours" in caplog.text


@pytest.mark.parametrize("address", ["stores/?class=%00", "stock/%00/", "products/?q=%00", "cart/lines/a/%00/"])
def test_nul_characters_do_not_reach_the_database(office, address):
    assert code(office.get(address))[0] in (404, 405, 422)


@pytest.mark.parametrize(
    "cursor", ["x", "cD1hYmM=", "cD0lMDA=", "bz05OTk5OTk5OTk5OTk5OQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk="]
)
def test_strange_cursors_are_refused(guest, cursor):
    response = guest.get(f"products/?cursor={cursor}")
    assert response.status_code in (200, 404)
    assert guest.get(f"/api/v1/unions/?cursor={cursor}").status_code in (200, 404)


def test_failure_outside_of_all_views_is_a_problem_below_the_api(guest, monkeypatch):
    from unions.middleware import union as middleware

    def gone(**_):
        raise RuntimeError("the database is away")

    monkeypatch.setattr(middleware, "unions_at", gone)
    guest.client.raise_request_exception = False
    assert code(guest.get("stores/")) == (500, "internal_error")
    page = guest.get("/")
    assert (page.status_code, page["Content-Type"]) == (500, "text/html; charset=utf-8")


def test_too_large_a_body_is_refused(guest):
    assert code(guest.post("cart/lines/", {"lines": "x" * 1_000_000})) == (413, "too_large")


def test_looking_up_a_key_costs_two_queries_at_most(place, office, customer, bakery, django_assert_num_queries):
    for api, queries in ((office, 1), (customer, 2), (bakery, 2)):
        with django_assert_num_queries(queries):
            assert find_key(plain=api.headers["Authorization"].removeprefix("Bearer ")) is not None
