"""`/ws/u/<union>/`: one socket per shopper, for conversations, invitations and live stock."""

from __future__ import annotations

import time
from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone

from chat.consumers.identity import language_of, union_of, user_of, visitor_of
from chat.consumers.talking import TalkingSocket
from chat.errors import TooMany
from chat.frames import SHOPPER, greetings
from chat.frames.sessions import ShopperSession
from chat.queries.shoppers import Shopper, shown_conversations, voices_of
from chat.relay import Speaker
from chat.services.frames import topic_of
from chat.services.meeting import Browsing
from chat.services.showing import conversation_frame
from core.clients import address_in
from core.errors import Invalid
from core.live import Closed
from core.live.socket import NOT_HERE
from orders.cookies import cart_token_in
from orders.queries.carts import cart_value
from stores.queries.live import watched_stock
from stores.queries.urgent import watched_sales
from stores.views.shop.listing import place_in
from unions.cookies import has_consent
from unions.models import Union

MOST_WATCHED = 100


class ShopperSocket(TalkingSocket):
    """A shopper's connection; a browser without a visitor's cookie may listen to stock and presence."""

    side = SHOPPER

    async def opened(self) -> None:
        """Recognise the shopper, listen to what is theirs, and hand over the state to start from."""
        hello = await self.recognise()
        for topic in (*self.session.shopper.topics, self.session.browsing.topic):
            self.hub.join(topic, self)
        self.push_frame(hello)

    async def recognise(self) -> dict[str, Any]:
        def find() -> Shopper | None:
            union = self.street()
            if union is None:
                return None
            return Shopper(
                union=union,
                visitor=visitor_of(self.scope),
                user=user_of(self.scope),
                language=language_of(self.scope, union),
                address=address_in(self.scope),
            )

        shopper = await database_sync_to_async(find)()
        if shopper is None:
            raise Closed(NOT_HERE)
        cookies = self.scope.get("cookies", {})
        cart = cart_token_in(cookies, shopper.union)
        self.session = ShopperSession(
            shopper,
            self,
            Browsing(
                consent=has_consent(cookies) and bool(shopper.visitor),
                since=time.time(),
                place=place_in(cookies),
                cart_value=lambda: cart_value(union=shopper.union, user=shopper.user, token=cart),
            ),
            cart=cart,
        )
        return await self.in_thread(self.hello)

    async def may_stay(self) -> bool:
        """As long as the union is open to shoppers."""
        return await super().may_stay() and await database_sync_to_async(self.street)() is not None

    def street(self) -> Union | None:
        """The union, if it lives here and is open to shoppers."""
        union = union_of(self.scope)
        return union if union is not None and union.is_published else None

    def hello(self) -> dict[str, Any]:
        """The state to start from."""
        shopper = self.session.shopper
        conversations = [
            conversation_frame(conversation=conversation)
            | {"seen": conversation.seen_seq or 0, "store_seen": conversation.store_seen or 0}
            for conversation in shown_conversations(shopper, now=timezone.now())
        ]
        hello: dict[str, Any] = {"type": "hello", "union": shopper.union.slug, "conversations": conversations}
        for greet in greetings[self.side]:
            hello |= greet(self.session)
        return hello

    def voices(self, refs: list[str]) -> dict[str, tuple[int, Speaker | None]]:
        """The shopper's own, ended ones as well: they are read, not written."""
        return {
            ref: (
                conversation_id,
                Speaker(
                    conversation_id, ref, participant_id, "shopper", name, topic_of(conversation_id=conversation_id)
                ),
            )
            for conversation_id, ref, participant_id, name in voices_of(self.session.shopper, refs)
        }

    @property
    def attends(self) -> set[int]:
        """The conversations that this shopper follows here."""
        return self.following

    async def handle(self, kind: str, frame: dict[str, Any]) -> None:
        """`watch` changes what this socket listens to."""
        if kind == "watch":
            await self.watch(frame)
        else:
            await super().handle(kind, frame)

    async def watch(self, frame: dict[str, Any]) -> None:
        """`{"products": [1, 2]}` replaces what is watched; the figures of now follow the `ack`."""
        asked = frame.get("products")
        if not isinstance(asked, list) or not all(type(key) is int and 0 < key < 2**63 for key in asked):
            raise Invalid(field="products")
        if len(asked) > MOST_WATCHED:
            raise TooMany
        union, now = self.session.union, timezone.now()
        rows = await self.in_thread(lambda: watched_stock(union, asked))
        self._watch("stock.", [f"stock.{product_id}" for product_id, _variant_id, _available in rows])
        self.acknowledge(frame)
        variants = [{"id": variant_id, "available": available} for _product_id, variant_id, available in rows]
        self.push_frame({"type": "stock", "variants": variants})
        for frame_of_sale in await self.in_thread(lambda: watched_sales(union, asked, now=now)):
            self.push_frame(frame_of_sale)
