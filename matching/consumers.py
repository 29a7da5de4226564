"""`/ws/connector/`: the line of a store's own program, which hears calls and answers them. See docs/connector.md."""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone, translation
from django_scopes import scope, scopes_disabled

from chat.consumers.identity import key_of
from chat.services.programs import program_user
from core.errors import DomainError, NotAllowed, NotFound
from core.live import Socket, membership_topic
from core.money import exponent_of
from matching.frames.programs import HANDLERS, Program
from matching.queries.calls import used_lately, waiting_calls_of
from matching.services.calling import call_frame
from matching.services.telling import answers_topic, calls_topic, used_frame
from stores.models import ApiKey, Store
from stores.services.keys import key_topic, note_use
from unions.models import Membership

HEARS = {"calls:read", "calls:write"}
ANSWERS = "calls:write"


class UnknownType(DomainError):
    """This socket takes answers and nothing else."""

    code = "unknown_type"
    status = 400
    detail = "There is no such frame here."


class ConnectorSocket(Socket):
    """One for each program, any number for a store: a call goes to all of them, and the store still answers once."""

    _held: list[str] | None = None
    """What comes while `hello` is being made waits for it, so that a program always hears `hello` first."""

    async def opened(self) -> None:
        """Let a store's key in, listen to its calls, hand over what waits. Raises NotFound."""
        await database_sync_to_async(self._enter)()
        store = self.program.store
        self._held = []
        # First listen, then look: what is called meanwhile comes twice and not never.
        for topic in (
            calls_topic(store_id=store.pk),
            answers_topic(store_id=store.pk),
            key_topic(key_id=self.key.pk),
            membership_topic(store.membership_id),
        ):
            self.hub.join(topic, self)
        hello = self.text(await database_sync_to_async(self._hello)())
        held, self._held = self._held, None
        for text in (hello, *held):
            self.push(text)

    def push(self, text: str) -> None:
        """Send a ready frame, not before `hello`."""
        if self._held is None:
            super().push(text)
        else:
            self._held.append(text)

    def _enter(self) -> None:
        key = self._let_in()
        if key is None or key.store_id is None:
            raise NotFound
        with scopes_disabled():
            store = Store.objects.select_related("union", "membership").get(union=key.union_id, pk=key.store_id)
        self.key, self.program = key, Program(store, program_user(key=key))
        with scope(union=store.union):
            note_use(key=key, now=timezone.now())

    def _let_in(self) -> ApiKey | None:
        """A store's key that may hear calls; a suspended member's store is called for nothing."""
        key = key_of(self.scope)
        if key is None or key.store is None or not HEARS & set(key.scopes):
            return None
        return key if key.store.membership.state == Membership.State.ACTIVE else None

    def _hello(self) -> dict[str, Any]:
        store, now = self.program.store, timezone.now()
        currency = store.union.currency
        return {
            "type": "hello",
            "now": now,
            "store": store.slug,
            "name": store.name,
            "union": store.union.slug,
            "currency": currency,
            "digits": exponent_of(currency),
            "may_answer": ANSWERS in self.key.scopes,
            "calls": [call_frame(request=request) for request in waiting_calls_of(store, now=now)],
            "used": [used_frame(request=one.request, response=one) for one in used_lately(store, now=now)],
        }

    async def frame(self, frame: dict[str, Any]) -> None:
        """Say it, and acknowledge it once it is written."""
        handler = HANDLERS.get(frame["type"])
        if handler is None:
            raise UnknownType
        if ANSWERS not in self.key.scopes:
            raise NotAllowed

        def run() -> dict[str, Any]:
            with scope(union=self.program.store.union), translation.override("en"):
                try:
                    return handler(self.program, frame)
                except DomainError as refusal:
                    # Its words are lazy: fixed here, in this language.
                    refusal.detail = str(refusal.detail)
                    raise

        self.push_frame({"type": "ack", "id": frame.get("id"), **await database_sync_to_async(run)()})

    async def may_stay(self) -> bool:
        """As long as the key would be let in again, with the same rights."""
        key = await database_sync_to_async(self._let_in)()
        return key is not None and set(key.scopes) == set(self.key.scopes)
