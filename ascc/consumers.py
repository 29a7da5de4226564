"""`/ws/provider/`: what happens to the vouchers of all providers for whom a person works."""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from ascc.models import ServiceProvider
from ascc.queries.desk import providers_worked_for, waiting_counts
from ascc.services.telling import provider_topic
from core.errors import DomainError, NotAllowed
from core.live import Socket, membership_topic


class UnknownType(DomainError):
    """This socket takes nothing but ping and pong."""

    code = "unknown_type"
    status = 400
    detail = "There is no such frame here."


class ProviderSocket(Socket):
    """Only tells: everything is done by the pages' forms, which can wait for the network."""

    async def opened(self) -> None:
        """Let in who works for a provider; listen to each of them; hand over what waits. Raises NotAllowed."""
        hello = await database_sync_to_async(self._enter)()
        for provider in self.providers:
            self.hub.join(provider_topic(provider_id=provider.pk), self)
            self.hub.join(membership_topic(provider.store.membership_id), self)
        self.push_frame(hello)

    def _enter(self) -> dict[str, Any]:
        self.providers = self._worked_for()
        if not self.providers:
            raise NotAllowed
        with scopes_disabled():
            return {
                "type": "hello",
                "now": timezone.now(),
                "providers": [
                    {"union": one.union.slug, "store": one.store.slug, **waiting_counts(one)} for one in self.providers
                ],
            }

    def _worked_for(self) -> list[ServiceProvider]:
        user = self.scope.get("user")
        if not isinstance(user, User):
            return []
        with scopes_disabled():
            return providers_worked_for(user)

    async def frame(self, frame: dict[str, Any]) -> None:
        """Nothing is done over this socket."""
        raise UnknownType

    async def may_stay(self) -> bool:
        """As long as the person works for the same providers: a change begins anew with a fresh `hello`."""
        if not await super().may_stay():
            return False
        now = await database_sync_to_async(self._worked_for)()
        return [one.pk for one in now] == [one.pk for one in self.providers]
