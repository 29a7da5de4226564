"""`/ws/console/<union>/<store>/`: a manager's connection with all conversations and orders of the store.

In place of the store's slug, `-` opens the console of the union's own support.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone
from django_scopes import scope

from chat.consumers.identity import device_of, key_of, language_of, union_of, user_of
from chat.consumers.talking import TalkingSocket
from chat.frames import CONSOLE, greetings
from chat.frames.lists import listed_frames
from chat.frames.sessions import ConsoleSession
from chat.queries.consoles import (
    MOST_OWN,
    PART,
    Door,
    console_door,
    conversations_heard_at,
    counts_of_list,
    parts_of_list,
    program_door,
    speakers_of,
)
from chat.relay import Speaker
from chat.services.frames import topic_of
from chat.services.presence import console_closed
from chat.services.programs import program_user
from chat.services.showing import console_topic
from core.clients import address_in
from core.errors import DomainError, NotAllowed, NotFound
from core.live import membership_topic
from orders.queries.manage import work_figures
from orders.queries.responses import waiting_responses
from stores.services.keys import key_topic


class ConsoleSocket(TalkingSocket):
    """A manager's connection. Looking is open to who may open the console; answering needs `presence` first."""

    side = CONSOLE

    async def opened(self) -> None:
        """Let in, listen to the store, hand over the state to start from."""
        await database_sync_to_async(self.enter)()
        door = self.session.door
        if self.session.key is not None:
            self.hub.join(key_topic(key_id=self.session.key.pk), self)
        if door.may_talk:
            self.hub.join(
                console_topic(union_id=self.session.union.pk, store_id=door.store.pk if door.store else None), self
            )
        if door.store is not None:
            self.hub.join(membership_topic(door.store.membership_id), self)
            if door.may_see_orders:
                self.hub.join(f"store.{door.store.pk}", self)
        self.push_frame(await self.in_thread(self.hello))

    def enter(self) -> None:
        """Who this is and where: a person who is signed in, or a program with its key. Raises NotFound, NotAllowed."""
        union = union_of(self.scope)
        key = key_of(self.scope)
        user = user_of(self.scope) if key is None else program_user(key=key)
        if union is None or user is None:
            raise NotFound
        slug = self.scope["url_route"]["kwargs"]["store"]
        with scope(union=union):
            door = program_door(key, union, slug) if key is not None else console_door(user, union, slug)
        self.session = ConsoleSession(
            union=union,
            user=user,
            language=user.language or language_of(self.scope, union),
            address=address_in(self.scope),
            device=device_of(self.scope),
            channel=f"{self.hub.origin}.{secrets.token_hex(6)}",
            socket=self,
            door=door,
            key=key,
        )

    def hello(self) -> dict[str, Any]:
        """The state to start from: orders that wait, and conversations that are not over."""
        session = self.session
        now = timezone.now()
        hello: dict[str, Any] = {"type": "hello", "you": session.user.pk, "now": now}
        if session.store is not None and session.door.may_see_orders:
            hello["waiting"] = asdict(work_figures(session.store, now=now))
            hello["responses"] = waiting_responses(session.store, now=now).unanswered
        if session.door.may_talk:
            parts = parts_of_list(session.union, session.store, session.user)
            listed = {
                conversation.pk: conversation
                for part, conversations in parts.items()
                for conversation in conversations[: MOST_OWN if part == "mine" else PART]
            }
            hello["conversations"] = listed_frames(session.user, session.store, list(listed.values()))
            hello["counts"] = counts_of_list(session.union, session.store)
            for greet in greetings[self.side]:
                hello |= greet(session)
        return hello

    async def handle(self, kind: str, frame: dict[str, Any]) -> None:
        """Who only looks at orders says nothing here."""
        if not self.session.door.may_talk:
            raise NotAllowed
        await super().handle(kind, frame)

    async def may_stay(self) -> bool:
        """As long as the person would be let in again, with the same rights."""
        if not await super().may_stay():
            return False
        if self.session.key is not None:
            return await database_sync_to_async(lambda: key_of(self.scope))() is not None
        slug = self.scope["url_route"]["kwargs"]["store"]

        def door() -> Door:
            with scope(union=self.session.union):
                return console_door(self.session.user, self.session.union, slug)

        try:
            now = await database_sync_to_async(door)()
        except DomainError:
            return False
        before = self.session.door
        return (now.may_talk, now.may_see_orders) == (before.may_talk, before.may_see_orders)

    def voices(self, refs: list[str]) -> dict[str, tuple[int, Speaker | None]]:
        """The store's own and those it was asked into; a voice where this manager has joined."""
        session = self.session
        if not session.door.may_talk:
            return {}
        found = dict(conversations_heard_at(session.union, session.store).filter(ref__in=refs).values_list("ref", "pk"))
        own = speakers_of(session.user, list(found.values()))
        return {
            ref: (
                key,
                Speaker(key, ref, own[key].pk, own[key].role, own[key].name, topic_of(conversation_id=key))
                if key in own
                else None,
            )
            for ref, key in found.items()
        }

    async def closed(self) -> None:
        """The stay at this console is over."""
        await super().closed()
        if getattr(self, "session", None) is not None and self.session.manager is not None:
            self.relay.heartbeat.end(self.session.channel)
            await self.in_thread(
                lambda: console_closed(channel=self.session.channel, over=self.over, now=timezone.now())
            )
