"""Who answers: capacity, turns, who is known, departments, overflow, hand-over, who is gone, who can be woken."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django_scopes import scope

from chat.models import Handover, Manager, Message, PushSubscription, TalkSettings
from chat.queries.presence import presence_of
from chat.services.conversations import accept_conversation, end_conversation
from chat.services.handing import hand_over, release_of_vanished
from chat.services.routing import offer_waiting
from chat.services.tending import tend_conversations
from core.errors import WrongState
from core.outbox import OutboxEvent
from stores.models import StoreStaff
from tests.chat.answering import NOW, beat, fresh, manager_of, offer, offered, remembering, waits
from tests.factories.chat import said
from tests.factories.stores import StoreFactory, StoreStaffFactory
from unions.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _redis():
    yield from remembering()


def test_nobody_gets_more_than_their_capacity():
    store = StoreFactory()
    manager = manager_of(store, capacity=2)
    three = [waits(store, created_at=NOW - timedelta(minutes=9 - n)) for n in range(3)]
    assert offer(store) == 2
    assert offered(*three) == [manager.user_id, manager.user_id, None]
    assert fresh(three[2]).state == "waiting"


def test_conversations_fall_by_turns():
    store = StoreFactory()
    one, two = manager_of(store, capacity=4), manager_of(store, capacity=4)
    four = [waits(store, created_at=NOW - timedelta(minutes=9 - n)) for n in range(4)]
    offer(store)
    assert sorted(offered(*four)) == sorted([one.user_id, two.user_id] * 2)
    assert offered(four[0]) != offered(four[1])


def test_the_manager_who_served_last_comes_first():
    store = StoreFactory()
    busy, known = manager_of(store, capacity=4), manager_of(store, capacity=4)
    before = waits(store, visitor="ada")
    accept_conversation(conversation=before, manager=known, now=NOW)
    end_conversation(conversation=before, by="shopper", now=NOW)
    Manager.objects.filter(pk=known.pk).update(last_served_at=NOW)
    Manager.objects.filter(pk=busy.pk).update(last_served_at=NOW - timedelta(days=1))
    again = waits(store, visitor="ada")
    offer(store)
    assert offered(again) == [known.user_id]


def test_a_department_goes_to_who_knows_it_and_waits_for_them():
    store = StoreFactory()
    manager_of(store, capacity=4)
    skilled = manager_of(store, capacity=1, departments=["repairs"])
    first, second = waits(store, department="repairs"), waits(store, department="repairs")
    assert offer(store) == 1
    assert offered(first, second) == [skilled.user_id, None]


def test_a_department_without_anybody_goes_to_everybody():
    store = StoreFactory()
    manager = manager_of(store)
    asked = waits(store, department="repairs")
    offer(store)
    assert offered(asked) == [manager.user_id]


def test_an_offer_that_nobody_took_passes_on_after_its_time():
    store = StoreFactory()
    TalkSettings.objects.create(union=store.union, store=store, offer_seconds=20)
    one, two = manager_of(store, capacity=1), manager_of(store, capacity=1)
    asked = waits(store)
    offer(store)
    first = fresh(asked).offered_to_id
    offer(store, now=NOW + timedelta(seconds=15))
    assert offered(asked) == [first]
    for each in (one, two):
        beat(each, at=NOW + timedelta(seconds=21))
    offer(store, now=NOW + timedelta(seconds=21))
    assert {first, fresh(asked).offered_to_id} == {one.user_id, two.user_id}


def test_a_single_manager_is_asked_again():
    store = StoreFactory()
    manager = manager_of(store, capacity=1)
    asked = waits(store)
    offer(store)
    beat(manager, at=NOW + timedelta(seconds=31))
    assert offer(store, now=NOW + timedelta(seconds=31)) == 1
    assert fresh(asked).offered_at == NOW + timedelta(seconds=31)


def test_people_come_before_programs():
    store = StoreFactory()
    manager_of(store, is_program=True)
    person = manager_of(store)
    asked = waits(store)
    offer(store)
    assert offered(asked) == [person.user_id]


@pytest.mark.parametrize("status", ["off", "silent"])
def test_who_is_logged_out_or_silent_gets_nothing(status):
    store = StoreFactory()
    manager_of(store, status=status)
    asked = waits(store)
    assert offer(store) == 0
    assert (fresh(asked).state, fresh(asked).offered_to_id) == ("missed", None)


@pytest.mark.parametrize("status", ["busy", "away"])
def test_who_is_near_is_waited_for_and_then_it_is_a_message(status):
    store = StoreFactory()
    manager = manager_of(store, status=status)
    asked = waits(store, created_at=NOW)
    assert offer(store) == 0
    assert fresh(asked).state == "waiting"
    beat(manager, at=NOW + timedelta(minutes=4))
    offer(store, now=NOW + timedelta(minutes=4))
    assert fresh(asked).state == "missed"


def test_who_has_left_the_team_gets_nothing():
    store = StoreFactory()
    manager = manager_of(store)
    StoreStaff.objects.filter(user=manager.user).delete()
    asked = waits(store)
    assert offer(store) == 0
    assert fresh(asked).state == "missed"
    assert presence_of(store.union, [store], now=NOW)[store.pk].state == "away"


def test_a_store_that_closed_its_conversations_offers_nothing():
    store = StoreFactory()
    manager_of(store)
    TalkSettings.objects.create(union=store.union, store=store, is_open=False)
    asked = waits(store)
    assert offer(store) == 0
    assert fresh(asked).state == "missed"


def test_a_suspended_store_promises_no_answer():
    store = StoreFactory()
    manager_of(store)
    asked = waits(store)
    Membership.objects.filter(pk=store.membership_id).update(state="suspended")
    assert offer(store) == 0
    assert fresh(asked).state == "missed"


def test_nobody_there_makes_it_a_message_that_is_told_once():
    store = StoreFactory()
    asked = waits(store)
    said(asked, "Hello?")
    assert offer(store) == 0
    assert (fresh(asked).state, fresh(asked).answered_at) == ("missed", None)
    offer(store)
    told = Message.objects.filter(conversation=asked, kind="system")
    assert [message.card for message in told] == [{"what": "missed"}]


def test_the_support_helps_out_when_nobody_is_at_the_store():
    store = StoreFactory()
    helper = manager_of(None, union=store.union)
    asked = waits(store)
    offer(store)
    now = fresh(asked)
    assert (now.state, now.with_support, now.offered_to_id) == ("waiting", True, helper.user_id)
    assert list(Handover.objects.filter(conversation=asked).values_list("why", flat=True)) == ["overflow"]


def test_a_store_may_do_without_the_support():
    store = StoreFactory()
    TalkSettings.objects.create(union=store.union, store=store, overflow_seconds=0)
    manager_of(None, union=store.union)
    asked = waits(store)
    offer(store)
    assert (fresh(asked).state, fresh(asked).with_support) == ("missed", False)


def test_who_waits_too_long_at_a_full_store_is_shown_to_the_support():
    store = StoreFactory()
    full = manager_of(store, capacity=1)
    served = waits(store)
    accept_conversation(conversation=served, manager=full, now=NOW)
    late = waits(store, created_at=NOW - timedelta(minutes=4))
    tend_conversations(now=NOW)
    assert (fresh(late).state, fresh(late).with_support) == ("waiting", False)
    helper = manager_of(None, union=store.union)
    tend_conversations(now=NOW)
    assert (fresh(late).with_support, fresh(late).offered_to_id) == (True, helper.user_id)


def test_the_support_going_home_does_not_make_a_message_of_who_waits_at_a_manned_store():
    store = StoreFactory()
    full = manager_of(store, capacity=1)
    accept_conversation(conversation=waits(store), manager=full, now=NOW)
    late = waits(store, with_support=True)
    offer(None, union=store.union)
    assert fresh(late).state == "waiting"


def subscribed(user):
    return PushSubscription.objects.create(
        user=user, endpoint=f"https://push.example/{user.pk}", p256dh="x", auth="y", created_at=NOW
    )


def test_a_phone_in_the_background_counts_as_soon_and_is_called():
    store = StoreFactory()
    manager = manager_of(store, here=False)
    subscribed(manager.user)
    assert presence_of(store.union, [store], now=NOW)[store.pk].state == "soon"
    asked = waits(store, created_at=NOW)
    assert offer(store) == 1
    assert (fresh(asked).state, fresh(asked).offered_to_id) == ("waiting", manager.user_id)
    calls = OutboxEvent.objects.filter(kind="chat.conversation_offered")
    assert [event.payload["user_id"] for event in calls] == [manager.user_id]


def test_a_phone_in_the_background_keeps_its_conversation_for_a_while_and_is_called_once():
    store = StoreFactory()
    manager = manager_of(store, here=False)
    subscribed(manager.user)
    talk = waits(store)
    accept_conversation(conversation=talk, manager=manager, now=NOW)
    said(talk, "Still there?", now=NOW)
    with scope(union=store.union):
        for seconds in (5, 10, 15):
            assert release_of_vanished(union=store.union, now=NOW + timedelta(seconds=seconds)) == 0
        assert OutboxEvent.objects.filter(kind="chat.manager_called").count() == 1
        assert release_of_vanished(union=store.union, now=NOW + timedelta(minutes=4)) == 1


def together(*works):
    """At the same moment, each in a thread with a connection of its own; what they returned or raised."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        try:
            gate.wait()
            results[number] = work()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_exactly_one_gets_it():
    store = StoreFactory()
    one, two = manager_of(store), manager_of(store)
    talk = waits(store)

    def accepts(manager):
        return lambda: accept_conversation(conversation=fresh(talk), manager=manager, now=NOW)

    results = together(*(scoped(store, accepts(manager)) for manager in (one, two)))
    assert sorted(isinstance(result, WrongState) for result in results) == [False, True]
    assert fresh(talk).manager_id in (one.user_id, two.user_id)
    assert Message.objects.filter(conversation=talk, card__what="joined").count() == 1


def scoped(store, work):
    def run():
        with scope(union=store.union):
            return work()

    return run


@pytest.mark.django_db(transaction=True)
def test_capacity_holds_when_several_deal_at_once_also_over_two_stores():
    store = StoreFactory()
    second = StoreFactory(union=store.union)
    manager = manager_of(store, capacity=3)
    StoreStaffFactory(store=second, user=manager.user, permissions=["console"])
    beat(Manager.objects.create(union=store.union, store=second, user=manager.user, status="available", capacity=3))
    talks = [waits(place) for place in (store, second) for _ in range(5)]
    works = [scoped(store, lambda place=place: offer_waiting(union=store.union, store=place, now=NOW))
             for place in (store, second) for _ in range(4)]  # fmt: skip
    results = together(*works)
    assert sum(results) == 3
    assert sum(1 for user in offered(*talks) if user == manager.user_id) == 3


@pytest.mark.django_db(transaction=True)
def test_handing_over_and_dealing_at_once_do_not_wait_for_each_other_for_ever():
    store = StoreFactory()
    giver, taker = manager_of(store, capacity=9), manager_of(store, capacity=9)
    talks = [waits(store) for _ in range(6)]
    for talk in talks[:3]:
        accept_conversation(conversation=talk, manager=giver, now=NOW)
    works = [scoped(store, lambda talk=talk: hand_over(conversation=fresh(talk), by=giver, to=taker.pk, now=NOW))
             for talk in talks[:3]]  # fmt: skip
    works += [scoped(store, lambda: offer_waiting(union=store.union, store=store, now=NOW)) for _ in range(3)]
    assert [result for result in together(*works) if isinstance(result, Exception)] == []
    assert {fresh(talk).offered_to_id for talk in talks[:3]} == {taker.user_id}
