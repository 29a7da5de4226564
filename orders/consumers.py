"""`/ws/console/<union>/<store>/`: the store's side of the live line. For now it carries orders and reservations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from core.errors import DomainError
from orders.queries.manage import work_figures
from stores.models import StoreStaff
from stores.queries.access import managed_store
from unions.models import Union
from unions.queries import union_named

REFUSED = 4403
"""Close code for those who may not listen; the browser does not try again."""


class ConsoleConsumer(AsyncJsonWebsocketConsumer):
    """`hello` with what waits, then `order.changed` or `reservation.changed` (`number`, `state`) whenever one moves."""

    group = ""

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

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Bytes are no frame either."""
        await super().receive(text_data or "null", **kwargs)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """The only thing a console says so far is that it is still there."""
        frame = content if isinstance(content, dict) else {}
        if frame.get("type") == "ping":
            await self.send_json({"type": "pong"})
            return
        answer = {"type": "error", "code": "unknown_frame", "detail": "This frame is not known here."}
        await self.send_json({**answer, "id": frame["id"]} if "id" in frame else answer)

    async def order_changed(self, message: dict[str, Any]) -> None:
        """An order moved: `core.live.announce` sent it to the store's group."""
        await self.send_json({"type": "order.changed", "number": message["number"], "state": message["state"]})

    async def reservation_changed(self, message: dict[str, Any]) -> None:
        """A reservation was made or moved on."""
        await self.send_json({"type": "reservation.changed", "number": message["number"], "state": message["state"]})

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """A text that is no JSON is answered like any other unknown frame."""
        try:
            return await super().decode_json(text_data)
        except (ValueError, RecursionError):
            return None

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
