"""The shopper's socket of a union: live stock of what the page shows."""

from __future__ import annotations

import json
from typing import Any

from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from stores.queries.live import union_to_watch, watched_stock
from unions.models import Union

MOST_WATCHED = 100
LONGEST_FRAME = 16_000
NOT_HERE = 4404


class Refused(Exception):
    """A client frame that cannot be answered with `ack`."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail


class ShopperConsumer(AsyncWebsocketConsumer):
    """Frames as in docs/interfaces: `hello` first, then every client frame is answered by `ack` or `error`.

    `{"type": "watch", "id": …, "products": [1, 2]}` replaces what is watched and is followed by a `stock` frame with
    the figures of now; further ones come as they change: `{"type": "stock", "variants": [{"id", "available"}]}`.
    """

    union: Union
    watched: set[int]

    async def connect(self) -> None:
        union = await database_sync_to_async(union_to_watch)(self.scope["url_route"]["kwargs"]["union"])
        if union is None:
            await self.close(NOT_HERE)
            raise StopConsumer
        self.union, self.watched = union, set()
        await self.accept()
        await self.reply({"type": "hello", "union": union.slug})

    async def disconnect(self, code: int) -> None:
        await self.watch_only(set())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        frame_id: Any = None
        try:
            frame = frame_of(text_data)
            if frame["type"] == "ping":
                await self.reply({"type": "pong"})
                return
            frame_id = frame.get("id")
            if frame["type"] != "watch":
                raise Refused("unknown_type", "This socket does not know this type of frame.")
            await self.watch(frame)
        except Refused as refusal:
            await self.reply({"type": "error", "id": frame_id, "code": refusal.code, "detail": refusal.detail})

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

    async def reply(self, frame: dict[str, Any]) -> None:
        await self.send(json.dumps(frame, separators=(",", ":")))


def frame_of(text: str | None) -> dict[str, Any]:
    """The frame in a text, a JSON object with a `type`. Raises Refused."""
    if text is None or len(text) > LONGEST_FRAME:
        raise Refused("invalid", "A frame is a JSON text of moderate size.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise Refused("invalid", "A frame is a JSON object with a type.")
    return frame
