"""The shortened session of a first-time visitor, and the returning shopper's best manager."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.errors import FreeTimeOver
from chat.models import BuyerPlan, Conversation, Message, TalkSettings
from chat.queries.shoppers import Shopper
from chat.services.conversations import accept_conversation, claim_conversations, start_conversation
from chat.services.free_time import extend_free_time
from chat.services.routing import offer_waiting
from chat.services.showing import conversation_frame
from chat.services.tending import tend_conversations
from core.errors import WrongState
from tests.chat.answering import beat, manager_of
from tests.chat.shopping import browser
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)


def shop(minutes=10):
    store = StoreFactory()
    TalkSettings.objects.create(union=store.union, store=store, free_minutes=minutes)
    return store


def begun(store, visitor="v1", user=None, **more):
    shopper = Shopper(union=store.union, visitor=visitor, user=user)
    return start_conversation(shopper=shopper, store=store, now=NOW, **more)


def fresh(conversation):
    return Conversation.objects.select_related("union", "store").get(pk=conversation.pk)


def test_the_clock_runs_from_the_managers_acceptance():
    store = shop()
    talk = begun(store)
    assert (talk.free_minutes, talk.free_until) == (10, None)
    accept_conversation(conversation=talk, manager=manager_of(store), now=NOW + timedelta(minutes=3))
    assert fresh(talk).free_until == NOW + timedelta(minutes=13)


def test_who_has_an_account_or_was_here_before_has_no_limit():
    store = shop()
    assert begun(store, user=UserFactory()).free_minutes == 0
    ConversationFactory(store=store, visitor="v2", state="ended")
    assert begun(store, "v2").free_minutes == 0


def test_a_rule_may_shorten_it_too():
    store = shop(0)
    assert begun(store).free_minutes == 0
    assert begun(store, "v2", free_minutes=5).free_minutes == 5


def test_it_ends_kindly_and_the_way_on_is_an_account():
    store = shop()
    manager = manager_of(store)
    talk = begun(store)
    accept_conversation(conversation=talk, manager=manager, now=NOW)
    beat(manager, at=NOW + timedelta(minutes=9, seconds=50))
    tend_conversations(now=NOW + timedelta(minutes=9, seconds=59))
    assert fresh(talk).state == "active"
    tend_conversations(now=NOW + timedelta(minutes=10))
    assert (fresh(talk).state, fresh(talk).ended_by) == ("ended", "rule")
    said = [message.card["what"] for message in Message.objects.filter(conversation=talk, kind="system")]
    assert said == ["joined", "free_over", "ended"]
    with pytest.raises(FreeTimeOver):
        begun(store)
    assert Conversation.objects.count() == 1
    assert begun(store, user=UserFactory()).free_minutes == 0


def test_the_manager_gives_more_or_lifts_the_limit():
    store = shop()
    talk = begun(store)
    accept_conversation(conversation=talk, manager=manager_of(store), now=NOW)
    extend_free_time(conversation=talk, minutes=5, now=NOW + timedelta(minutes=2))
    assert (fresh(talk).free_minutes, fresh(talk).free_until) == (15, NOW + timedelta(minutes=15))
    extend_free_time(conversation=talk, minutes=0, now=NOW)
    assert (fresh(talk).free_minutes, fresh(talk).free_until) == (0, None)
    with pytest.raises(WrongState):
        extend_free_time(conversation=talk, minutes=5, now=NOW)


def test_signing_in_in_the_middle_goes_on_without_a_limit():
    store = shop()
    talk = begun(store)
    manager = manager_of(store)
    accept_conversation(conversation=talk, manager=manager, now=NOW)
    claim_conversations(user=UserFactory(), visitor="v1", now=NOW)
    beat(manager, at=NOW + timedelta(minutes=11))
    tend_conversations(now=NOW + timedelta(minutes=11))
    assert (fresh(talk).state, fresh(talk).free_until) == ("active", None)


def test_a_returning_shopper_gets_the_best_when_the_last_is_away():
    store = StoreFactory()
    last, fine, best = manager_of(store, here=False), manager_of(store), manager_of(store)
    for manager, stars in ((fine, 3), (best, 5), (last, 4)):
        ConversationFactory(store=store, state="ended", manager=manager.user, rating=stars)
    talk = ConversationFactory(store=store)
    offer_waiting(union=store.union, store=store, now=NOW)
    assert fresh(talk).offered_to_id == best.user_id


def test_ratings_do_not_turn_the_turns_of_who_is_new():
    store = StoreFactory()
    idle = manager_of(store, last_served_at=NOW - timedelta(hours=2))
    best = manager_of(store, last_served_at=NOW)
    ConversationFactory(store=store, visitor="another", state="ended", manager=best.user, rating=5)
    talk = ConversationFactory(store=store, visitor="new")
    offer_waiting(union=store.union, store=store, now=NOW)
    assert fresh(talk).offered_to_id == idle.user_id


def test_the_ways_on_are_shown_once_the_free_session_is_over():
    store = shop()
    manager = manager_of(store)
    talk = begun(store)
    page = f"/u/{store.union.slug}/conversations/"
    accept_conversation(conversation=talk, manager=manager, now=NOW)
    assert conversation_frame(conversation=fresh(talk))["free_over"] is False
    beat(manager, at=NOW + timedelta(minutes=9, seconds=50))
    tend_conversations(now=NOW + timedelta(minutes=10))
    assert conversation_frame(conversation=fresh(talk))["free_over"] is True
    shown = browser().get(f"{page}{talk.ref}/").content.decode()
    back = f"?next=/u/{store.union.slug}/conversations/{talk.ref}/"
    for way in ("signup", "login"):
        assert f'href="/account/{way}/{back}"' in shown
    members = f'href="/u/{store.union.slug}/members/"'
    window = browser().get(f"{page}window/", {"store": store.slug, "page": "/u/x/"}).content.decode()
    ways = window.partition('data-form="ways"')[2].partition("data-form")[0]
    assert ("?next=/u/x/" in ways, members in ways) == (True, False)
    BuyerPlan.objects.create(
        union=store.union, ref="PLAN-1", name="Friends", amount=900, currency=store.union.currency, created_at=NOW
    )
    window = browser().get(f"{page}window/", {"store": store.slug, "page": "/u/x/"}).content.decode()
    assert members in window.partition('data-form="ways"')[2].partition("data-form")[0]
    assert 'data-form="ways"' not in browser(user=UserFactory()).get(f"{page}window/").content.decode()


def test_who_has_an_account_in_the_meantime_talks_again():
    store = shop()
    manager = manager_of(store)
    talk = begun(store)
    accept_conversation(conversation=talk, manager=manager, now=NOW)
    beat(manager, at=NOW + timedelta(minutes=9, seconds=50))
    tend_conversations(now=NOW + timedelta(minutes=10))
    claim_conversations(user=UserFactory(), visitor="v1", now=NOW)
    assert conversation_frame(conversation=fresh(talk))["free_over"] is False
