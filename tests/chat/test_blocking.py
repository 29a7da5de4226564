"""Somebody who is not talked to any more: at once, and in all they have begun here."""

import pytest
from django.utils import timezone

from chat.errors import Blocked, ConversationEnded
from chat.models import Block, Conversation, Message
from chat.queries.shoppers import Shopper
from chat.services.blocking import block_shopper
from chat.services.conversations import shopper_voice, start_conversation, text_posting
from chat.services.messages import post
from tests.factories.accounts import UserFactory
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db


def begun(store, visitor, user=None):
    shopper = Shopper(union=store.union, visitor=visitor, user=user)
    return start_conversation(shopper=shopper, store=store, now=timezone.now())


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
