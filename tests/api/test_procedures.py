"""Sales procedures for programs: published whole, walked step by step."""

import pytest

from orders.models import Procedure
from orders.services.procedures import StepWish, create_procedure, publish_whole
from tests.api.client import Api, key_for
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW
from tests.factories.procedures import states, walking
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db
WISH = {
    "name": "Repairs",
    "steps": [
        {"kind": "confirm", "title": "Confirm", "moves": "accept", "due_count": 2, "due_from": "paid"},
        {"kind": "take_deposit", "title": "Deposit", "deposit": 2500},
    ],
}


@pytest.fixture
def store():
    return StoreFactory()


def of_store(store) -> Api:
    return Api(store.union, key_for(store.union, store=store))


def test_procedure_is_published_changed_and_put_away(store):
    api = of_store(store)
    made = api.post("procedures/", WISH, Idempotency_Key="a")
    again = api.post("procedures/", WISH, Idempotency_Key="a")
    assert (made.status_code, made.json(), again.headers["Idempotency-Replayed"]) == (201, again.json(), "true")
    shown = made.json()
    assert (shown["name"], shown["store"], shown["version"]) == ("Repairs", store.slug, 1)
    assert [(step["title"], step["moves"], step["due_count"]) for step in shown["steps"]] == [
        ("Confirm", "accept", 2),
        ("Deposit", "", None),
    ]
    assert shown["steps"][1]["deposit"] == {"amount": 2500, "currency": store.union.currency}
    address = f"procedures/{shown['ref']}/"
    kept = shown["steps"][0]["key"]
    changed = api.ask("PUT", address, {"name": "Mending", "steps": [{"title": "Yes", "key": kept}]}).json()
    assert (changed["name"], changed["version"], changed["steps"][0]["key"]) == ("Mending", 2, kept)
    refused = api.ask("PUT", address, {"name": "Mending", "steps": []})
    assert (refused.status_code, api.get(address).json()["version"]) == (422, 2)
    assert api.ask("DELETE", address).status_code == 204
    assert api.get(address).status_code == 404
    assert api.get("procedures/").json()["results"] == []


def test_template_is_seen_by_stores_and_changed_by_the_office(store):
    office = Api(store.union, key_for(store.union))
    ref = office.post("procedures/", WISH, Idempotency_Key="a").json()["ref"]
    shown = of_store(store).get(f"procedures/{ref}/").json()
    assert (shown["store"], shown["version"]) == (None, 1)
    assert of_store(store).ask("PUT", f"procedures/{ref}/", WISH).status_code == 403
    assert of_store(store).ask("DELETE", f"procedures/{ref}/").status_code == 403
    assert office.ask("PUT", f"procedures/{ref}/", WISH).json()["version"] == 2
    customer = Api(store.union, key_for(store.union, user=UserFactory()))
    assert (customer.get("procedures/").json()["results"], customer.get(f"procedures/{ref}/").status_code) == ([], 404)
    assert customer.post("procedures/", WISH, Idempotency_Key="b").status_code == 403
    assert Procedure.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_with_any_number(store, count, django_assert_num_queries):
    for number in range(count):
        made = create_procedure(union=store.union, store=store, name=f"Way {number}", now=NOW)
        publish_whole(procedure=made, wishes=[StepWish("One"), StepWish("Two")], actor=None, now=NOW)
    api = of_store(store)
    api.get("procedures/")
    with django_assert_num_queries(6):
        assert len(api.get("procedures/").json()["results"]) == count


def test_order_walks_by_the_api(store):
    order = walking(
        store, StepWish("Check", checklist=("Brakes",)), StepWish("Send", moves="send"), StepWish("Thank"),
        goods_total=0, delivery_total=0, total=0,
    )  # fmt: skip
    api, run = of_store(store), f"orders/{order.number}/run/"
    assert [step["state"] for step in api.get(run).json()["steps"]] == ["open", "blocked", "blocked"]
    refused = api.post(f"{run}1/done/", {"ticked": []}, Idempotency_Key="a")
    assert (refused.status_code, refused.json()["code"], refused.json()["missing"]) == (
        409,
        "checklist_open",
        ["Brakes"],
    )
    done = api.post(f"{run}1/done/", {"ticked": [0], "note": "fine"}, Idempotency_Key="b").json()
    assert [step["state"] for step in done["steps"]] == ["done", "open", "blocked"]
    assert api.post(f"{run}2/done/", {}, Idempotency_Key="c").json()["code"] == "invalid"
    sent = api.post(f"{run}2/done/", {"carrier": "Royal Mail"}, Idempotency_Key="d")
    repeated = api.post(f"{run}2/done/", {"carrier": "Royal Mail"}, Idempotency_Key="d")
    assert (sent.json(), repeated.headers["Idempotency-Replayed"]) == (repeated.json(), "true")
    order.refresh_from_db()
    assert (order.state, states(order)) == ("shipped", "ddo")
    assert api.post(f"{run}3/skip/", {"reason": "Away"}).json()["steps"][2]["note"] == "Away"
    assert api.post(f"{run}9/skip/", {"reason": "Away"}).status_code == 404


def test_customer_walks_no_order(store):
    user = UserFactory()
    order = walking(store, StepWish("One"), purchase__user=user)
    api, run = Api(store.union, key_for(store.union, user=user)), f"orders/{order.number}/run/"
    assert api.get(run).status_code == 404
    assert api.post(f"{run}1/done/", {}, Idempotency_Key="a").status_code == 403
    assert states(order) == "o"


def test_a_key_that_does_nothing_with_orders_lets_nobody_else_do_so(store):
    goods = Api(store.union, key_for(store.union, store=store, scopes=["procedures:read", "procedures:write"]))
    ref = goods.post("procedures/", WISH, Idempotency_Key="a").json()["ref"]
    steps = [WISH["steps"][0], WISH["steps"][1] | {"permission": "catalogue"}]
    for refused in (
        goods.post("procedures/", {"name": "Mine", "steps": steps}, Idempotency_Key="b"),
        goods.ask("PUT", f"procedures/{ref}/", {"name": "Mine", "steps": steps}),
    ):
        assert refused.status_code == 403
    assert [one["name"] for one in goods.get("procedures/").json()["results"]] == ["Repairs"]
    assert of_store(store).ask("PUT", f"procedures/{ref}/", {"name": "Ours", "steps": steps}).status_code == 200
