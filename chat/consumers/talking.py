"""What both sides' sockets do alike: speak, follow, resume, and hand other frames to their handlers."""

from __future__ import annotations

import asyncio
from typing import Any

from channels.db import database_sync_to_async
from django.utils import translation
from django_scopes import scope

from chat.frames import handlers
from chat.frames.reading import LONGEST_ID, positions_of
from chat.relay import Relay, Speaker, the_relay
from chat.services.calls import line_lost, voice_topic
from chat.services.frames import topic_of
from chat.services.message_sql import LONGEST_TEXT
from core.errors import DomainError, Invalid, NotFound
from core.live import Socket

MOST_FOLLOWED = 500


class TalkingSocket(Socket):
    """A socket with voices in conversations. `side` says whose handlers serve it."""

    side: str
    session: Any

    def __init__(self, scope: dict[str, Any]) -> None:
        super().__init__(scope)
        self.loop = asyncio.get_running_loop()
        self.relay: Relay = the_relay()
        self.speakers: dict[str, Speaker] = {}
        self.following: set[int] = set()
        self.device = ""

    async def frame(self, frame: dict[str, Any]) -> None:
        """`message` goes to the relay at once, everything else to a thread."""
        kind = frame["type"]
        if kind == "message" and frame.get("kind", "text") == "text":
            self.say(frame)
        elif kind == "typing":
            self.typing(frame)
        elif kind == "seen":
            self.seen(frame)
        elif kind == "resume":
            await self.resume(frame)
        else:
            await self.handle(kind, frame)

    def say(self, frame: dict[str, Any]) -> None:
        """The hot path: checked here, written by the relay, acknowledged by the relay."""
        client_id, text = frame.get("id"), frame.get("text")
        if type(client_id) is not str or not 0 < len(client_id) <= LONGEST_ID or "\x00" in client_id:
            raise Invalid(field="id")
        if type(text) is not str or len(text) > LONGEST_TEXT or not text.strip() or not _storable(text):
            raise Invalid(field="text")
        self.relay.say(self.speaker(frame), client_id=client_id, kind="text", text=text, socket=self)

    def typing(self, frame: dict[str, Any]) -> None:
        """Shown to the others for a moment, never stored."""
        speaker = self.speaker(frame)
        self.tell_others(
            speaker,
            {"type": "typing", "conversation": speaker.ref, "role": speaker.role, "name": speaker.name,
             "on": frame.get("on") is not False},
        )  # fmt: skip
        self.acknowledge(frame)

    def seen(self, frame: dict[str, Any]) -> None:
        """How far this side has read; a number that was never given counts as the last one that was."""
        speaker, seq = self.speaker(frame), frame.get("seq")
        if type(seq) is not int or not 0 < seq < 2**31:
            raise Invalid(field="seq")
        if seq := self.relay.seen(speaker, seq):
            self.tell_others(
                speaker, {"type": "seen", "conversation": speaker.ref, "role": speaker.role,
                          "by": speaker.participant_id, "seq": seq}
            )  # fmt: skip
        self.acknowledge(frame)

    async def resume(self, frame: dict[str, Any]) -> None:
        """Bring exactly what was missed in these conversations, and follow them from here on."""
        positions = positions_of(frame, most=MOST_FOLLOWED)
        found = await self.in_thread(self.voices, list(positions))
        for ref, (conversation_id, speaker) in found.items():
            if speaker is not None:
                self.speakers[ref] = speaker
                self.hub.join(voice_topic(participant_id=speaker.participant_id), self)
            self.following.add(conversation_id)
        if len(self.following) > MOST_FOLLOWED:
            raise Invalid(field="conversations")
        await self.relay.follow(
            self, {conversation_id: (ref, positions[ref]) for ref, (conversation_id, _voice) in found.items()}
        )
        missing = sorted(set(positions) - set(found))
        self.acknowledge(frame, gone=missing) if missing else self.acknowledge(frame)

    def voices(self, refs: list[str]) -> dict[str, tuple[int, Speaker | None]]:
        """The conversations among these that this side may follow, with its voice in them if it has one."""
        raise NotImplementedError

    async def handle(self, kind: str, frame: dict[str, Any]) -> None:
        """A frame that reads or writes the database."""
        handler = handlers.get((self.side, kind))
        if handler is None:
            raise UnknownFrame
        # A card, or the end of it all, comes after the words that were sent before it.
        await self.relay.settle(self)
        answer = await self.in_thread(handler, self.session, frame)
        if kind == "call":
            # If this socket goes away without a word, the other side of the call is told.
            self.device = frame["device"]
        self.acknowledge(frame, **(answer or {}))

    async def in_thread(self, function: Any, *args: Any) -> Any:
        """Run synchronous code in the union's scope and the reader's language."""

        def run() -> Any:
            with scope(union=self.session.union), translation.override(self.session.language):
                try:
                    return function(*args)
                except DomainError as refusal:
                    # Its words are lazy: fixed here, in this language.
                    refusal.detail = str(refusal.detail)
                    raise

        return await database_sync_to_async(run)()

    def speaker(self, frame: dict[str, Any]) -> Speaker:
        """The voice in the conversation that a frame names. Raises NotFound."""
        ref = frame.get("conversation")
        speaker = self.speakers.get(ref) if type(ref) is str else None
        if speaker is None:
            raise NotFound
        return speaker

    def listen(self, family: str, topics: list[str]) -> None:
        """From a handler's thread: listen to these topics instead of those of the family before (`presence.`)."""
        self.loop.call_soon_threadsafe(self._watch, family, topics)

    def _watch(self, family: str, topics: list[str]) -> None:
        for topic in [topic for topic in self.topics if topic.startswith(family) and topic not in topics]:
            self.hub.leave(topic, self)
        if self.open:
            for topic in topics:
                self.hub.join(topic, self)

    def tell_others(self, speaker: Speaker, frame: dict[str, Any]) -> None:
        """A frame of the moment to everybody else in the conversation."""
        self.hub.tell(speaker.topic, self.text(frame), but=self)

    def acknowledge(self, frame: dict[str, Any], **more: Any) -> None:
        """Answer a frame that asked for it by carrying an id."""
        if "id" in frame:
            self.push_frame({"type": "ack", "id": frame["id"], **more})

    async def closed(self) -> None:
        """The relay forgets what nobody follows any more; the other side of a call hears that this one is lost."""
        self.relay.gone({topic_of(conversation_id=conversation_id) for conversation_id in self.following})
        if self.device:
            voices = [speaker.participant_id for speaker in self.speakers.values()]
            await self.in_thread(lambda: line_lost(device=self.device, participants=voices))


class UnknownFrame(DomainError):
    """A type that this socket does not know."""

    code = "unknown_type"
    detail = "This socket does not know this type of frame."


def _storable(text: str) -> bool:
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
