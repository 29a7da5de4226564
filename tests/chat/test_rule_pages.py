"""The pages of rules: list, editor, preview, figures; who may see and change them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Conversation, Invitation, Manager, Rule
from chat.queries.rule_figures import Figures, figures_of, preview_of
from chat.queries.rules import as_live
from chat.services.presence import log_in
from chat.services.rules import Wording, create_rule
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory
from tests.factories.orders import OrderFactory, PurchaseFactory
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import UnionStaffFactory, owner_of
from tests.manage.people import signed_in
from unions.models import BrowsingEvent
from unions.services.browsing import make_month

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)


def made(store, **fields):
    return create_rule(
        union=store.union, store=store, wording=Wording(**{"name": "Help", **fields}), actor=None, now=NOW
    )


def url(store, rest=""):
    return f"/manage/{store.union.slug}/{store.slug}/rules/{rest}"


def filled(**changed):
    data = {
        "name": "Full cart", "action": "invite", "offer": "text", "picture": "none", "words": "May we help?",
        "is_enabled": "on", "free_minutes": "0", "priority": "5", "cooldown_minutes": "60", "limit_per_visitor": "3",
        "top": "all", "g0": "all", "g1": "none", "g2": "all",
        "g0_0_if": "cart_value", "g0_0_value": "30.50", "g0_1_if": "hour", "g0_1_value": "9-18",
        "g1_0_if": "member", "g1_0_value": "yes",
    }  # fmt: skip
    return {**data, **changed}


def test_a_rule_is_made_on_a_plain_form():
    store = StoreFactory(union__currency="GBP")
    owner = signed_in(owner_of(store.membership))
    answer = owner.post(url(store, "new/"), filled())
    rule = Rule.objects.get()
    assert answer["Location"] == url(store, f"{rule.ref}/")
    assert rule.conditions == {
        "all": [
            {"all": [{"if": "cart_value", "value": 3050}, {"if": "hour", "value": [9, 18]}]},
            {"not": {"any": [{"if": "member", "value": True}]}},
        ]
    }
    assert (rule.store_id, rule.priority, rule.words) == (store.pk, 5, "May we help?")
    page = owner.get(url(store, f"{rule.ref}/")).content.decode()
    assert 'value="30.50"' in page
    assert "Full cart" in owner.get(url(store)).content.decode()
    owner.post(url(store, f"{rule.ref}/"), filled(name="Fuller cart", g1_0_if=""))
    rule.refresh_from_db()
    assert (rule.name, rule.conditions) == (
        "Fuller cart",
        {"all": [{"if": "cart_value", "value": 3050}, {"if": "hour", "value": [9, 18]}]},
    )


def test_a_wrong_value_is_said_beside_it_and_nothing_is_made():
    store = StoreFactory(union__currency="GBP")
    answer = signed_in(owner_of(store.membership)).post(url(store, "new/"), filled(g0_0_value="much"))
    assert answer.status_code == 200
    assert "This value does not fit the condition" in answer.content.decode()
    assert not Rule.objects.exists()


def test_conditions_deeper_than_the_form_are_kept():
    store = StoreFactory()
    deep = {"all": [{"not": {"all": [{"if": "visits", "value": 2}, {"not": {"if": "member", "value": True}}]}}]}
    rule = made(store, conditions=deep)
    owner = signed_in(owner_of(store.membership))
    owner.post(url(store, f"{rule.ref}/"), filled(name="Renamed"))
    rule.refresh_from_db()
    assert (rule.name, rule.conditions) == ("Renamed", deep)


def test_switching_and_removing():
    store = StoreFactory()
    rule = made(store)
    owner = signed_in(owner_of(store.membership))
    owner.post(url(store, f"{rule.ref}/switch/"), {"enabled": "0"})
    rule.refresh_from_db()
    assert rule.is_enabled is False
    owner.post(url(store, f"{rule.ref}/remove/"))
    assert not Rule.objects.exists()


def test_who_answers_sees_rules_and_only_who_leads_changes_them():
    store = StoreFactory()
    rule = made(store)
    answering = signed_in(StoreStaffFactory(store=store, permissions=["console"]).user)
    packing = signed_in(StoreStaffFactory(store=store, permissions=["orders"]).user)
    neighbour = signed_in(owner_of(StoreFactory(union=store.union).membership))
    assert answering.get(url(store, f"{rule.ref}/")).status_code == 200
    assert answering.post(url(store, f"{rule.ref}/remove/")).status_code == 403
    assert answering.post(url(store, "new/"), filled()).status_code == 403
    assert packing.get(url(store)).status_code == 403
    assert neighbour.get(url(store, f"{rule.ref}/")).status_code == 404
    assert neighbour.get(url(StoreFactory(union=store.union), f"{rule.ref}/")).status_code == 404
    assert Rule.objects.count() == 1


def test_the_unions_support_has_rules_of_its_own():
    store = StoreFactory(union__currency="GBP")
    office = signed_in(UnionStaffFactory(union=store.union).user)
    place = f"/manage/{store.union.slug}/-/rules/"
    office.post(f"{place}new/", filled())
    rule = Rule.objects.get()
    assert rule.store is None
    assert office.get(f"{place}{rule.ref}/").status_code == 200
    assert signed_in(owner_of(store.membership)).get(url(store, f"{rule.ref}/")).status_code == 404


def test_figures_count_what_followed_within_seven_days():
    store = StoreFactory()
    rule, other = made(store), made(store, name="Other")
    begun = NOW - timedelta(days=8)

    def shown(state, order_after=None, order_store=store):
        purchase = PurchaseFactory(union=store.union, user=UserFactory())
        talk = None
        if state == "accepted":
            talk = ConversationFactory(store=store, customer=purchase.user, visitor="")
            Conversation.objects.filter(pk=talk.pk).update(created_at=begun, shopper_email="")
        Invitation.objects.create(
            union=store.union, store=store, rule=rule, ref=f"i{Invitation.objects.count()}", state=state,
            conversation=talk, shown_at=begun, answered_at=None if state == "shown" else begun,
        )  # fmt: skip
        if order_after is not None:
            OrderFactory(store=order_store, purchase=purchase, placed_at=begun + order_after, state="paid")

    shown("shown")
    shown("declined")
    shown("accepted")
    shown("accepted", timedelta(days=6))
    shown("accepted", timedelta(days=8))
    shown("accepted", timedelta(days=1), StoreFactory(union=store.union))
    assert figures_of([rule, other], since=NOW - timedelta(days=30)) == {rule.pk: Figures(6, 4, 1, 1)}


def test_the_list_asks_the_same_number_of_queries_for_one_rule_and_three(django_assert_num_queries):
    store = StoreFactory()
    made(store)
    owner = signed_in(owner_of(store.membership))
    owner.get(url(store))
    with CaptureQueriesContext(connection) as one:
        owner.get(url(store))
    made(store, name="Two")
    made(store, name="Three")
    with django_assert_num_queries(len(one)):
        owner.get(url(store))


def recorded(store, visitor, *events):
    """Events of one visitor, minutes before now."""
    for n, (minutes, kind, page, more) in enumerate(events):
        at = NOW - timedelta(minutes=minutes)
        make_month(year=at.year, month=at.month)
        BrowsingEvent.objects.create(
            at=at, entry=f"{visitor}-{n}", union=store.union, visitor=visitor, kind=kind, page=page, **more
        )


def test_the_preview_says_whom_a_rule_would_have_met():
    store = StoreFactory()
    manager = Manager.objects.create(union=store.union, store=store, user=owner_of(store.membership))
    log_in(manager=manager, channel="c", address=None, device="", now=NOW - timedelta(minutes=90))
    rule = made(
        store,
        conditions={"all": [{"if": "pages", "value": 2}, {"if": "cart_value", "value": 100}]},
        cooldown_minutes=10,
        limit_per_visitor=5,
    )
    page = f"/{store.slug}/"
    look = ("page", page, {})
    # Met, and again after the cooldown; the quick look between is within it.
    recorded(
        store, "v1", (60, *look), (59, "cart", "/cart/", {"value": 150}), (58, *look), (55, *look), (40, *look)
    )  # fmt: skip
    # Nothing in the cart; and somebody who came while nobody was there.
    recorded(store, "v2", (60, *look), (59, *look))
    recorded(store, "v3", (200, *look), (199, "cart", "/cart/", {"value": 150}), (198, *look))
    preview = preview_of(store.union, as_live(rule), now=NOW)
    assert (preview.visitors, preview.people, preview.times, preview.is_cut) == (3, 1, 2, False)
    assert [(met.visitor, met.at) for met in preview.met] == [
        ("v1", NOW - timedelta(minutes=58)),
        ("v1", NOW - timedelta(minutes=40)),
    ]
    shown = signed_in(owner_of(store.membership)).get(url(store, f"{rule.ref}/?preview=1")).content.decode()
    assert "Of 3 shoppers" in shown


def test_the_preview_never_looks_into_another_union():
    store, elsewhere = StoreFactory(), StoreFactory()
    recorded(elsewhere, "v1", (60, "page", f"/{store.slug}/", {}))
    assert preview_of(store.union, as_live(made(store)), now=NOW).events == 0
