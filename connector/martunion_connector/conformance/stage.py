"""The union's side of the line, as the rules want it to be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

PATH = "/ws/connector/"
KEY = "mu_conformance"
SAID = {"answer", "decline", "withdraw"}


class Broken(Exception):
    """A rule was not kept; the text says how."""


@dataclass(frozen=True)
class Good:
    """What the program's list holds and calls ask for. `price` in minor units of a currency with two digits."""

    words: str = "brass desk lamp"
    price: int = 2500
    stock: int = 3


@dataclass
class Line:
    """One connection of the program."""

    socket: ServerConnection
    number: int
    opened_at: float = field(default_factory=monotonic)
    greeted: bool = False
    was_cut: bool = False
    frames: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, frame: dict[str, Any]) -> None:
        """Send a frame; a line that is gone is found out elsewhere."""
        try:
            await self.socket.send(json.dumps(frame))
        except ConnectionClosed:
            return

    def cut(self) -> None:
        """As a cable that is pulled: no closing words."""
        self.was_cut = True
        self.socket.transport.abort()

    async def close(self, code: int) -> None:
        """Close in good order."""
        await self.socket.close(code)

    @property
    def is_open(self) -> bool:
        """Whether the program hears what is said on it."""
        return not self.was_cut and self.socket.state is State.OPEN

    def answers_to(self, ref: str) -> list[dict[str, Any]]:
        """What the program has answered to this call on this line."""
        return [frame for frame in self.frames if frame["type"] == "answer" and frame.get("request") == ref]


@dataclass
class Stage:
    """Listens, greets, calls, acknowledges. Rules turn `acknowledges` off and put refusals into `refusals`."""

    good: Good = field(default_factory=Good)
    patience: float = 5.0
    acknowledges: bool = True
    refusals: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What was out of shape, whatever rule was being looked at."""
    is_alive: Callable[[], bool] = lambda: True
    _seen: int = 0
    _arrived_one: asyncio.Event = field(default_factory=asyncio.Event)
    _server: Server | None = None
    _refs: int = 0

    async def listen(self, port: int) -> int:
        """Returns the port."""
        self._server = await serve(self._arrived, "127.0.0.1", port, ping_interval=None)
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def leave(self) -> None:
        """Nobody is heard any more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _arrived(self, socket: ServerConnection) -> None:
        line = Line(socket, len(self.lines))
        self.lines.append(line)
        self._arrived_one.set()
        try:
            async for text in socket:
                await self._hear(line, text)
        except ConnectionClosed:
            return
        finally:
            line.news.set()

    async def _hear(self, line: Line, text: str | bytes) -> None:
        try:
            frame = json.loads(text)
            kind = frame["type"]
            if not isinstance(kind, str):
                raise TypeError
        except (ValueError, KeyError, TypeError, RecursionError):
            self.wrong.append(f"a frame is a JSON object with a type, in a text message: {text!r}"[:200])
            return
        if kind == "ping":
            await line.say({"type": "pong"})
            return
        if kind in SAID and not self._look_at(line, frame):
            await line.say(
                {"type": "error", "id": None, "code": "invalid", "detail": "An answer has an id and a request."}
            )
            return
        line.frames.append(frame)
        line.news.set()
        if kind in SAID and self.acknowledges:
            await self.reply(line, frame)

    async def reply(self, line: Line, frame: dict[str, Any]) -> None:
        """Acknowledge, or refuse as the rule wants it."""
        ref = frame.get("request")
        if ref in self.refusals:
            code = self.refusals[ref]
            await line.say({"type": "error", "id": frame.get("id"), "code": code, "detail": "As the rule wants it."})
        else:
            state = "declined" if frame["type"] == "decline" else "offered"
            await line.say(
                {"type": "ack", "id": frame.get("id"), "request": ref, "response": f"R-{ref}", "version": 1,
                 "state": state}
            )  # fmt: skip

    def _look_at(self, line: Line, frame: dict[str, Any]) -> bool:
        """The shape that docs/connector.md gives these frames; whether it can be told which one it is, about what."""
        kind, frame_id = frame["type"], frame.get("id")
        if not line.greeted:
            self.wrong.append(f"{kind} was sent before hello")
        if not isinstance(frame_id, str) or not 0 < len(frame_id) <= 80:
            self.wrong.append(f"the id of {kind} is a text of 1 to 80 characters, not {_short(frame_id)}")
        if not isinstance(frame.get("request"), str):
            self.wrong.append(f"{kind} names its request")
        if kind == "answer":
            price = frame.get("price")
            if frame.get("way", "cart") == "cart" and (type(price) is not int or price < 1):
                self.wrong.append(f"the price is a whole number of minor units, not {_short(price)}")
            if frame.get("way") == "time" and not (frame.get("service") and frame.get("available_at")):
                self.wrong.append("a time names its service and when it is available")
            quantity = frame.get("quantity")
            if quantity is not None and (type(quantity) is not int or not 1 <= quantity <= 999):
                self.wrong.append(f"the quantity is a whole number from 1 to 999, not {_short(quantity)}")
        return isinstance(frame_id, str) and isinstance(frame.get("request"), str)

    # What rules do.

    def new_call(self, *, words: str = "", quantity: int = 1, budget: int | None = None, **more: Any) -> dict[str, Any]:
        """A call that nobody has heard yet."""
        self._refs += 1
        now = datetime.now(UTC)
        return {
            "type": "wish",
            "request": f"CALL-{self._refs}",
            "union": "conformance",
            "words": words or self.good.words,
            "code": None,
            "classes": ["*"],
            "quantity": quantity,
            "budget": None if budget is None else {"amount": budget, "currency": "GBP"},
            "condition": "any",
            "place": None,
            "reach_km": None,
            "wanted_by": None,
            "language": "en",
            "asked_at": now.isoformat(),
            "answers_until": (now + timedelta(minutes=30)).isoformat(),
            **more,
        }

    async def arrival(self, within: float) -> Line:
        """The next connection, not greeted yet. Raises Broken."""
        limit = monotonic() + within
        while len(self.lines) <= self._seen:
            if not self.is_alive():
                raise Broken("the program has ended")
            if monotonic() > limit:
                raise Broken(f"no connection came within {within:.0f} s")
            self._arrived_one.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived_one.wait(), 0.2)
        self._seen += 1
        return self.lines[self._seen - 1]

    async def greet(self, line: Line, *calls: dict[str, Any]) -> None:
        """Say hello, with the calls that wait."""
        line.greeted = True
        await line.say(
            {
                "type": "hello",
                "now": datetime.now(UTC).isoformat(),
                "store": "conformance",
                "name": "Conformance",
                "union": "conformance",
                "currency": "GBP",
                "digits": 2,
                "may_answer": True,
                "calls": list(calls),
                "used": [],
            }
        )

    async def line(self) -> Line:
        """The line that is open and greeted, or the next one. Raises Broken."""
        while not (here := [line for line in self.lines if line.is_open]):
            await self.arrival(40.0)
        line = here[-1]
        self._seen = line.number + 1
        if not line.greeted:
            await self.greet(line)
        return line

    async def hear(self, line: Line, ref: str, *, kind: str = "answer", already: int = 0) -> dict[str, Any]:
        """The program's next word about this call. Raises Broken."""
        found = await self.until(line, lambda: [f for f in line.frames if _is(f, kind, ref)][already:])
        if not found:
            raise Broken(f"no {kind} to a call for {self.good.words!r} within {self.patience:.0f} s")
        return dict(found[0])

    async def until(self, line: Line, true: Callable[[], Any]) -> Any:
        """What this gives as soon as it gives something; else, after a while, what it gives then."""
        limit = monotonic() + self.patience
        while not (found := true()) and (left := limit - monotonic()) > 0:
            line.news.clear()
            try:
                await asyncio.wait_for(line.news.wait(), min(left, 0.2))
            except TimeoutError:
                if not self.is_alive():
                    raise Broken("the program has ended") from None
        return found

    def all_answers_to(self, ref: str) -> list[dict[str, Any]]:
        """On whichever line."""
        return [answer for line in self.lines for answer in line.answers_to(ref)]


def _short(value: object) -> str:
    """What a program sent, as it fits on a line."""
    return repr(value)[:100]


def _is(frame: dict[str, Any], kind: str, ref: str) -> bool:
    return frame["type"] == kind and frame.get("request") == ref
