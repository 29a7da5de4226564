"""One WebSocket connection as a bare ASGI application: limits, order of sending, slow readers, the silent.

Channels' consumer costs a task and a layer per message; this is the lean path that `docs/adr` explains. An app
subclasses `Socket`, answers `opened` and `frame`, and says what is pushed.

Slow readers: after every `ASK_EVERY` frames the server sends `{"type": "ping", "n": …}`, which the client answers with
`pong` and the same `n`. Who leaves more than `MOST_UNREAD` frames unanswered is closed with 4408 and comes back with
`resume`: nothing stored is lost.
"""

from __future__ import annotations

import asyncio
import logging
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from importlib import import_module
from time import monotonic
from typing import Any

import orjson
from channels.auth import get_user
from django.conf import settings

from core.errors import DomainError
from core.live.announcing import CHECK, END, person_topic, session_topic
from core.live.hub import Hub, the_hub

logger = logging.getLogger(__name__)

ENDED = 4401
"""The way in has ended: the browser comes back and is told at the door whether another one is left."""
REFUSED = 4403
"""Not for this person; the browser does not try again."""
NOT_HERE = 4404
TOO_SLOW = 4408
TOO_OFTEN, TOO_LARGE = 1008, 1009

LONGEST_FRAME = 32_000
"""Characters (or bytes, which are no frame either)."""
LONGEST_ID = 200
ID_TYPES = (str, int, type(None))
"""What an `id` may be: it is said again in the answer, so it is nothing that can be nested."""
ASK_EVERY = 256
MOST_UNREAD = 2048

NUL = "\\u0000"
"""As JSON writes the one character that no text in the database can hold."""

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Closed(Exception):
    """Ends the connection with this close code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class Socket:
    """A connection. `push` never waits and never blocks another socket."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope
        self.hub: Hub = the_hub()
        self.topics: set[str] = set()
        self.open = False
        self.heard_at = self.asked_at = monotonic()
        self._send: Send
        self._waiting: deque[str] = deque()
        self._sender: asyncio.Task[None] | None = None
        self._sent = self._asked = self._read = 0
        self._allowance = float(settings.SOCKET_BURST)
        self._allowed_at = self.heard_at
        self._closing: int | None = None
        self.over: str = ""
        """Why the way in ended: `signed_out` or `refused`; empty as long as it has not."""

    @classmethod
    def as_asgi(cls) -> Callable[[dict[str, Any], Receive, Send], Coroutine[Any, Any, None]]:
        """The ASGI application for a route."""

        async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            await cls(scope).run(receive, send)

        return application

    # What a kind of socket says for itself.

    async def may_stay(self) -> bool:
        """Whether whoever signed in still is, by the same session, with the same password.

        Asked when something changed that the way in hangs on, and now and then. A subclass asks for more.
        """
        user, session = self.scope.get("user"), self.scope.get("session")
        if user is None or user.pk is None or session is None:
            return True
        store = import_module(settings.SESSION_ENGINE).SessionStore
        now = await get_user({"session": store(session.session_key)})
        return bool(now.pk == user.pk)

    async def opened(self) -> None:
        """Find out who it is, join topics, push `hello`. May raise DomainError or Closed."""

    async def frame(self, frame: dict[str, Any]) -> None:
        """One frame of the client other than ping and pong. DomainError becomes an error frame."""

    async def closed(self) -> None:
        """The connection is over, however it ended."""

    def told(self, what: str) -> None:
        """What the hub hears for this socket and not for its client."""
        if what == END:
            self.over = "signed_out"
            self.end()
        elif what == CHECK:
            self.asked_at = monotonic()
            self.hub.keep(asyncio.get_running_loop().create_task(self._ask_whether_to_stay()))

    def end(self) -> None:
        """Say that the way in has ended, and close."""
        self.push_frame({"type": "error", "code": "access_ended", "detail": "You can no longer listen here."})
        self.give_up(ENDED)

    async def _ask_whether_to_stay(self) -> None:
        try:
            if not await self.may_stay():
                self.over = "refused"
                self.end()
        except Exception:
            # A database that is away closes nobody's window; it is asked again.
            logger.exception("A socket could not ask whether it may stay.")

    # Sending.

    def push(self, text: str) -> None:
        """Send a ready frame as soon as those before it are gone; at once if there are none."""
        if not self.open:
            return
        self._sent += 1
        if self._sent - self._asked >= ASK_EVERY:
            self._asked = self._sent
            self._put(f'{{"type":"ping","n":{self._sent}}}')
            if self._sent - self._read > MOST_UNREAD:
                self.give_up(TOO_SLOW)
                return
        self._put(text)

    def push_frame(self, frame: dict[str, Any]) -> None:
        """Send a frame given as a dict."""
        self.push(self.text(frame))

    @staticmethod
    def text(frame: dict[str, Any]) -> str:
        """A frame as the text that travels."""
        return orjson.dumps(frame).decode()

    def give_up(self, code: int) -> None:
        """Close as soon as possible; nothing more is sent."""
        if self._closing is None:
            self._closing = code
            self.open = False
            self._waiting.clear()
            for topic in tuple(self.topics):
                self.hub.leave(topic, self)
            task = asyncio.get_running_loop().create_task(self._close(code))
            self.hub.keep(task)

    def _put(self, text: str) -> None:
        if self._sender is not None:
            self._waiting.append(text)
            if len(self._waiting) > MOST_UNREAD:
                self.give_up(TOO_SLOW)
            return
        # Servers hand a short frame to the transport without waiting, so no task is needed for it.
        step = self._send({"type": "websocket.send", "text": text})
        if not isinstance(step, types.CoroutineType):
            self._sender = asyncio.ensure_future(self._send_on(_awaiting(step)))
            return
        try:
            waited_for = step.send(None)
        except StopIteration:
            return
        except Exception:  # The other side is gone; its own loop notices.
            self.open = False
            return
        self._sender = asyncio.ensure_future(self._send_on(_go_on(step, waited_for)))

    async def _send_on(self, begun: Awaitable[None]) -> None:
        try:
            await begun
            while self._waiting:
                await self._send({"type": "websocket.send", "text": self._waiting.popleft()})
        except Exception:
            self.open = False
            self._waiting.clear()
        finally:
            self._sender = None

    async def _close(self, code: int) -> None:
        try:
            async with asyncio.timeout(5):
                await self._send({"type": "websocket.close", "code": code})
        except Exception:  # It is closed already.
            return

    # Receiving.

    async def run(self, receive: Receive, send: Send) -> None:
        """From the handshake to the end."""
        self._send = send
        event = await receive()
        if event["type"] != "websocket.connect":
            return
        await send({"type": "websocket.accept"})
        self.open = True
        self.hub.sockets.add(self)
        try:
            for topic in self._own_topics():
                self.hub.join(topic, self)
            await self.hub.heard()
            try:
                await self.opened()
            except DomainError as refusal:
                self.push_frame({"type": "error", "code": refusal.code, "detail": str(refusal.detail)})
                raise Closed(REFUSED) from None
            while True:
                event = await receive()
                if event["type"] == "websocket.disconnect":
                    return
                await self._take(event.get("text"), event.get("bytes"))
        except Closed as end:
            if self._closing is None:
                self._closing = end.code
                self.open = False
                await self._close(end.code)
        finally:
            self.open = False
            self.hub.sockets.discard(self)
            for topic in tuple(self.topics):
                self.hub.leave(topic, self)
            await self.closed()

    async def _take(self, text: str | None, other: bytes | None = None) -> None:
        self.heard_at = now = monotonic()
        self._allowance = min(
            settings.SOCKET_BURST, self._allowance + (now - self._allowed_at) * settings.SOCKET_FRAMES_PER_SECOND
        )
        self._allowed_at = now
        self._allowance -= 1
        if self._allowance < 0:
            self._answer_error(None, "too_many_frames", "Too many frames in too short a time.")
            raise Closed(TOO_OFTEN)
        if len(text if text is not None else other or b"") > LONGEST_FRAME:
            self._answer_error(None, "frame_too_large", f"A frame has at most {LONGEST_FRAME} characters.")
            raise Closed(TOO_LARGE)
        try:
            frame = orjson.loads(text or "")
            kind, frame_id = frame["type"], frame.get("id")
            if type(kind) is not str or type(frame_id) not in ID_TYPES or len(str(frame_id)) > LONGEST_ID:
                raise TypeError
        except (ValueError, TypeError, KeyError):
            self._answer_error(None, "invalid", "A frame is a JSON object with a type, and an id is a text.")
            return
        if text is not None and NUL in text and _holds_nul(frame):
            self._answer_error(frame_id, "invalid", "A frame holds no NUL character.")
            return
        if kind == "ping":
            self._put('{"type":"pong"}')
        elif kind == "pong":
            if type(frame.get("n")) is int and self._read < frame["n"] <= self._sent:
                self._read = frame["n"]
        else:
            try:
                await self.frame(frame)
            except DomainError as refusal:
                self._answer_error(frame_id, refusal.code, str(refusal.detail), **refusal.facts)

    def _own_topics(self) -> list[str]:
        """Of the person and of the sign-in: what ends these ends the socket."""
        user, session = self.scope.get("user"), self.scope.get("session")
        if user is None or user.pk is None:
            return []
        own = [person_topic(user.pk)]
        return [*own, session_topic(session.session_key)] if session is not None and session.session_key else own

    def _answer_error(self, frame_id: Any, code: str, detail: str, **facts: Any) -> None:
        self.push_frame({"type": "error", "id": frame_id, "code": code, "detail": detail, **facts})


def _holds_nul(frame: Any) -> bool:
    """Whether a text anywhere in it does. `\\\\u0000` looks alike and is only what somebody typed."""
    waiting = [frame]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and "\x00" in value:
            return True
    return False


async def _awaiting(step: Awaitable[None]) -> None:
    await step


@types.coroutine
def _go_on(step: Coroutine[Any, Any, None], waited_for: Any) -> Generator[Any, Any, None]:
    """Drive a coroutine that was begun by hand to its end inside a task."""
    while True:
        try:
            answer = yield waited_for
        except BaseException as error:
            try:
                waited_for = step.throw(error)
            except StopIteration:
                return
        else:
            try:
                waited_for = step.send(answer)
            except StopIteration:
                return
