"""What an event costs: no query, and as many words with Redis for fifty rules as for one."""

import statistics
import sys
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from redis.connection import AbstractConnection

from chat.handlers import forget_visitor as hear_of_withdrawal
from chat.models import Block, Conversation, Invitation, Rule
from chat.queries.shoppers import Shopper
from chat.services.invitations import accept_invitation
from chat.services.meeting import Browsing, event_of, item_of, page_within, see
from chat.services.rules import Wording, create_rule
from core.errors import WrongState
from core.live import redis_connection
from core.outbox import deliver_waiting
from tests.chat.answering import beat, manager_of
from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, StoreFactory
from tests.unions.visits import visit_of
from unions.services.browsing import STREAM, forget_visitor

pytestmark = pytest.mark.django_db


def here(store):
    """Somebody sits at the store's console now."""
    beat(manager_of(store, here=False), at=timezone.now())


def seen(shopper, browsing, page, *, now=None, seconds=0):
    now = now or timezone.now()
    event = event_of(
        shopper=shopper, page=page, seconds=seconds, results=None, words="", is_noted=browsing.consent, now=now
    )
    return see(shopper=shopper, browsing=browsing, event=event, now=now)


def ruled(store, number=1, **fields):
    for n in range(number):
        create_rule(
            union=store.union,
            store=store,
            wording=Wording(**{"name": f"Rule {n}", "conditions": {}, **fields}),
            actor=None,
            now=timezone.now(),
        )


NEVER = {
    "all": [
        {"any": [{"if": "cart_value", "value": 10**9}, {"if": "visits", "value": 1}]},
        {"not": {"if": "member", "value": True}},
        {"if": "empty_searches", "value": 999},
    ]
}


@pytest.mark.parametrize("consent", [True, False])
def test_an_event_asks_the_database_nothing_with_fifty_rules(consent, django_assert_num_queries):
    """Run with -s to see what it takes."""
    store = StoreFactory()
    here(store)
    ruled(store, 50, conditions=NEVER)
    shopper, browsing = Shopper(union=store.union, visitor="v1"), Browsing(consent=consent, since=time.time())
    page = f"/{store.slug}/"
    seen(shopper, browsing, page)
    took = []
    with django_assert_num_queries(0):
        for _ in range(200):
            begun = time.perf_counter()
            seen(shopper, browsing, page)
            took.append((time.perf_counter() - begun) * 1000)
        seen(shopper, browsing, page, seconds=30)
    sys.stdout.write(f"median {statistics.median(took):.2f} ms, p99 {sorted(took)[197]:.2f} ms\n")


@pytest.mark.parametrize("consent", [True, False])
def test_fifty_rules_are_as_many_words_with_redis_as_one(consent, monkeypatch):
    store = StoreFactory()
    here(store)
    shopper, browsing = Shopper(union=store.union, visitor="v1"), Browsing(consent=consent, since=time.time())
    said, say = [], AbstractConnection.send_packed_command
    monkeypatch.setattr(
        AbstractConnection, "send_packed_command", lambda *of, **more: said.append(of) or say(*of, **more)
    )
    asked = []
    for more in (1, 49):
        ruled(store, more, conditions=NEVER)
        for _ in range(2):
            said.clear()
            seen(shopper, browsing, f"/{store.slug}/")
        asked.append(len(said))
    assert 0 < asked[0] == asked[1] <= 4


def test_the_value_of_the_item_that_is_looked_at_counts():
    product = ProductFactory(price_from=90_000)
    store = product.store
    here(store)
    ruled(store, conditions={"if": "item_value", "value": 80_000})
    shopper, browsing = Shopper(union=store.union, visitor="v1"), Browsing(consent=True, since=time.time())
    assert seen(shopper, browsing, f"/{store.slug}/") is None
    assert seen(shopper, browsing, f"/{store.slug}/{product.slug}/") is not None
    assert visit_of(union_id=store.union_id, visitor="v1").product == f"{store.slug}/{product.slug}"


def test_an_event_is_one_entry_of_the_stream_with_consent_and_none_without():
    store = StoreFactory()
    seen(Shopper(union=store.union, visitor="v1"), Browsing(consent=True, since=time.time()), "/")
    assert redis_connection().xlen(STREAM) == 1
    seen(Shopper(union=store.union, visitor="v2"), Browsing(), "/")
    assert redis_connection().xlen(STREAM) == 1
    assert visit_of(union_id=store.union_id, visitor="v2").visits == 0


def test_the_cart_counts_also_without_consent():
    store = StoreFactory()
    here(store)
    ruled(store, conditions={"if": "cart_value", "value": 500})
    empty, full = Browsing(cart_value=lambda: 499), Browsing(cart_value=lambda: 500)
    shopper = Shopper(union=store.union, visitor="")
    assert seen(shopper, empty, f"/{store.slug}/") is None
    assert seen(shopper, full, f"/{store.slug}/") is not None


def test_who_is_talking_already_is_not_invited():
    store = StoreFactory()
    here(store)
    ruled(store)
    shopper, browsing = Shopper(union=store.union, visitor="v1"), Browsing(consent=True, since=time.time())
    invitation = seen(shopper, browsing, f"/{store.slug}/")
    accept_invitation(shopper=shopper, invitation=invitation, now=timezone.now())
    later = timezone.now() + timedelta(hours=2)
    assert seen(shopper, browsing, f"/{store.slug}/", now=later) is None
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(("at_store", "invited"), [("own", 0), ("none", 0), ("other", 1)])
def test_whom_a_store_does_not_talk_to_its_rules_do_not_invite(at_store, invited):
    store = StoreFactory()
    here(store)
    ruled(store, action=Rule.Action.CONNECT)
    blocking = {"own": store, "none": None, "other": StoreFactory(union=store.union)}[at_store]
    Block.objects.create(union=store.union, store=blocking, visitor="v1", at=timezone.now())
    shopper, browsing = Shopper(union=store.union, visitor="v1"), Browsing(consent=True, since=time.time())
    seen(shopper, browsing, f"/{store.slug}/")
    assert (Invitation.objects.count(), Conversation.objects.count()) == (invited, invited)


def test_withdrawing_erases_who_was_invited_and_why_but_not_what_came_of_it():
    store, user = StoreFactory(), UserFactory()
    here(store)
    ruled(store)
    browsing = Browsing(consent=True, since=time.time())
    mine = Shopper(union=store.union, visitor="v1", user=user)
    theirs = Shopper(union=store.union, visitor="v2")
    taken = seen(mine, browsing, f"/{store.slug}/")
    talk = accept_invitation(shopper=mine, invitation=taken, now=timezone.now())
    other = seen(theirs, browsing, f"/{store.slug}/")
    assert (taken.visitor, taken.customer, taken.why["rule"]) == ("v1", user, "Rule 0")
    forget_visitor(visitor="v1")
    deliver_waiting(now=timezone.now())
    taken.refresh_from_db()
    assert (taken.visitor, taken.customer, taken.why) == ("", None, {})
    assert (taken.state, taken.conversation, taken.rule.name) == ("accepted", talk, "Rule 0")
    other.refresh_from_db()
    assert (other.visitor, other.why["rule"]) == ("v2", "Rule 0")


def test_hearing_of_a_withdrawal_again_erases_nothing_of_a_later_consent():
    store = StoreFactory()
    here(store)
    ruled(store)
    withdrawn = timezone.now() - timedelta(minutes=5)
    shopper, browsing = Shopper(union=store.union, visitor="v1"), Browsing(consent=True, since=time.time())
    invitation = seen(shopper, browsing, f"/{store.slug}/")
    hear_of_withdrawal(visitor="v1", at=withdrawn.isoformat())
    invitation.refresh_from_db()
    assert (invitation.visitor, invitation.why["rule"]) == ("v1", "Rule 0")
    for _time in range(2):
        hear_of_withdrawal(visitor="v1", at=timezone.now().isoformat())
        invitation.refresh_from_db()
        assert (invitation.visitor, invitation.why, invitation.state) == ("", {}, "shown")


def test_an_old_invitation_cannot_be_accepted_any_more():
    store = StoreFactory()
    here(store)
    ruled(store)
    shopper, browsing = Shopper(union=store.union, visitor="v1"), Browsing(consent=True, since=time.time())
    invitation = seen(shopper, browsing, f"/{store.slug}/")
    with pytest.raises(WrongState):
        accept_invitation(shopper=shopper, invitation=invitation, now=timezone.now() + timedelta(minutes=31))
    assert Invitation.objects.get().state == "shown"


@pytest.mark.parametrize(
    ("path", "page", "item"),
    [
        ("/u/harbour/tea/oolong/", "/tea/oolong/", "tea/oolong"),
        ("/tea/oolong/?way=list", "/tea/oolong/", "tea/oolong"),
        ("/u/harbour/", "/", ""),
        ("/u/harbour/cart/", "/cart/", ""),
        ("/u/harbour/classes/47/", "/classes/47/", ""),
        ("/u/harbour/tea/oolong/review/", "/tea/oolong/review/", ""),
    ],
)
def test_pages_are_the_same_on_a_unions_own_domain(path, page, item):
    assert page_within(path=path, union="harbour") == page
    assert item_of(page=page) == item


ANYWAY = {"any": [{"if": "manager_present", "value": True}, {"if": "manager_present", "value": False}]}


def test_a_flood_of_new_lines_from_one_address_fills_no_console(monkeypatch):
    monkeypatch.setattr("chat.services.meeting.MEETINGS", (2, 3600))
    store = StoreFactory()
    ruled(store, cooldown_minutes=0, conditions=ANYWAY)
    floods = [Shopper(union=store.union, visitor="", address="203.0.113.77") for _line in range(14)]
    shown = [seen(each, Browsing(), f"/{store.slug}/") for each in floods]
    assert sum(each is not None for each in shown) == Invitation.objects.count() == 10
    neighbour = Shopper(union=store.union, visitor="", address="203.0.113.78")
    assert seen(neighbour, Browsing(), f"/{store.slug}/") is not None


def test_a_recognised_visitor_is_met_so_often_and_no_more(monkeypatch):
    monkeypatch.setattr("chat.services.meeting.MEETINGS", (2, 3600))
    store = StoreFactory()
    ruled(store, number=5, cooldown_minutes=0, conditions=ANYWAY)
    shopper, browsing = Shopper(union=store.union, visitor="flood-1", address="203.0.113.79"), Browsing(consent=True)
    for n in range(5):
        seen(shopper, browsing, f"/{store.slug}/", now=timezone.now() + timedelta(minutes=n))
    assert Invitation.objects.count() == 2
