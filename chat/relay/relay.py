"""Who follows which conversation in this process, up to where they have it, and how the gaps are filled.

Every conversation that somebody here follows has a position: the last number that was delivered. Frames are delivered
in order of their numbers; one that comes too early waits for those before it, which are read from the database if
nobody brings them. Every few seconds the positions are compared with the database, so that a message which got lost
between two processes (Redis was away) arrives all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chat.relay.attendance import attend_on
from chat.relay.database import AWAY, Line
from chat.relay.heartbeat import Heartbeat
from chat.relay.writer import Said, Writer
from chat.services.frames import ack_text, error_text, message_text, stored_text, topic_of
from chat.services.message_sql import LAST_NUMBERS, MARK_SEEN, MESSAGES_AFTER
from core.live import Hub, Socket, the_hub
from core.live.hub import wanted

logger = logging.getLogger(__name__)

COMPARED_EVERY = 5.0
GAP_WAITS = 0.05
MARKS_WRITTEN_EVERY = 0.5
MOST_BROUGHT = 500
"""Messages of one conversation that are read at once; whoever has missed more is brought them in several rounds."""

WORDS = {
    "ended": "This conversation has ended.",
    "busy": "Too much at once. Send it again in a moment.",
    "invalid": "This message cannot be stored.",
}


@dataclass(slots=True, frozen=True)
class Speaker:
    """Somebody's voice in a conversation: what a socket needs to speak there."""

    conversation_id: int
    ref: str
    participant_id: int
    role: str
    name: str
    topic: str

    @property
    def of_shopper(self) -> bool:
        return self.role == "shopper"


@dataclass(slots=True)
class Followed:
    """A conversation with followers here. `position` is None until the database was asked.

    `brought` is the highest number that a follower here got out of the database.
    """

    conversation_id: int
    ref: str
    position: int | None = None
    brought: int = 0
    early: dict[int, str] = field(default_factory=dict)
    joining: int = 0
    catching_up: bool = False

    @property
    def last_known(self) -> int:
        """The highest number that anybody here can have been given."""
        return max(self.position or 0, self.brought, *self.early)


class Relay:
    """One per event loop."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.followed: dict[str, Followed] = {}
        self.writer = Writer(written=self._written, refused=self._refused)
        self.heartbeat = Heartbeat()
        self._reader = Line()
        self._marks: dict[int, int] = {}
        self._unwritten: dict[Socket, int] = {}
        self._settling: dict[Socket, list[asyncio.Future[None]]] = {}
        hub.ordered = self.ordered
        hub.on_return.append(self._compare_now)
        loop = asyncio.get_running_loop()
        self._compare = asyncio.Event()
        self._catching_up: set[asyncio.Task[None]] = set()
        self._tasks = [
            loop.create_task(self.writer.write_on()),
            loop.create_task(self._compare_on()),
            loop.create_task(self._write_marks_on()),
            loop.create_task(self.heartbeat.beat_on()),
            loop.create_task(attend_on(hub)),
        ]

    async def stop(self) -> None:
        """Let go of the database and the loop."""
        # Who waits to catch up would connect again.
        tasks = [*self._tasks, *self._catching_up]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def say(
        self, speaker: Speaker, *, client_id: str, kind: str, text: str, card: Any = None, socket: Socket | None = None
    ) -> None:
        """Take a message. The socket gets `ack` when it is durable, everybody else the message in the same moment."""
        if socket is not None:
            self._unwritten[socket] = self._unwritten.get(socket, 0) + 1
        self.writer.take(Said(speaker, client_id, kind, text, card, socket))

    async def settle(self, socket: Socket) -> None:
        """Wait until everything that this socket has said is written or refused: what it does next comes after."""
        if socket not in self._unwritten:
            return
        settled = asyncio.get_running_loop().create_future()
        self._settling.setdefault(socket, []).append(settled)
        await settled

    def _answered(self, socket: Socket) -> None:
        left = self._unwritten[socket] - 1
        if left:
            self._unwritten[socket] = left
            return
        del self._unwritten[socket]
        for settled in self._settling.pop(socket, ()):
            if not settled.done():
                settled.set_result(None)

    def seen(self, speaker: Speaker, seq: int) -> int:
        """Remember up to where somebody has read. Returns up to where it can be shown to the others.

        A number that nobody was given yet counts as the last one: here as far as this process knows, in the database
        by what is written there.
        """
        if seq > self._marks.get(speaker.participant_id, 0):
            self._marks[speaker.participant_id] = seq
        followed = self.followed.get(speaker.topic)
        return min(seq, followed.last_known if followed is not None else 0)

    async def follow(self, socket: Socket, missing: Mapping[int, tuple[str, int]]) -> None:
        """Bring up what was missed and stay on: `{conversation: (ref, last number that the reader has)}`.

        Reads again until the reader has what this process has delivered, so that nothing falls between the two.
        """
        have = {conversation: seq for conversation, (_ref, seq) in missing.items()}
        left = dict(missing)
        for conversation, (ref, _seq) in left.items():
            self.followed.setdefault(topic_of(conversation_id=conversation), Followed(conversation, ref)).joining += 1
        try:
            while left and socket.open:
                asked = list(left)
                numbers = dict(await self._reader.rows(LAST_NUMBERS, {"conversations": asked}))
                for conversation in asked:
                    # A client may claim a number that was never given; the position is everybody's.
                    have[conversation] = min(have[conversation], numbers.get(conversation, 0))
                for row in await self._reader.rows(
                    MESSAGES_AFTER,
                    {"conversations": asked, "after": [have[key] for key in asked], "most": MOST_BROUGHT},
                ):
                    socket.push(stored_text(ref=left[row[0]][0], row=row))
                    have[row[0]] = row[1]
                for conversation in asked:
                    followed = self.followed[topic_of(conversation_id=conversation)]
                    followed.brought = max(followed.brought, have[conversation])
                    if followed.position is None:
                        followed.position = have[conversation]
                        self._deliver_early(followed)
                    elif have[conversation] > followed.position:
                        # What is still on its way here would come to this reader a second time.
                        await self._read_on(followed, but=socket)
                    if have[conversation] >= followed.position:
                        self.hub.join(topic_of(conversation_id=conversation), socket)
                        del left[conversation]
        finally:
            for conversation in missing:
                self.followed[topic_of(conversation_id=conversation)].joining -= 1
                self._forget_if_unfollowed(topic_of(conversation_id=conversation))

    def gone(self, topics: set[str]) -> None:
        """A socket has left these topics."""
        for topic in topics:
            self._forget_if_unfollowed(topic)

    def ordered(self, topic: str, text: str, seq: int, *, but: Socket | None = None) -> None:
        """Deliver a numbered frame to those who follow here, in its turn."""
        followed = self.followed.get(topic)
        if followed is None:
            return
        if followed.position is None:
            followed.early[seq] = text
        elif seq == followed.position + 1:
            followed.position = seq
            self.hub.deliver(topic, text, but=but)
            if followed.early:
                self._deliver_early(followed)
        elif seq > followed.position:
            followed.early[seq] = text
            self._catch_up_soon(followed)

    def _written(self, said: Said, seq: int, at: datetime, is_fresh: bool) -> None:
        speaker = said.speaker
        if said.socket is not None:
            said.socket.push(ack_text(client_id=said.client_id, seq=seq))
            self._answered(said.socket)
        if not is_fresh:
            return
        text = message_text(
            ref=speaker.ref,
            seq=seq,
            client_id=said.client_id,
            by=speaker.participant_id,
            role=speaker.role,
            name=speaker.name,
            kind=said.kind,
            text=said.text,
            card=said.card,
            at=at,
        )
        self.ordered(speaker.topic, text, seq, but=said.socket)
        self.hub.tell_others(((speaker.topic, text, seq),))

    def _refused(self, said: Said, code: str) -> None:
        if said.socket is not None:
            said.socket.push(error_text(client_id=said.client_id, code=code, detail=WORDS[code]))
            self._answered(said.socket)

    def _deliver_early(self, followed: Followed) -> None:
        topic = topic_of(conversation_id=followed.conversation_id)
        for seq in sorted(followed.early):
            if followed.position is not None and seq <= followed.position:
                del followed.early[seq]
            elif followed.position is not None and seq == followed.position + 1:
                followed.position = seq
                self.hub.deliver(topic, followed.early.pop(seq))
            else:
                self._catch_up_soon(followed)
                return

    def _catch_up_soon(self, followed: Followed) -> None:
        if not followed.catching_up:
            followed.catching_up = True
            task = asyncio.get_running_loop().create_task(self._catch_up(followed, after=GAP_WAITS))
            self._catching_up.add(task)
            task.add_done_callback(self._catching_up.discard)

    async def _catch_up(self, followed: Followed, *, after: float) -> None:
        """Read what nobody brought."""
        await asyncio.sleep(after)
        try:
            await self._read_on(followed)
        except AWAY:
            self._compare.set()
        finally:
            followed.catching_up = False

    async def _read_on(self, followed: Followed, *, but: Socket | None = None) -> None:
        """Deliver what the database has and nobody here was given."""
        topic = topic_of(conversation_id=followed.conversation_id)
        full = followed.position is not None
        while full:
            asked = {"conversations": [followed.conversation_id], "after": [followed.position]}
            rows = await self._reader.rows(MESSAGES_AFTER, {**asked, "most": MOST_BROUGHT})
            for row in rows:
                self.ordered(topic, stored_text(ref=followed.ref, row=row), row[1], but=but)
            full = len(rows) == MOST_BROUGHT and followed.position >= rows[-1][1]

    def _compare_now(self) -> None:
        self._compare.set()

    async def _compare_on(self) -> None:
        """Every few seconds, and when a line came back: is there something in the database that nobody brought?"""
        try:
            await self._compare_for_ever()
        finally:
            await self._reader.close()

    async def _compare_for_ever(self) -> None:
        while wanted():
            with contextlib.suppress(TimeoutError):
                # Not wait_for: before Python 3.12 it may swallow the cancellation at the end of the loop.
                async with asyncio.timeout(COMPARED_EVERY):
                    await self._compare.wait()
            self._compare.clear()
            behind = {
                followed.conversation_id: followed.position
                for followed in self.followed.values()
                if followed.position is not None
            }
            if not behind:
                continue
            try:
                numbers = await self._reader.rows(LAST_NUMBERS, {"conversations": list(behind)})
            except AWAY as error:
                logger.warning("Cannot compare with the database (%s).", error)
                await asyncio.sleep(0.5)
                self._compare.set()
                continue
            for conversation, last in numbers:
                followed = self.followed.get(topic_of(conversation_id=conversation))
                if followed is not None and followed.position is not None and last > followed.position:
                    self._catch_up_soon(followed)

    async def _write_marks_on(self) -> None:
        while wanted():
            await asyncio.sleep(MARKS_WRITTEN_EVERY)
            if not self._marks:
                continue
            marks, self._marks = self._marks, {}
            keys = sorted(marks)
            try:
                await self._reader.run(MARK_SEEN, {"participants": keys, "seqs": [marks[key] for key in keys]})
            except AWAY:
                self._marks = {**marks, **self._marks}

    def _forget_if_unfollowed(self, topic: str) -> None:
        followed = self.followed.get(topic)
        if followed is not None and not followed.joining and topic not in self.hub.topics:
            del self.followed[topic]


_relay: Relay | None = None


def the_relay() -> Relay:
    """The relay of the running loop."""
    global _relay
    hub = the_hub()
    if _relay is None or _relay.hub is not hub:
        _relay = Relay(hub)
    return _relay
