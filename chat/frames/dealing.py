"""What the frames about prices, times and orders share: whose conversation it is, and for which side they act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import User
from chat.errors import ConversationEnded
from chat.frames import CONSOLE, SHOPPER
from chat.frames.reading import LONGEST_ID, text_of
from chat.frames.sessions import ConsoleSession, ShopperSession
from chat.models import Conversation
from chat.queries.consoles import conversation_at, speakers_of
from chat.queries.shoppers import conversation_of
from chat.services.agreeing import contact_of
from core.errors import NotAllowed
from orders.services.contact import Contact

BOTH = (SHOPPER, CONSOLE)


@dataclass(frozen=True)
class Table:
    """Where two sides sit: the conversation, and the side that this frame speaks for."""

    conversation: Conversation
    side: str
    actor: User | None
    address: str | None = None

    @property
    def contact(self) -> Contact:
        """The shopper, as the conversation knows them."""
        return contact_of(conversation=self.conversation)

    @property
    def asker(self) -> str:
        """Whose offers are counted together while there is no account."""
        return f"visitor:{self.conversation.visitor}" if self.conversation.visitor else ""


def table_of(session: Any, asked: dict[str, Any], *, needs: str) -> Table:
    """The conversation that the frame names. A program's key `needs` the scope that the same over the API would take.

    Raises NotFound, ConversationEnded; NotAllowed for who has not joined, and for a key without the scope.
    """
    ref = text_of(asked, "conversation", most=24)
    if isinstance(session, ShopperSession):
        table = Table(conversation_of(session.shopper, ref), "customer", session.shopper.user, session.shopper.address)
    else:
        assert isinstance(session, ConsoleSession)
        if session.key is not None and needs not in session.key.scopes:
            raise NotAllowed
        conversation = conversation_at(session.union, session.store, ref)
        if conversation.pk not in speakers_of(session.user, [conversation.pk]):
            raise NotAllowed
        table = Table(conversation, "store", session.user)
    if table.conversation.state == Conversation.State.ENDED:
        raise ConversationEnded
    return table


def said_at(table: Table, asked: dict[str, Any]) -> dict[str, Any]:
    """What every answer to a price or a time is told: who gives it, when, and with which word."""
    note = text_of(asked, "note", most=500)
    return {"side": table.side, "actor": table.actor, "now": timezone.now(), "note": note}


def key_of(table: Table, asked: dict[str, Any]) -> str:
    """A frame sent again makes nothing new."""
    return f"talk:{table.conversation.pk}:{table.side}:{text_of(asked, 'id', most=LONGEST_ID, empty=False)}"[:80]
