"""Customer responses over the API: asked, answered, escalated and settled by those who may, and nobody else's."""

import pytest

from orders.models import CustomerResponse
from tests.api.client import Api, key_for
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, market

pytestmark = pytest.mark.django_db


def api_of(there, **owner) -> Api:
    return Api(there.union, key_for(there.union, **owner) if owner else "")


def ask(api, there, *, key="k1", **more):
    body = {"store": there.first.slug, "kind": "question", "words": "Rye?", "email": "ada@example.com", **more}
    return api.post("responses/", body, Idempotency_Key=key)


def test_a_guest_asks_and_the_store_answers_and_settles():
    there = market()
    guest, store = api_of(there), api_of(there, store=there.first)
    made = ask(guest, there, product=there.bread.product.slug)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["state"], shown["product"], shown["next_actions"]) == (
        "received",
        there.bread.product.slug,
        ["write", "resolve", "escalate"],
    )
    assert ask(guest, there, product=there.bread.product.slug).json()["number"] == shown["number"]
    address, token = f"responses/{shown['number']}/", shown["page_url"].rstrip("/").rsplit("/", 1)[1]
    assert guest.get(address).status_code == 404
    early = guest.post(f"{address}escalate/", {}, Response_Token=token)
    assert (early.status_code, early.json()["code"]) == (409, "too_early_for_union")
    answered = store.post(f"{address}answer/", {"words": "No."}).json()
    assert (answered["state"], answered["due_at"], answered["page_url"]) == ("in_progress", None, None)
    assert guest.post(f"{address}answer/", {"words": "Yes."}, Response_Token=token).status_code == 403
    wrote = guest.post(f"{address}write/", {"words": "And wheat?"}, Response_Token=token).json()
    assert wrote["due_at"] is not None
    assert store.post(f"{address}resolve/", {"words": "A little."}).json()["state"] == "resolved"
    rated = guest.post(f"{address}rate/", {"satisfaction": 5}, Response_Token=token).json()
    assert (rated["satisfaction"], rated["next_actions"]) == (5, ["write"])
    again = guest.post(f"{address}rate/", {"satisfaction": 1}, Response_Token=token)
    assert (again.status_code, again.json()["code"]) == (409, "rated_already")


def test_the_union_decides_what_was_escalated():
    there, person = market(), UserFactory()
    customer, store, office = api_of(there, user=person), api_of(there, store=there.first), api_of(there, scopes=None)
    order = OrderFactory(store=there.first, purchase__user=person, state="delivered")
    made = ask(customer, there, kind="return_wish", order=order.number).json()
    address = f"responses/{made['number']}/"
    assert made["order"] == order.number
    assert store.post(f"{address}escalate/", {"words": "Please decide."}).json()["state"] == "escalated"
    refused = store.post(f"{address}resolve/", {"words": "We win."})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert "hand_back" in office.get(address).json()["next_actions"]
    assert office.post(f"{address}hand-back/", {"words": "Yours."}).json()["state"] == "in_progress"
    assert store.post(f"{address}escalate/", {"words": "No, yours."}).status_code == 200
    assert office.post(f"{address}resolve/", {"words": "Half back."}).json()["state"] == "resolved"
    assert [row["number"] for row in customer.get("responses/?state=resolved").json()["results"]] == [made["number"]]
    assert customer.get("responses/?kind=complaint").json()["results"] == []


def test_nobody_else_sees_or_moves_a_response():
    there = market()
    made = ask(api_of(there, user=UserFactory()), there).json()
    address = f"responses/{made['number']}/"
    for other in (api_of(there, store=there.second), api_of(there, user=UserFactory()), api_of(there)):
        assert other.get(address).status_code == 404
        assert other.post(f"{address}resolve/", {"words": "x"}).status_code == 404
    assert api_of(there).get("responses/").status_code == 404
    stranger = OrderFactory(store=there.first, purchase__user=UserFactory())
    assert ask(api_of(there, user=UserFactory()), there, key="k2", order=stranger.number).status_code == 404
    assert ask(api_of(there, store=there.first), there, key="k3").status_code == 403
    assert CustomerResponse.objects.get().state == "received"
