"""Showing something in a conversation: a product, one of the shopper's orders, or free times to choose from."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from chat.cards import Showing, shown_card
from chat.frames import CONSOLE, SHOPPER, frame
from chat.frames.reading import LONGEST_ID, text_of
from chat.frames.sessions import ConsoleSession, ShopperSession
from chat.models import Conversation, Message, Participant
from chat.queries.consoles import conversation_at, speakers_of
from chat.queries.deals import bookable_talked_of, bookables_talked_of
from chat.queries.orders import order_in_conversation
from chat.queries.products import product_in_conversation
from chat.queries.shoppers import conversation_of
from chat.services.conversations import shopper_voice
from chat.services.messages import Posting, post
from core.errors import Invalid, NotAllowed
from orders.errors import NotBookable
from orders.queries.bookables import full_title_of


@frame("message", of=SHOPPER)
def show_by_shopper(session: ShopperSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "kind": …, "card": …}`

    `product` with `{"product": id}`, `order` with `{"order": number}`, `reservation` with `{"service": key}` (an empty
    key: whatever can be reserved at the store), and what apps above this one have registered (`voucher` with
    `{"voucher": code}`).
    """
    conversation = conversation_of(session.shopper, text_of(asked, "conversation", most=24))
    return _show(conversation, shopper_voice(conversation=conversation), asked, by=Showing(True, session.shopper.user))


@frame("message", of=CONSOLE)
def show_by_manager(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """The same from the other side, by somebody who has joined."""
    conversation = conversation_at(session.union, session.store, text_of(asked, "conversation", most=24))
    voice = speakers_of(session.user, [conversation.pk]).get(conversation.pk)
    if voice is None:
        raise NotAllowed
    return _show(conversation, voice, asked, by=Showing(False, session.user))


def _show(conversation: Conversation, voice: Participant, asked: dict[str, Any], *, by: Showing) -> dict[str, Any]:
    posting = shown_posting(conversation, voice, asked, by=by)
    return {"seq": post(conversation=conversation, postings=[posting], now=timezone.now())[0]}


def shown_posting(conversation: Conversation, voice: Participant, asked: dict[str, Any], *, by: Showing) -> Posting:
    """What `{"id", "kind", "card"}` asks to be shown, checked for whoever shows it.

    Raises Invalid, NotFound, NotAllowed.
    """
    client_id = text_of(asked, "id", most=LONGEST_ID, empty=False)
    card, kind = asked.get("card"), asked.get("kind")
    if not isinstance(card, dict):
        raise Invalid(field="card")
    if kind == Message.Kind.PRODUCT:
        key = card.get("product")
        if type(key) is not int:
            # A program knows its goods by their short names.
            key = text_of(card, "product", most=80, empty=False)
        elif not 0 < key < 2**63:
            raise Invalid(field="card")
        product = product_in_conversation(conversation, key)
        return Posting(voice, Message.Kind.PRODUCT, product.title, {"product": product.pk}, client_id)
    if kind == Message.Kind.ORDER:
        order = order_in_conversation(conversation, text_of(card, "order", most=24, empty=False))
        return Posting(voice, Message.Kind.ORDER, order.number, {"order": order.number}, client_id)
    if kind == Message.Kind.RESERVATION:
        return Posting(voice, Message.Kind.RESERVATION, *_times(conversation, card), client_id)
    text, kept = shown_card(kind, conversation, card, by)
    return Posting(voice, str(kind), text, kept, client_id)


def _times(conversation: Conversation, card: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """What is said, and the card with which one of the free times is chosen."""
    key = text_of(card, "service", most=16)
    if key:
        return full_title_of(bookable_talked_of(conversation, key)), {"service": key}
    if not bookables_talked_of(conversation):
        raise NotBookable
    return gettext("Choose a time"), {"service": ""}
