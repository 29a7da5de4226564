"""From a room to a conversation of two, with whoever presents."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chat.models import Conversation, Message, Room
from chat.queries.rooms import title_of
from chat.queries.shoppers import Shopper
from chat.services.conversations import shopper_voice, start_conversation
from chat.services.limits import BEGINNINGS, count_against_limit
from chat.services.messages import Posting, notice, post
from chat.services.queueing import show_queue_of
from chat.services.routing import deal_alone, offer_waiting
from chat.services.showing import show_conversation


def talk_alone(*, room: Room, shopper: Shopper, now: datetime) -> Conversation:
    """An ordinary conversation about the item, offered to who presents it first. Raises Blocked, TooMany."""
    count_against_limit(what="begin", limit=BEGINNINGS, visitor=shopper.visitor, address=shopper.address)
    with transaction.atomic():
        deal_alone(union_id=room.union_id)
        conversation = start_conversation(shopper=shopper, store=room.store, origin=Conversation.Origin.ROOM, now=now)
        if conversation.last_seq == 0:
            voice = shopper_voice(conversation=conversation)
            card = {"product": room.product_id}
            shown = Posting(voice, Message.Kind.PRODUCT, room.product.title, card)
            post(conversation=conversation, postings=[shown], now=now)
            name = title_of(room)
            notice(
                conversation=conversation,
                text=f"Came from the room around “{name}”.",
                card={"what": "room", "name": name},
                now=now,
            )
        if room.presenter is not None:
            Conversation.objects.filter(union=conversation.union_id, pk=conversation.pk).update(
                wanted=room.presenter.user_id
            )
        offer_waiting(union=room.union, store=room.store, now=now)
        conversation.refresh_from_db()
        show_conversation(conversation=conversation)
        show_queue_of(conversation=conversation, now=now)
    return conversation
