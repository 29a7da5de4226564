"""A conversation changes hands: given away, taken back from who is gone; the history of consoles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_scopes import scope

from chat.errors import ConversationEnded
from chat.models import ConsoleSession, Handover, Manager, Message, Note
from chat.queries.presence import presence_key, presence_of
from chat.services.conversations import accept_conversation, end_conversation
from chat.services.handing import hand_over, release_of_vanished
from chat.services.presence import change_status, close_dead_consoles, log_in
from chat.services.tending import tend_conversations
from core.errors import NotFound, WrongState
from core.live import redis_connection
from tests.chat.answering import NOW, beat, fresh, manager_of, offer, offered, remembering, waits
from tests.factories.chat import said
from tests.factories.stores import StoreFactory, StoreStaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _redis():
    yield from remembering()


def test_handing_over_carries_the_note_and_offers_it():
    store = StoreFactory()
    giver, taker = manager_of(store), manager_of(store)
    talk = waits(store)
    accept_conversation(conversation=talk, manager=giver, now=NOW)
    hand_over(conversation=fresh(talk), by=giver, to=taker.pk, note="She wants the blue one", now=NOW)
    now = fresh(talk)
    assert (now.state, now.manager, now.offered_to) == ("waiting", None, taker.user)
    last = Handover.objects.filter(conversation=talk).last()
    assert (last.why, last.from_user, last.to_user, last.note) == (
        "given", giver.user, taker.user, "She wants the blue one",
    )  # fmt: skip
    assert list(Note.objects.values_list("text", "author")) == [("She wants the blue one", giver.user_id)]
    assert not Message.objects.filter(text__contains="blue").exists()


def test_handing_over_to_another_stores_manager_changes_nothing():
    store, other = StoreFactory(), StoreFactory()
    giver, stranger = manager_of(store), manager_of(other)
    talk = waits(store)
    accept_conversation(conversation=talk, manager=giver, now=NOW)
    with pytest.raises(NotFound):
        hand_over(conversation=fresh(talk), by=giver, to=stranger.pk, now=NOW)
    assert (fresh(talk).state, fresh(talk).manager) == ("active", giver.user)


def test_a_colleagues_conversation_cannot_be_given_away():
    store = StoreFactory()
    owner, other = manager_of(store), manager_of(store)
    talk = waits(store)
    accept_conversation(conversation=talk, manager=owner, now=NOW)
    with pytest.raises(WrongState):
        hand_over(conversation=fresh(talk), by=other, to=0, now=NOW)
    assert fresh(talk).manager == owner.user


def test_handing_over_to_the_support():
    store = StoreFactory()
    giver, helper = manager_of(store), manager_of(None, union=store.union)
    talk = waits(store)
    accept_conversation(conversation=talk, manager=giver, now=NOW)
    hand_over(conversation=fresh(talk), by=giver, to=0, support=True, now=NOW)
    assert (fresh(talk).with_support, fresh(talk).offered_to_id) == (True, helper.user_id)


def test_who_was_served_by_somebody_who_vanished_waits_again_before_all_others():
    store = StoreFactory()
    gone, there = manager_of(store, here=False), manager_of(store, capacity=1)
    first = waits(store, created_at=NOW - timedelta(minutes=30))
    lost = waits(store)
    accept_conversation(conversation=lost, manager=gone, now=NOW)
    said(lost, "Are you there?", now=NOW)
    with scope(union=store.union):
        assert release_of_vanished(union=store.union, now=NOW) == 1
    now = fresh(lost)
    assert (now.state, now.manager, now.waiting_since) == ("waiting", None, NOW)
    offer(store)
    assert offered(lost, first) == [there.user_id, None]
    assert list(Handover.objects.filter(conversation=lost).values_list("why", "from_user")) == [
        ("accepted", None),
        ("vanished", gone.user_id),
    ]


def test_who_vanished_before_a_first_word_is_noticed():
    store = StoreFactory()
    gone = manager_of(store, here=False)
    lost = waits(store)
    said(lost, "Hello?", now=NOW - timedelta(seconds=30))
    accept_conversation(conversation=lost, manager=gone, now=NOW - timedelta(seconds=20))
    with scope(union=store.union):
        assert release_of_vanished(union=store.union, now=NOW) == 1


def test_where_the_store_had_the_last_word_nothing_is_taken_back():
    store = StoreFactory()
    gone = manager_of(store, here=False)
    talk = waits(store)
    accept_conversation(conversation=talk, manager=gone, now=NOW)
    said(talk, "Anything else?", by="manager", user=gone.user, now=NOW)
    with scope(union=store.union):
        assert release_of_vanished(union=store.union, now=NOW) == 0
    assert fresh(talk).manager == gone.user


def test_being_at_another_store_is_being_gone_here():
    store = StoreFactory()
    second = StoreFactory(union=store.union)
    gone = manager_of(store, here=False)
    StoreStaffFactory(store=second, user=gone.user, permissions=["console"])
    beat(Manager.objects.create(union=store.union, store=second, user=gone.user, status="available"))
    talk = waits(store)
    accept_conversation(conversation=talk, manager=gone, now=NOW)
    said(talk, "Hello?", now=NOW)
    with scope(union=store.union):
        assert release_of_vanished(union=store.union, now=NOW) == 1


def test_a_redis_that_came_back_empty_takes_nothing_from_anybody():
    store = StoreFactory()
    manager = manager_of(store)
    log_in(manager=manager, channel="x", address="192.0.2.7", device="Firefox", place="Counter", now=NOW)
    talk = waits(store)
    accept_conversation(conversation=talk, manager=manager, now=NOW)
    said(talk, "Hello?", now=NOW)
    new = waits(store, created_at=NOW)
    redis_connection().flushdb()
    assert tend_conversations(now=NOW)["released"] == 0
    assert (fresh(talk).state, fresh(new).state) == ("active", "waiting")
    beat(manager, at=NOW + timedelta(seconds=10))
    offer(store, now=NOW + timedelta(seconds=10))
    assert offered(new) == [manager.user_id]


def test_the_history_keeps_address_channel_and_place_and_a_dead_process_ends_it():
    store = StoreFactory()
    manager = manager_of(store, here=False)
    log_in(manager=manager, channel="p1.a", address="192.0.2.7", device="Firefox", place="Counter", now=NOW)
    stay = ConsoleSession.objects.get()
    assert (stay.channel, stay.address, stay.device, stay.place, stay.ended_at) == (
        "p1.a", "192.0.2.7", "Firefox", "Counter", None,
    )  # fmt: skip
    redis_connection().zadd(presence_key(store.union_id), {f"{manager.pk}:p1.a": NOW.timestamp()})
    assert close_dead_consoles(now=NOW + timedelta(seconds=20)) == 0
    later = NOW + timedelta(seconds=45)
    assert close_dead_consoles(now=later) == 1
    stay.refresh_from_db()
    assert (stay.ended_at, stay.ended_by) == (later, "vanished")
    assert presence_of(store.union, [store], now=later)[store.pk].state == "away"


def test_logging_out_ends_the_stay_and_the_presence():
    store = StoreFactory()
    manager = manager_of(store, here=False, status="off")
    log_in(manager=manager, channel="p1.a", address=None, device="", now=NOW)
    change_status(manager=manager, status="off", now=NOW + timedelta(hours=1))
    stay = ConsoleSession.objects.get()
    assert (stay.ended_by, stay.ended_at) == ("logged_out", NOW + timedelta(hours=1))


def test_ended_is_ended_for_who_accepts():
    store = StoreFactory()
    manager = manager_of(store)
    talk = waits(store)
    end_conversation(conversation=talk, by="shopper", now=NOW)
    with pytest.raises((WrongState, ConversationEnded)):
        accept_conversation(conversation=fresh(talk), manager=manager, now=NOW)
    assert fresh(talk).state == "ended"
