"""The connection: opened for ever, a little later each time; listening, thinking and speaking side by side."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from martunion_connector import __version__
from martunion_connector.session import Session
from martunion_connector.sources import Source

logger = logging.getLogger("martunion")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
NOT_WANTED_PAUSE = 300.0
"""After the union has said that this key is not for it: a person has to look, and we look now and then."""
PING_EVERY, SILENT_FOR = 25.0, 60.0
LOOK_EVERY = 2.0
"""Seconds between looks at the list."""
BURST, FRAMES_PER_SECOND = 40, 15.0
"""A union closes lines that send more than 60 frames at once or 20 a second."""
LARGEST_FRAME = 1 << 23
REFUSED, TOO_MANY, TOO_OFTEN = 4403, 4429, 1008
TRIES = 3


class Client:
    """Runs until `stop`. `source` is asked in threads, one call after the other."""

    def __init__(self, *, address: str, key: str, session: Session, source: Source) -> None:
        self.address, self._key = address, key
        self.session, self.source = session, source
        self._something = asyncio.Event()
        self._to_say = asyncio.Event()
        self._stopped = asyncio.Event()
        self._heard_at = 0.0
        self._heard_any = False
        self._tries: dict[str, int] = {}

    def stop(self) -> None:
        """End as soon as what is being done is done."""
        self._stopped.set()

    async def run(self) -> None:
        """Think and look all the time, also without a connection; connect for ever."""
        beside = [asyncio.create_task(work) for work in (self._think(), self._look())]
        ends = asyncio.create_task(self._stopped.wait())
        try:
            line = asyncio.create_task(self._connect_for_ever())
            beside.append(line)
            done, _ = await asyncio.wait([*beside, ends], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {ends}:
                task.result()
        finally:
            for task in [*beside, ends]:
                task.cancel()
            await asyncio.gather(*beside, ends, return_exceptions=True)

    async def _connect_for_ever(self) -> None:
        pause = FIRST_PAUSE
        while True:
            self._heard_any = False
            reason, code = "", 0
            try:
                async with connect(
                    self.address,
                    additional_headers={"Authorization": f"Bearer {self._key}"},
                    user_agent_header=f"martunion-connector/{__version__}",
                    open_timeout=20,
                    close_timeout=5,
                    ping_interval=None,
                    max_size=LARGEST_FRAME,
                ) as line:
                    reason, code = await self._serve(line)
            except InvalidStatus as error:
                reason = f"the union answered with status {error.response.status_code}; is the site's address right?"
            except (OSError, WebSocketException, TimeoutError, ImportError) as error:
                # The last one: a proxy of the machine for which a library is missing.
                reason = f"{type(error).__name__}: {error}"
            finally:
                self.session.closed()
            if self._heard_any:
                pause = FIRST_PAUSE
            wait = self._wait_after(code, pause)
            logger.warning("The line is closed (%s); the next try is in %.1f s.", reason or code, wait)
            await asyncio.sleep(wait)
            pause = min(LONGEST_PAUSE, 2 * pause)

    @staticmethod
    def _wait_after(code: int, pause: float) -> float:
        if code == REFUSED:
            pause = NOT_WANTED_PAUSE
            logger.error(
                "The union does not know this key, or it may not answer calls. Make a new one on the page API keys."
            )
        elif code in (TOO_MANY, TOO_OFTEN):
            pause = LONGEST_PAUSE
        # Shops that lost the line together do not come back together.
        return pause * random.uniform(0.5, 1.5)

    async def _serve(self, line: ClientConnection) -> tuple[str, int]:
        """One connection, from `hello` to its end; why it ended."""
        self._heard_at = monotonic()
        others = [asyncio.create_task(work) for work in (self._speak(line), self._beat(line))]
        try:
            async for text in line:
                self._heard_at = monotonic()
                await self._hear(line, text)
        except ConnectionClosed:
            pass
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        return line.close_reason or f"code {line.close_code}", line.close_code or 0

    async def _hear(self, line: ClientConnection, text: str | bytes) -> None:
        try:
            frame = json.loads(text)
            kind = frame["type"]
            if kind == "ping":
                await self._send(line, {"type": "pong", "n": frame.get("n")})
                return
            take: Callable[[Mapping[str, Any]], None] | None = getattr(self, f"_on_{_name(kind)}", None)
            if take is not None:
                # Only what is a frame of the union's brings the pause back to its beginning.
                self._heard_any = self._heard_any or kind != "error"
                take(frame)
        except (ValueError, KeyError, TypeError) as error:
            logger.error("A frame was not understood (%r): %s", error, str(text)[:300])

    def _on_hello(self, frame: Mapping[str, Any]) -> None:
        is_first = self.session.shop is None
        for used in self.session.hello(frame, datetime.now(UTC)):
            if not is_first:
                # Sold while the line was lost; what was sold before this program started the list knows.
                self.source.sold(used)
            _say_used(used)
        logger.info(
            "Connected to %s of %s; %d calls wait.", frame.get("store"), frame.get("union"), len(frame.get("calls", []))
        )
        if frame.get("may_answer") is False:
            logger.error("This key may only listen: make one that may answer calls.")
        self._something.set()
        self._to_say.set()

    def _on_wish(self, frame: Mapping[str, Any]) -> None:
        if self.session.call(frame):
            self._something.set()

    def _on_wish_over(self, frame: Mapping[str, Any]) -> None:
        self.session.over(str(frame["request"]))

    def _on_ack(self, frame: Mapping[str, Any]) -> None:
        sent = self.session.acknowledged(str(frame.get("id")))
        if sent is not None and sent["type"] == "answer":
            logger.info("Answered %s with %s: %s.", sent["request"], frame.get("response"), self._offer(sent))

    def _offer(self, sent: Mapping[str, Any]) -> str:
        """What was offered, as people write it."""
        what, shop = sent.get("title") or sent.get("sku") or "something", self.session.shop
        if sent.get("price") is None or shop is None:
            return f"{what}, to be talked about"
        return f"{what} for {Decimal(sent['price']).scaleb(-shop.digits)} {shop.currency}"

    def _on_error(self, frame: Mapping[str, Any]) -> None:
        frame_id = frame.get("id")
        sent = self.session.refused(None if frame_id is None else str(frame_id), str(frame.get("code")))
        about = f" to {sent['type']} of {sent['request']}" if sent else ""
        field = f" ({frame['field']})" if frame.get("field") else ""
        logger.warning("The union said no%s: %s%s %s", about, frame.get("code"), field, frame.get("detail", ""))
        self._to_say.set()

    def _on_used(self, frame: Mapping[str, Any]) -> None:
        if self.session.used(frame):
            self.source.sold(frame)
            _say_used(frame)

    async def _beat(self, line: ClientConnection) -> None:
        """The union hears from us; and a line on which nobody speaks is none."""
        while True:
            await asyncio.sleep(PING_EVERY)
            if monotonic() - self._heard_at > SILENT_FOR:
                await line.close(1001, "silent")
                return
            await self._send(line, {"type": "ping"})

    async def _speak(self, line: ClientConnection) -> None:
        """Send what is to be sent, not faster than the union lets us."""
        left, since = float(BURST), monotonic()
        while True:
            self._to_say.clear()
            while (frame := self.session.next_frame()) is not None:
                now = monotonic()
                left, since = min(BURST, left + (now - since) * FRAMES_PER_SECOND), now
                if left < 1:
                    await asyncio.sleep((1 - left) / FRAMES_PER_SECOND)
                left -= 1
                if frame["id"] in self.session.unheard:
                    await self._send(line, frame)
            await self._to_say.wait()

    @staticmethod
    async def _send(line: ClientConnection, frame: Mapping[str, Any]) -> None:
        with suppress(ConnectionClosed):
            await line.send(json.dumps(frame, ensure_ascii=False))

    async def _think(self) -> None:
        """Answer calls in the order in which they came."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self.session.to_think and self.session.shop is not None:
                ref = self.session.to_think.popleft()
                call = self.session.calls.get(ref)
                if call is None:
                    continue
                try:
                    answer = await asyncio.to_thread(self.source.answer, call, self.session.shop)
                    # What cannot be written as JSON is found here, where it can be said whose it is.
                    json.dumps(answer)
                except Exception:
                    self._again(ref)
                    continue
                self._tries.pop(ref, None)
                logger.info("Call %s, %r: %s", ref, call.get("words"), "nothing" if answer is None else "an offer")
                self.session.answer(ref, answer)
                self._to_say.set()

    def _again(self, ref: str) -> None:
        """What could not be answered for an error is tried a few times more."""
        tries = self._tries[ref] = self._tries.get(ref, 0) + 1
        logger.exception("Call %s could not be answered (try %d of %d).", ref, tries, TRIES)
        if tries >= TRIES:
            del self._tries[ref]
            return

        def once_more() -> None:
            self.session.to_think.append(ref)
            self._something.set()

        asyncio.get_running_loop().call_later(2.0 * tries, once_more)

    async def _look(self) -> None:
        """At the list, whether it has changed."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.session.tidy(datetime.now(UTC))
            if await asyncio.to_thread(self.source.refresh) and self.session.think_again():
                self._something.set()


def _name(kind: object) -> str:
    return str(kind).replace(".", "_")


def _say_used(frame: Mapping[str, Any]) -> None:
    """The line in the log that a shop waits for."""
    logger.info(
        "SOLD %s: %s × %s (%s), answer %s, in a %s.",
        frame.get("request"),
        frame.get("quantity"),
        frame.get("title"),
        frame.get("sku") or "no number",
        frame.get("response"),
        frame.get("what"),
    )
