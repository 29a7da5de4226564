"""Where on the union's pages a shopper is who talks to somebody."""

from __future__ import annotations

from typing import Any

from chat.frames import SHOPPER, frame
from chat.frames.reading import text_of
from chat.frames.sessions import ShopperSession
from chat.queries.shoppers import open_conversations
from chat.services.guest_carts import note_guest_cart
from chat.services.showing import show_conversation
from core.addresses import is_path
from core.errors import Invalid


@frame("page", of=SHOPPER)
def page(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"page": "/u/harbour/lamp-shop/lamp/"}`: shown beside their open conversations, as is a guest's cart."""
    path = text_of(asked, "page", most=300, empty=False)
    if not is_path(page=path):
        raise Invalid(field="page")
    if not (session.shopper.visitor or session.shopper.user):
        return
    talking = list(open_conversations(session.shopper))
    if talking and session.shopper.user is None:
        note_guest_cart(union=session.union, conversations=talking, token=session.cart)
    for conversation in [each for each in talking if each.page != path]:
        conversation.page = path
        conversation.save(update_fields=["page"])
        show_conversation(conversation=conversation)
