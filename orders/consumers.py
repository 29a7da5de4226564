"""Live lines of orders.

`/ws/console/<union>/<store>/` is the store's side; `/ws/u/<union>/track/<token>/` is a purchase's, for whoever has its
link.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from core.errors import DomainError
from orders.queries.manage import work_figures
from orders.queries.shopper import purchase_to_follow
from stores.models import StoreStaff
from stores.queries.access import managed_store
from unions.models import Union
from unions.queries import union_named

REFUSED = 4403
"""Close code for those who may not listen; the browser does not try again."""


class LiveLine(AsyncJsonWebsocketConsumer):
    """Listens to one group; all that its reader says is that they are still there."""

    group = ""

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Bytes are no frame either."""
        await super().receive(text_data or "null", **kwargs)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Answers `ping`; nothing else is known here."""
        frame = content if isinstance(content, dict) else {}
        if frame.get("type") == "ping":
            await self.send_json({"type": "pong"})
            return
        answer = {"type": "error", "code": "unknown_frame", "detail": "This frame is not known here."}
        await self.send_json({**answer, "id": frame["id"]} if "id" in frame else answer)

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """A text that is no JSON is answered like any other unknown frame."""
        try:
            return await super().decode_json(text_data)
        except (ValueError, RecursionError):
            return None


class ConsoleConsumer(LiveLine):
    """`hello` with what waits, then `order.changed` (`number`, `state`) whenever an order of the store moves."""

    async def connect(self) -> None:
        await self.accept()
        names = self.scope["url_route"]["kwargs"]
        try:
            store_id, waiting = await self._enter(names["union"], names["store"])
        except DomainError as refusal:
            await self.send_json({"type": "error", "code": refusal.code, "detail": str(refusal.detail)})
            await self.close(code=REFUSED)
            return
        self.group = f"store.{store_id}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send_json({"type": "hello", "waiting": waiting})

    async def order_changed(self, message: dict[str, Any]) -> None:
        """An order moved: `core.live.announce` sent it to the store's group."""
        await self.send_json({"type": "order.changed", "number": message["number"], "state": message["state"]})

    @database_sync_to_async
    def _enter(self, union_slug: str, store_slug: str) -> tuple[int, dict[str, int]]:
        """The store and what waits in it, for someone who handles its orders. Raises NotFound, NotAllowed."""
        with scopes_disabled():
            union = union_named(union_slug)
            store = managed_store(
                self.scope["user"], union or Union(), store_slug, StoreStaff.Permission.ORDERS, looking=True
            )
        with scope(union=union):
            return store.pk, asdict(work_figures(store, now=timezone.now()))


class PurchaseConsumer(LiveLine):
    """`hello`, then `purchase.changed` whenever one of the purchase's orders moves; what it says stands on its page."""

    async def connect(self) -> None:
        await self.accept()
        names = self.scope["url_route"]["kwargs"]
        purchase_id = await self._purchase(names["union"], names["token"])
        if purchase_id is None:
            await self.send_json({"type": "error", "code": "not_found", "detail": "There is no such purchase."})
            await self.close(code=REFUSED)
            return
        self.group = f"purchase.{purchase_id}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send_json({"type": "hello"})

    async def purchase_changed(self, message: dict[str, Any]) -> None:
        """One of its orders moved."""
        await self.send_json({"type": "purchase.changed"})

    @database_sync_to_async
    def _purchase(self, union_slug: str, token: str) -> int | None:
        with scopes_disabled():
            return purchase_to_follow(union_slug=union_slug, token=token)
