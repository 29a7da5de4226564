"""`/ws/console/<union>/<store>/`: the store's side of the live line. For now it carries orders and reservations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from core.errors import DomainError
from core.live import membership_group
from core.sockets import REFUSED, GuardedConsumer
from orders.queries.manage import work_figures
from orders.queries.shopper import purchase_to_follow
from stores.models import Store, StoreStaff
from stores.queries.access import managed_store
from unions.models import Union
from unions.queries import union_named


class ConsoleConsumer(GuardedConsumer):
    """`hello` with what waits, then `order.changed` or `reservation.changed` (`number`, `state`) whenever one moves."""

    async def connect(self) -> None:
        await self.accept()
        try:
            store, waiting = await self._enter()
        except DomainError as refusal:
            await self.end(REFUSED, refusal.code, str(refusal.detail))
            return
        await self.guard(f"store.{store.pk}", membership_group(store.membership_id))
        await self.reply({"type": "hello", "waiting": waiting})

    async def may_stay(self) -> bool:
        """As long as the person would be let in again."""
        if not await super().may_stay():
            return False
        try:
            await database_sync_to_async(self._find)()
        except DomainError:
            return False
        return True

    async def order_changed(self, message: dict[str, Any]) -> None:
        """An order moved: `core.live.announce` sent it to the store's group."""
        await self.reply({"type": "order.changed", "number": message["number"], "state": message["state"]})

    async def reservation_changed(self, message: dict[str, Any]) -> None:
        """A reservation was made or moved on."""
        await self.reply({"type": "reservation.changed", "number": message["number"], "state": message["state"]})

    def _find(self) -> Store:
        """The store, for someone who handles its orders. Raises NotFound, NotAllowed."""
        names = self.scope["url_route"]["kwargs"]
        with scopes_disabled():
            union = union_named(names["union"]) or Union()
            return managed_store(self.scope["user"], union, names["store"], StoreStaff.Permission.ORDERS, looking=True)

    @database_sync_to_async
    def _enter(self) -> tuple[Store, dict[str, int]]:
        """The store and what waits in it. Raises NotFound, NotAllowed."""
        store = self._find()
        with scope(union=store.union):
            return store, asdict(work_figures(store, now=timezone.now()))


class PurchaseConsumer(GuardedConsumer):
    """`hello`, then `purchase.changed` whenever one of the purchase's orders moves; what it says stands on its page."""

    async def connect(self) -> None:
        await self.accept()
        names = self.scope["url_route"]["kwargs"]
        purchase_id = await self._purchase(names["union"], names["token"])
        if purchase_id is None:
            await self.end(REFUSED, "not_found", "There is no such purchase.")
            return
        await self.guard(f"purchase.{purchase_id}")
        await self.reply({"type": "hello"})

    async def purchase_changed(self, message: dict[str, Any]) -> None:
        """One of its orders moved."""
        await self.reply({"type": "purchase.changed"})

    @database_sync_to_async
    def _purchase(self, union_slug: str, token: str) -> int | None:
        with scopes_disabled():
            return purchase_to_follow(union_slug=union_slug, token=token)
