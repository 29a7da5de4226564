"""The steps of a conversation from both sides."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from chat.errors import ConversationEnded, NotLoggedIn
from chat.frames import CONSOLE, SHOPPER, frame
from chat.frames.lists import place_frame
from chat.frames.reading import flag_of, number_of, text_of
from chat.frames.sessions import ConsoleSession, ShopperSession
from chat.models import Conversation
from chat.queries.consoles import conversation_at, conversation_heard_at, manager_at
from chat.queries.shoppers import conversation_of
from chat.services.beginning import FirstWords, begin_conversation
from chat.services.conversations import (
    accept_conversation,
    end_conversation,
    join_beside,
    leave_address,
    rate_conversation,
)
from chat.services.handing import hand_over
from chat.services.notes import write_note
from chat.services.routing import offer_waiting
from chat.services.showing import conversation_frame
from core.errors import Invalid, NotFound
from stores.models import Store


@frame("start", of=SHOPPER)
def start(session: ShopperSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"store": slug or "", "text": …, "name": …, "department": …, "page": …}`: the `ack` carries the conversation."""
    shopper, now = session.shopper, timezone.now()
    if not shopper.visitor and shopper.user is None:
        # The browser has no cookie yet; the page's own form gives it one.
        raise NotFound
    slug, text = text_of(asked, "store", most=60), text_of(asked, "text", most=4000)
    store = Store.objects.visible().filter(union=shopper.union, slug=slug).first() if slug else None
    if slug and store is None:
        raise NotFound
    client_id = asked.get("id")
    words = FirstWords(
        text=text,
        name=text_of(asked, "name", most=80),
        department=text_of(asked, "department", most=40),
        page=text_of(asked, "page", most=300),
        client_id=client_id[:64] if isinstance(client_id, str) else "",
    )
    conversation = begin_conversation(shopper=shopper, store=store, words=words, now=now)
    return {"conversation": conversation_frame(conversation=conversation)}


@frame("end", of=SHOPPER)
def end_by_shopper(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"conversation": ref}`"""
    conversation = conversation_of(session.shopper, text_of(asked, "conversation", most=24))
    end_conversation(conversation=conversation, by=Conversation.EndedBy.SHOPPER, now=timezone.now())


@frame("rate", of=SHOPPER)
def rate(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"conversation": ref, "stars": 1…5, "words": …}`, once."""
    rate_conversation(
        conversation=conversation_of(session.shopper, text_of(asked, "conversation", most=24)),
        stars=number_of(asked, "stars", least=1, most=5),
        words=text_of(asked, "words", most=500),
        now=timezone.now(),
    )


@frame("address", of=SHOPPER)
def address(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"conversation": ref, "email": …, "name": …}`: where the answer goes when nobody is there."""
    email = text_of(asked, "email", most=254)
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(field="email") from None
    leave_address(
        conversation=conversation_of(session.shopper, text_of(asked, "conversation", most=24)),
        email=email,
        name=text_of(asked, "name", most=80),
    )


@frame("accept", of=CONSOLE)
def accept(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref}`: take it; the first who presses gets it, the others `wrong_state`."""
    if session.manager is None:
        raise NotLoggedIn
    manager = manager_at(session.user, session.union, session.store)
    conversation = _at(session, asked)
    accept_conversation(conversation=conversation, manager=manager, now=timezone.now())
    return {"conversation": conversation_frame(conversation=conversation)}


@frame("end", of=CONSOLE)
def end_by_manager(session: ConsoleSession, asked: dict[str, Any]) -> None:
    """`{"conversation": ref}`"""
    end_conversation(conversation=_at(session, asked), by=Conversation.EndedBy.MANAGER, now=timezone.now())
    offer_waiting(union=session.union, store=session.store, now=timezone.now())


@frame("assign", of=CONSOLE)
def assign(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "to": manager id, "department", "note", "support": true}`: hand it over; with 0 back."""
    conversation = hand_over(
        conversation=_at(session, asked),
        by=manager_at(session.user, session.union, session.store),
        to=number_of(asked, "to"),
        department=text_of(asked, "department", most=40),
        note=text_of(asked, "note", most=300),
        support=flag_of(asked, "support"),
        now=timezone.now(),
    )
    return {"conversation": conversation_frame(conversation=conversation)}


@frame("note", of=CONSOLE)
def note(session: ConsoleSession, asked: dict[str, Any]) -> None:
    """`{"conversation": ref, "text": …}`: seen by staff only."""
    write_note(
        conversation=_at(session, asked),
        author=session.user,
        text=text_of(asked, "text", most=1000, empty=False),
        now=timezone.now(),
    )


@frame("join", of=CONSOLE)
def join_in(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref}`: speak beside the colleague who has it, or where the store was asked in; it stays theirs.

    Raises NotFound, NotLoggedIn, ConversationEnded.
    """
    if session.manager is None:
        raise NotLoggedIn
    conversation = conversation_heard_at(session.union, session.store, text_of(asked, "conversation", most=24))
    if conversation.state == Conversation.State.ENDED:
        raise ConversationEnded
    join_beside(conversation=conversation, manager=session.manager, now=timezone.now())
    return {"conversation": place_frame(conversation, session.store)}


def _at(session: ConsoleSession, asked: dict[str, Any]) -> Conversation:
    return conversation_at(session.union, session.store, text_of(asked, "conversation", most=24))
