"""Files of conversations: for those who take part, and nobody else."""

from __future__ import annotations

from typing import Any

from chat.models import Attachment, Conversation
from chat.queries.consoles import SUPPORT, console_door
from chat.queries.shoppers import Shopper, conversations_of
from core.errors import DomainError, NotFound
from unions.models import Union


def conversation_for_reader(shopper: Shopper, user: Any, ref: str) -> tuple[Conversation, bool]:
    """(the conversation, whether the reader is its shopper); the others are those who answer at its console.

    Raises NotFound.
    """
    own = conversations_of(shopper).filter(ref=ref).select_related("store", "beside", "union", "customer").first()
    if own is not None:
        return own, True
    found = (
        Conversation.objects.filter(union=shopper.union, ref=ref)
        .select_related("store", "beside", "union", "customer")
        .first()
    )
    if found is None or not getattr(user, "is_authenticated", False):
        raise NotFound
    if not answers(user, shopper.union, found) and not was_asked_in(user, shopper.union, found):
        raise NotFound
    return found, False


def answers(user: Any, union: Union, conversation: Conversation) -> bool:
    """Whether this person may open a console at which the conversation is."""
    places = [conversation.store.slug] if conversation.store is not None else []
    if conversation.with_support or conversation.store is None:
        places.append(SUPPORT)
    return _may_talk(user, union, places)


def was_asked_in(user: Any, union: Union, conversation: Conversation) -> bool:
    """Whether they answer for the store that the shopper has asked to join."""
    return _may_talk(user, union, [conversation.beside.slug] if conversation.beside is not None else [])


def _may_talk(user: Any, union: Union, places: list[str]) -> bool:
    for slug in places:
        try:
            if console_door(user, union, slug).may_talk:
                return True
        except DomainError:
            continue
    return False


def attachment_in(conversation: Conversation, ref: str) -> Attachment:
    """The file with this reference in this conversation. Raises NotFound."""
    attachment = Attachment.objects.filter(union=conversation.union_id, conversation=conversation, ref=ref).first()
    if attachment is None:
        raise NotFound
    return attachment
