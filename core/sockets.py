"""What every socket has: the same answers, frames of moderate size and number, and an entrance that is asked again.

Who may listen is asked at the door, but a socket stays open for hours. So it hears of `check_access` and `end_session`
(core.live), and asks by itself now and then, because an event may get lost and some things end without one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from importlib import import_module
from typing import Any

from channels.auth import get_user
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from core.live import person_group, session_group

logger = logging.getLogger(__name__)

TOO_OFTEN, TOO_LARGE = 1008, 1009
ENDED = 4401
"""The way in has ended: the browser comes back and is told at the door whether another one is left."""
REFUSED = 4403
"""Not for this person; the browser does not try again."""
NOT_HERE = 4404


class Refused(Exception):
    """A client frame that cannot be answered with `ack`."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail


class Allowance:
    """So many frames at once, and so many more each second."""

    def __init__(self, *, at_once: int, per_second: float) -> None:
        self.at_once, self.per_second = at_once, per_second
        self.left, self.counted_at = float(at_once), time.monotonic()

    def take(self) -> bool:
        """Whether one more frame may come."""
        now = time.monotonic()
        self.left = min(self.at_once, self.left + (now - self.counted_at) * self.per_second)
        self.counted_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class GuardedConsumer(AsyncWebsocketConsumer):
    """A subclass accepts in `connect` and calls `guard`; it fills in `answer` and, if more than the sign-in decides
    who may listen, `may_stay`.

    Too large a frame is answered with `error` and the close code 1009, too many with 1008. A frame that is no JSON
    object with a type, or that `answer` refuses, is answered with `error`; the socket stays open.
    """

    longest_frame = 16_000
    frames_at_once = 60
    frames_per_second = 10.0
    asked_every = 60.0
    is_over = False
    asking: asyncio.Task[None] | None = None
    person: int | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        try:
            return await super().__call__(scope, receive, send)
        finally:
            if self.asking is not None:
                self.asking.cancel()

    async def guard(self, *groups: str) -> None:
        """Join these groups (`core.live` says who is told through which) and begin to ask again."""
        self.allowance = Allowance(at_once=self.frames_at_once, per_second=self.frames_per_second)
        user, key = self.scope.get("user"), self._session_key
        self.person = user.pk if user is not None else None
        own = [person_group(self.person), session_group(key)] if self.person is not None and key else []
        # Channels leaves them by itself when the socket ends.
        self.groups = [*own, *groups]
        for group in self.groups:
            await self.channel_layer.group_add(group, self.channel_name)
        self.asking = asyncio.create_task(self._ask_again())

    async def may_stay(self) -> bool:
        """Whether whoever signed in still is, by the same session, with the same password."""
        if self.person is None:
            return True
        store = import_module(settings.SESSION_ENGINE).SessionStore
        user = await get_user({"session": store(self._session_key)})
        if user.pk != self.person:
            return False
        self.scope["user"] = user
        return True

    async def answer(self, frame: dict[str, Any]) -> None:
        """Handle one frame of the client's. Raises Refused."""
        raise Refused("unknown_type", "This socket does not know this type of frame.")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.is_over:
            return
        size = len(text_data.encode() if text_data is not None else bytes_data or b"")
        if size > self.longest_frame:
            await self.end(TOO_LARGE, "frame_too_large", f"A frame has at most {self.longest_frame} bytes.")
            return
        if not self.allowance.take():
            await self.end(TOO_OFTEN, "too_many_frames", "Too many frames in too short a time.")
            return
        frame_id: Any = None
        try:
            frame = frame_of(text_data)
            frame_id = frame.get("id")
            if frame["type"] == "ping":
                await self.reply({"type": "pong"})
            else:
                await self.answer(frame)
        except Refused as refusal:
            await self.reply({"type": "error", "id": frame_id, "code": refusal.code, "detail": refusal.detail})

    async def access_check(self, event: dict[str, Any]) -> None:
        """From core.live.check_access: something changed that this socket's way in hangs on."""
        if not self.is_over and not await self.may_stay():
            await self.access_ended(event)

    async def access_ended(self, event: dict[str, Any]) -> None:
        """From core.live.end_session too: the person has signed out."""
        await self.end(ENDED, "access_ended", "You can no longer listen here.")

    async def end(self, close_code: int, code: str, detail: str) -> None:
        """Say why, then close. What still arrives is not read."""
        if self.is_over:
            return
        self.is_over = True
        await self.reply({"type": "error", "code": code, "detail": detail})
        await self.close(close_code)

    async def reply(self, frame: dict[str, Any]) -> None:
        await self.send(json.dumps(frame, separators=(",", ":")))

    @property
    def _session_key(self) -> str:
        session = self.scope.get("session")
        return (session.session_key if session is not None else None) or ""

    async def _ask_again(self) -> None:
        """Spread over time, so that a thousand sockets opened at once do not ask at once."""
        while not self.is_over:
            await asyncio.sleep(self.asked_every * random.uniform(0.7, 1.3))
            try:
                await self.access_check({})
            except Exception:
                # A database that is away closes nobody's window; it is asked again.
                logger.exception("a socket could not ask whether it may stay")


def frame_of(text: str | None) -> dict[str, Any]:
    """The frame in a text, a JSON object with a `type`. Raises Refused."""
    try:
        frame = json.loads(text or "null")
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise Refused("invalid", "A frame is a JSON object with a type.")
    return frame
