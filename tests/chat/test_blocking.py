"""Somebody who is not talked to any more: at once, and in all they have begun here."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.errors import Blocked, ConversationEnded, NetworkBlocked
from chat.models import Block, Conversation, Message, RoomGuest
from chat.queries.shoppers import Shopper
from chat.services.blocking import block_shopper, forget_networks, lift_address, unblock
from chat.services.conversations import shopper_voice, start_conversation, text_posting
from chat.services.invitations import may_be_met
from chat.services.messages import post
from chat.services.rooms import come_in
from core.errors import NotFound
from tests.chat.test_rooms import room_of
from tests.factories.accounts import UserFactory
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db


def begun(store, visitor, user=None, *, address=None, now=None):
    shopper = Shopper(union=store.union, visitor=visitor, user=user, address=address)
    return start_conversation(shopper=shopper, store=store, now=now or timezone.now())


def block(talk, *, store=None, days=30, now=None):
    return block_shopper(
        conversation=talk, store=store, by=UserFactory(), reason="rude", days=days, now=now or timezone.now()
    )


def states(*talks):
    return [Conversation.objects.get(pk=talk.pk).state for talk in talks]


def test_blocked_in_the_union_nothing_goes_on_that_they_have_begun_at_its_stores():
    store = StoreFactory()
    other, manager, person = StoreFactory(union=store.union), UserFactory(), UserFactory()
    here, there, elsewhere = begun(store, "v1", person), begun(other, "v1"), begun(other, "v2")
    abroad, on_the_phone = begun(StoreFactory(), "v1"), begun(other, "v3", person)
    block_shopper(conversation=here, store=None, by=manager, reason="", days=None, now=timezone.now())
    assert states(here, there, on_the_phone) == ["ended"] * 3
    assert states(elsewhere, abroad) == ["waiting"] * 2
    before = Message.objects.count()
    with pytest.raises(ConversationEnded):
        words = text_posting(voice=shopper_voice(conversation=there), text="hello", client_id="a")
        post(conversation=there, postings=[words], now=timezone.now())
    with pytest.raises(Blocked):
        begun(other, "v1")
    assert Message.objects.count() == before


def test_blocked_by_a_store_they_go_on_talking_to_its_neighbour():
    store = StoreFactory()
    other = StoreFactory(union=store.union)
    here, there = begun(store, "v1"), begun(other, "v1")
    block_shopper(conversation=here, store=store, by=UserFactory(), reason="", days=30, now=timezone.now())
    assert states(here, there) == ["ended", "waiting"]
    assert Block.objects.get().store == store


@pytest.mark.parametrize(
    ("theirs", "new", "is_refused"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:0:1::a", "2001:db8:0:1:b::c", True),
        ("2001:db8:0:1::a", "2001:db8:0:2::a", False),
        ("203.0.113.7", None, False),
        (None, None, False),
    ],
)
def test_who_clears_their_cookies_is_known_by_their_network_for_a_while(settings, theirs, new, is_refused):
    settings.BLOCKED_ADDRESS_HOURS = 6
    store, now = StoreFactory(), timezone.now()
    held = block(begun(store, "v1", address=theirs), store=store, now=now)
    assert held.address_until == (now + timedelta(hours=6) if theirs else None)
    if is_refused:
        with pytest.raises(NetworkBlocked) as refusal:
            begun(store, "v2", address=new)
        assert refusal.value.facts == {"until": (now + timedelta(hours=6)).isoformat()}
        assert Conversation.objects.count() == 1
        begun(store, "v2", address=new, now=now + timedelta(hours=6))
    else:
        begun(store, "v2", address=new)
    assert Conversation.objects.count() == 2
    with pytest.raises(Blocked) as refusal:
        begun(store, "v1", address="198.51.100.1", now=now + timedelta(hours=6))
    assert refusal.value.code == "blocked"


def test_neighbours_with_an_account_and_what_they_have_begun_go_on():
    store, now = StoreFactory(), timezone.now()
    known = UserFactory(date_joined=now - timedelta(days=1))
    neighbour = begun(store, "v2", address="203.0.113.7")
    block(begun(store, "v1", address="203.0.113.7"), store=store, now=now)
    made_for_it = UserFactory(date_joined=now + timedelta(minutes=1))
    begun(store, "v3", known, address="203.0.113.7")
    assert (begun(store, "v2", address="203.0.113.7").pk, states(neighbour)) == (neighbour.pk, ["waiting"])
    with pytest.raises(NetworkBlocked):
        begun(store, "v4", made_for_it, address="203.0.113.7")
    assert Conversation.objects.count() == 3


def test_an_address_is_held_by_the_store_or_the_union_that_blocked_there():
    store = StoreFactory()
    neighbour, abroad = StoreFactory(union=store.union), StoreFactory()
    block(begun(store, "v1", address="203.0.113.7"), store=store)
    begun(neighbour, "v2", address="203.0.113.7")
    block(begun(neighbour, "v3", address="203.0.113.8"))
    with pytest.raises(NetworkBlocked):
        begun(StoreFactory(union=store.union), "v4", address="203.0.113.8")
    begun(abroad, "v2", address="203.0.113.7")
    begun(abroad, "v3", address="203.0.113.8")
    assert Conversation.objects.count() == 5


def test_a_held_network_is_not_met_by_rules_and_comes_into_no_room():
    room, now = room_of(), timezone.now()
    store = room.store
    stranger = Shopper(union=store.union, visitor="v2", address="203.0.113.7")
    assert may_be_met(shopper=stranger, store_id=store.pk, now=now)
    here = come_in(room=room, shopper=Shopper(union=store.union, visitor="v3", address="203.0.113.7"), now=now)
    block(begun(store, "v1", address="203.0.113.7"), store=store, now=now)
    assert not may_be_met(shopper=stranger, store_id=store.pk, now=now)
    with pytest.raises(NetworkBlocked):
        come_in(room=room, shopper=stranger, now=now)
    assert come_in(room=room, shopper=Shopper(union=store.union, visitor="v3"), now=now) == here
    assert RoomGuest.objects.count() == 1


def test_staff_free_an_address_and_the_block_itself_stays():
    store = StoreFactory()
    held = block(begun(store, "v1", address="203.0.113.7"), store=store)
    for union, place in (
        (store.union, None),
        (store.union, StoreFactory(union=store.union)),
        (StoreFactory().union, None),
    ):
        with pytest.raises(NotFound):
            lift_address(union=union, store=place, block=held.pk)
    with pytest.raises(NetworkBlocked):
        begun(store, "v2", address="203.0.113.7")
    lift_address(union=store.union, store=store, block=held.pk)
    begun(store, "v2", address="203.0.113.7")
    with pytest.raises(Blocked):
        begun(store, "v1", address="203.0.113.7")
    held.refresh_from_db()
    assert (held.address, held.address_until, held.visitor) == (None, None, "v1")
    with pytest.raises(NotFound):
        lift_address(union=store.union, store=store, block=held.pk)


def test_letting_somebody_back_in_frees_their_address():
    store = StoreFactory()
    held = block(begun(store, "v1", address="203.0.113.7"), store=store)
    unblock(union=store.union, store=store, block=held.pk)
    begun(store, "v1", address="203.0.113.7")
    begun(store, "v2", address="203.0.113.7")
    assert (Block.objects.count(), Conversation.objects.count()) == (0, 3)


def test_without_hours_no_address_is_held(settings):
    settings.BLOCKED_ADDRESS_HOURS = 0
    store = StoreFactory()
    held = block(begun(store, "v1", address="203.0.113.7"), store=store)
    assert (held.address, held.address_until) == (None, None)
    begun(store, "v2", address="203.0.113.7")


def test_where_people_came_from_is_forgotten():
    store, now = StoreFactory(), timezone.now()
    for visitor, days in (("v1", 8), ("v2", 6)):
        begun(store, visitor, address="203.0.113.7", now=now - timedelta(days=days))
    block(Conversation.objects.get(visitor="v1"), store=store, now=now - timedelta(days=2))
    block(Conversation.objects.get(visitor="v2"), store=store, now=now)
    assert forget_networks(now=now) == 2
    assert list(Conversation.objects.order_by("pk").values_list("network", flat=True)) == [None, "203.0.113.7"]
    assert list(Block.objects.order_by("pk").values_list("visitor", "address")) == [("v1", None), ("v2", "203.0.113.7")]


@pytest.mark.django_db(transaction=True)
def test_blocked_while_they_begin_something_nothing_of_theirs_stays_open():
    for _round in range(5):
        store = StoreFactory()
        talks = [begun(store, "v1"), begun(StoreFactory(union=store.union), "v2")]
        others, manager, start, outcomes = (
            StoreFactory.create_batch(4, union=store.union),
            UserFactory(),
            Barrier(5),
            [],
        )

        def run(number, store=store, talks=talks, others=others, manager=manager, start=start, outcomes=outcomes):
            try:
                start.wait()
                with scopes_disabled():
                    if number == 4:
                        now = timezone.now()
                        block_shopper(conversation=talks[0], store=None, by=manager, reason="", days=None, now=now)
                    else:
                        outcomes.append(begun(others[number], "v1").pk)
            except Blocked:
                outcomes.append("blocked")
            finally:
                connections.close_all()

        threads = [Thread(target=run, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 4
        assert set(Conversation.objects.filter(visitor="v1", union=store.union).values_list("state", flat=True)) == {
            "ended"
        }
        assert states(talks[1]) == ["waiting"]
