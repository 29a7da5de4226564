"""Following a question or complaint from its page."""

from __future__ import annotations

from typing import Any

from chat.frames import SHOPPER, frame
from chat.frames.reading import text_of
from chat.frames.sessions import ShopperSession
from core.errors import NotFound
from orders.queries.responses import response_to_follow


@frame("response", of=SHOPPER)
def follow(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"token": …}` from the page's link: `response.changed` comes whenever somebody says or decides something."""
    response_id = response_to_follow(union_slug=session.union.slug, token=text_of(asked, "token", most=64))
    if response_id is None:
        raise NotFound
    session.socket.listen("response.", [f"response.{response_id}"])
