"""The first words of a shopper: the conversation, what it is about, and who will be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chat.models import Conversation, Message
from chat.queries.shoppers import Shopper
from chat.services.conversations import shopper_voice, start_conversation, text_posting
from chat.services.limits import BEGINNINGS, count_against_limit
from chat.services.messages import Posting, post
from chat.services.queueing import show_queue_of
from chat.services.routing import deal_alone, offer_waiting
from chat.services.showing import show_conversation
from core.errors import Invalid
from orders.models import CustomerResponse
from stores.models import Product, Store


@dataclass(frozen=True)
class FirstWords:
    """What the form holds. `client_id` makes sending it twice once; `product` is what they are looking at.

    `response` is what they have written to the store about before.
    """

    text: str
    name: str = ""
    email: str = ""
    department: str = ""
    page: str = ""
    client_id: str = ""
    product: Product | None = None
    response: CustomerResponse | None = None


def begin_conversation(*, shopper: Shopper, store: Store | None, words: FirstWords, now: datetime) -> Conversation:
    """The shopper's conversation with this store, open already or new, with these words in it.

    Raises Blocked, TooMany, Invalid.
    """
    if not words.text.strip():
        raise Invalid(field="text")
    count_against_limit(what="begin", limit=BEGINNINGS, visitor=shopper.visitor, address=shopper.address)
    with transaction.atomic():
        deal_alone(union_id=shopper.union.pk)
        conversation = start_conversation(
            shopper=shopper,
            store=store,
            name=words.name,
            email=words.email,
            department=words.department,
            page=words.page,
            now=now,
        )
        voice = shopper_voice(conversation=conversation)
        postings = [text_posting(voice=voice, text=words.text, client_id=words.client_id)]
        if words.product is not None:
            about = {"product": words.product.pk}
            shown = f"{words.client_id}-about" if words.client_id else ""
            postings.insert(0, Posting(voice, Message.Kind.PRODUCT, words.product.title, about, shown))
        if words.response is not None:
            about = {"response": words.response.pk}
            shown = f"{words.client_id}-about" if words.client_id else ""
            postings.insert(0, Posting(voice, Message.Kind.RESPONSE, words.response.number, about, shown))
        post(conversation=conversation, postings=postings, now=now)
        offer_waiting(union=shopper.union, store=store, now=now)
        conversation.refresh_from_db()
        show_conversation(conversation=conversation)
        show_queue_of(conversation=conversation, now=now)
    return conversation
