"""The shopper's socket of a union: live stock of what the page shows."""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer

from core.sockets import NOT_HERE, GuardedConsumer, Refused
from stores.queries.live import union_to_watch, watched_stock
from unions.models import Union

MOST_WATCHED = 100


class ShopperConsumer(GuardedConsumer):
    """Frames as in docs/interfaces: `hello` first, then every client frame is answered by `ack` or `error`.

    `{"type": "watch", "id": …, "products": [1, 2]}` replaces what is watched and is followed by a `stock` frame with
    the figures of now; further ones come as they change: `{"type": "stock", "variants": [{"id", "available"}]}`.
    """

    # Everybody may listen, and there are many: what is shown no longer is let go at leisure.
    asked_every = 300.0
    union: Union
    watched: set[int]

    async def connect(self) -> None:
        union = await database_sync_to_async(union_to_watch)(self.scope["url_route"]["kwargs"]["union"])
        if union is None:
            await self.close(NOT_HERE)
            raise StopConsumer
        self.union, self.watched = union, set()
        await self.accept()
        await self.guard()
        await self.reply({"type": "hello", "union": union.slug})

    async def disconnect(self, code: int) -> None:
        await self.watch_only(set())

    async def may_stay(self) -> bool:
        """As long as the union is shown; what it no longer shows is no longer watched."""
        if not await super().may_stay():
            return False
        if await database_sync_to_async(union_to_watch)(self.union.slug) is None:
            return False
        if self.watched:
            rows = await database_sync_to_async(watched_stock)(self.union, sorted(self.watched))
            await self.watch_only({product_id for product_id, _variant_id, _available in rows})
        return True

    async def answer(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "watch":
            raise Refused("unknown_type", "This socket does not know this type of frame.")
        await self.watch(frame)

    async def watch(self, frame: dict[str, Any]) -> None:
        asked = frame.get("products")
        if not isinstance(asked, list) or not all(type(key) is int and 0 < key < 2**63 for key in asked):
            raise Refused("invalid", "`products` is a list of product ids.")
        if len(asked) > MOST_WATCHED:
            raise Refused("too_many", f"At most {MOST_WATCHED} products can be watched.")
        rows = await database_sync_to_async(watched_stock)(self.union, asked)
        await self.watch_only({product_id for product_id, _variant_id, _available in rows})
        await self.reply({"type": "ack", "id": frame.get("id"), "seq": 0})
        variants = [{"id": variant_id, "available": available} for _product_id, variant_id, available in rows]
        await self.reply({"type": "stock", "variants": variants})

    async def watch_only(self, products: set[int]) -> None:
        watched: set[int] = getattr(self, "watched", set())
        for key in watched - products:
            await self.channel_layer.group_discard(f"stock.{key}", self.channel_name)
        for key in products - watched:
            await self.channel_layer.group_add(f"stock.{key}", self.channel_name)
        self.watched = products

    async def stock_changed(self, event: dict[str, Any]) -> None:
        """From stores.services.stock, by way of core.live."""
        await self.reply({"type": "stock", "variants": event["variants"]})
