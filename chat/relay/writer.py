"""Group commit: what arrived while the last statement ran goes into the next one; acknowledged when it is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import psycopg

from chat.relay.database import AWAY, Line
from chat.services.message_sql import WRITE_MESSAGES
from core.live.hub import wanted

if TYPE_CHECKING:
    from chat.relay.relay import Speaker
    from core.live import Socket

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 1000
MOST_WAITING = 20_000
LONGEST_PAUSE = 1.0


@dataclass(slots=True)
class Said:
    """One message on its way into the database."""

    speaker: Speaker
    client_id: str
    kind: str
    text: str
    card: Any
    socket: Socket | None

    def parameters(self) -> dict[str, Any]:
        speaker = self.speaker
        return {
            "c": speaker.conversation_id,
            "p": speaker.participant_id,
            "i": self.client_id,
            "k": self.kind,
            "t": self.text,
            "b": self.card,
            "s": speaker.of_shopper,
        }


Written = Callable[[Said, int, datetime, bool], None]
Refused = Callable[[Said, str], None]


class Writer:
    """Calls `written(said, seq, at, is_fresh)` or `refused(said, code)` once for everything it takes."""

    def __init__(self, *, written: Written, refused: Refused) -> None:
        self._written = written
        self._refused = refused
        self._waiting: list[Said] = []
        self._something = asyncio.Event()
        self._line = Line()

    def take(self, said: Said) -> None:
        """Put it into the next group."""
        if len(self._waiting) >= MOST_WAITING:
            self._refused(said, "busy")
            return
        self._waiting.append(said)
        self._something.set()

    async def write_on(self) -> None:
        """Until the loop ends: one group after the other. A database that is away is waited for; nothing is dropped."""
        try:
            await self._write_on()
        finally:
            await self._line.close()

    async def _write_on(self) -> None:
        pause = 0.0
        while wanted():
            await self._something.wait()
            if pause:
                await asyncio.sleep(pause)
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                left = await self._write(group)
                pause = 0.002 if left and len(left) == len(group) else 0.0
            except AWAY as error:
                logger.warning("Messages wait for the database (%s).", error)
                left, pause = group, min(LONGEST_PAUSE, max(0.05, pause * 2))
            except psycopg.errors.UniqueViolation:
                # Another process wrote one of them after our snapshot. The next look sees it.
                left = group
            except psycopg.Error:
                left = await self._write_singly(group)
            self._waiting = [*left, *self._waiting]
            if not self._waiting:
                self._something.clear()

    async def _write(self, group: list[Said]) -> list[Said]:
        """Write a group and answer it; returns those whose conversation was locked just now."""
        parameters = {
            "messages": orjson.dumps([said.parameters() for said in group]).decode(),
            "now": datetime.now(tz=UTC),
        }
        rows = await self._line.rows(WRITE_MESSAGES, parameters)
        left = []
        for said, (_n, seq, at, state, is_fresh) in zip(group, rows, strict=True):
            if seq is not None:
                self._written(said, seq, at, is_fresh)
            elif state is None or state == "ended":
                self._refused(said, "ended")
            else:
                left.append(said)
        return left

    async def _write_singly(self, group: list[Said]) -> list[Said]:
        """One of them cannot be stored: find it, refuse it, and let the others through."""
        left: list[Said] = []
        for said in group:
            try:
                left += await self._write([said])
            except AWAY:
                left.append(said)
            except psycopg.errors.UniqueViolation:
                left.append(said)
            except psycopg.Error:
                logger.exception("A message could not be stored.")
                self._refused(said, "invalid")
        return left
