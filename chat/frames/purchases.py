"""Following a purchase from its tracking page."""

from __future__ import annotations

from typing import Any

from chat.frames import SHOPPER, frame
from chat.frames.reading import text_of
from chat.frames.sessions import ShopperSession
from core.errors import NotFound
from orders.queries.shopper import purchase_to_follow


@frame("purchase", of=SHOPPER)
def follow(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"token": …}` from the page's link: `purchase.changed` comes whenever one of its orders moves."""
    purchase_id = purchase_to_follow(union_slug=session.union.slug, token=text_of(asked, "token", most=64))
    if purchase_id is None:
        raise NotFound
    session.socket.listen("purchase.", [f"purchase.{purchase_id}"])
