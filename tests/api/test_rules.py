"""Rules over the API."""

import pytest

from chat.models import Rule
from tests.api.client import Api, key_for
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

TREE = {"all": [{"if": "cart_value", "value": 3000}, {"not": {"if": "member", "value": True}}]}
WISH = {"name": "Full cart", "words": "May we help?", "conditions": TREE, "words_in": {"ko": "도와드릴까요?"}}


def test_a_rule_is_made_read_changed_and_removed(bakery):
    made = bakery.post("rules/", WISH)
    assert made.status_code == 201, made.content
    rule = made.json()
    assert (rule["name"], rule["conditions"], rule["store"], rule["words_in"]) == (
        "Full cart",
        TREE,
        Rule.objects.get().store.slug,
        {"ko": "도와드릴까요?"},
    )
    address = f"rules/{rule['ref']}/"
    assert bakery.get(address).json() == rule
    changed = bakery.ask("PATCH", address, {"priority": 7}).json()
    assert {**changed, "changed_at": ""} == {**rule, "priority": 7, "changed_at": ""}
    assert [row["ref"] for row in bakery.get("rules/").json()["results"]] == [rule["ref"]]
    assert bakery.get(f"{address}preview/").json()["visitors"] == 0
    assert bakery.ask("DELETE", address).status_code == 204
    assert bakery.get(address).status_code == 404


def test_a_wrong_tree_is_refused_and_says_where(bakery):
    answer = bakery.post("rules/", {**WISH, "conditions": {"all": [{"if": "moon", "value": 1}]}})
    assert (answer.status_code, answer.json()["code"], answer.json()["at"]) == (422, "invalid", "conditions.all[0]")
    assert not Rule.objects.exists()


def test_the_unions_key_makes_rules_of_its_support_and_of_stores(office, bakery):
    own = office.post("rules/", WISH).json()
    store = bakery.post("rules/", WISH).json()
    assert (own["store"], bakery.get(f"rules/{own['ref']}/").status_code) == ("", 404)
    assert office.get(f"rules/{store['ref']}/").status_code == 200
    assert office.post("rules/", {**WISH, "store": "nowhere"}).status_code == 404
    assert office.post("rules/", {**WISH, "store": store["store"]}).json()["store"] == store["store"]


def test_keys_of_others_and_of_customers_have_no_rules(place, bakery, office):
    ref = bakery.post("rules/", WISH).json()["ref"]
    customer = Api(place.union, key_for(place.union, user=UserFactory()))
    assert customer.get("rules/").status_code == 403
    assert bakery.post("rules/", {**WISH, "store": "another"}).status_code == 404
    assert Rule.objects.get().ref == ref
