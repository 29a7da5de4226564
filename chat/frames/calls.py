"""The `call` frame: ringing, answering, and what two browsers tell each other to find each other."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import CONSOLE, SHOPPER, frame, greeting
from chat.frames.reading import flag_of, text_of
from chat.frames.sessions import ConsoleSession, ShopperSession
from chat.models import Conversation, Participant, TalkSettings
from chat.queries.consoles import conversation_at, speakers_of
from chat.queries.shoppers import conversation_of
from chat.services import calls
from chat.services.conversations import shopper_voice
from core.errors import Invalid, NotAllowed

LONGEST_DESCRIPTION = 24_000
LONGEST_CANDIDATE = 1_000
WHY_NOT = {"", "declined", "busy", "unable", "denied"}


@frame("call", of=(SHOPPER, CONSOLE))
def call(session: ShopperSession | ConsoleSession, asked: dict[str, Any]) -> dict[str, Any] | None:
    """`{"conversation": ref, "act": …, "device": …, "call": ref}`.

    `ring` (`video`) begins; `accept`, `decline` (`why`) and `hangup` follow; `offer` and `answer` (`sdp`), `candidate`
    and `media` (`audio`, `video`, `screen`) go to the other device; `alive` every 15 seconds.
    """
    act, device = text_of(asked, "act", most=12), text_of(asked, "device", most=40, empty=False)
    conversation, voice = _place(session, text_of(asked, "conversation", most=24))
    now = timezone.now()
    if act == "ring":
        made = calls.ring(
            conversation=conversation, caller=voice, device=device, video=flag_of(asked, "video"), now=now
        )
        return {"call": made.ref, "ice": calls.ice_servers(whose=made.ref, now=now)}
    going = calls.call_of(conversation=conversation, ref=text_of(asked, "call", most=24), by=voice)
    if act == "accept":
        going = calls.answer_call(call=going, by=voice, device=device, now=now)
        return {"call": going.ref, "video": going.video, "ice": calls.ice_servers(whose=going.ref, now=now)}
    if act == "decline":
        why = text_of(asked, "why", most=12)
        if why not in WHY_NOT:
            raise Invalid(field="why")
        calls.decline_call(call=going, by=voice, why=why or "declined", now=now)
    elif act == "hangup":
        calls.hang_up(call=going, now=now)
    elif act == "alive":
        calls.still_there(call=going, by=voice, now=now)
    else:
        calls.signal(call=going, by=voice, device=device, act=act, body=_body(act, asked))
    return None


def _body(act: str, asked: dict[str, Any]) -> dict[str, Any]:
    if act in {"offer", "answer"}:
        # The line end at its end belongs to it.
        return {"sdp": text_of(asked, "sdp", most=LONGEST_DESCRIPTION, empty=False) + "\r\n"}
    if act == "candidate":
        given = asked.get("candidate")
        if not isinstance(given, dict):
            raise Invalid(field="candidate")
        line = given.get("sdpMLineIndex")
        if line is not None and (type(line) is not int or not 0 <= line < 64):
            raise Invalid(field="candidate")
        return {
            "candidate": {
                "candidate": text_of(given, "candidate", most=LONGEST_CANDIDATE),
                "sdpMid": text_of(given, "sdpMid", most=32) if given.get("sdpMid") is not None else None,
                "sdpMLineIndex": line,
            }
        }
    if act == "media":
        return {name: flag_of(asked, name) for name in ("audio", "video", "screen")}
    raise Invalid(field="act")


def _place(session: ShopperSession | ConsoleSession, ref: str) -> tuple[Conversation, Participant]:
    """The conversation and the own voice in it. Raises NotFound, NotAllowed."""
    if isinstance(session, ShopperSession):
        conversation = conversation_of(session.shopper, ref)
        return conversation, shopper_voice(conversation=conversation)
    conversation = conversation_at(session.union, session.store, ref)
    voice = speakers_of(session.user, [conversation.pk]).get(conversation.pk)
    if voice is None:
        raise NotAllowed
    return conversation, voice


@greeting(of=CONSOLE)
def tell_what_is_wished(session: ConsoleSession) -> dict[str, Any]:
    """`calls`: whether this store talks by voice, and by picture."""
    wish = TalkSettings.objects.filter(union=session.union, store=session.store).first() or TalkSettings()
    return {"calls": {"voice": wish.voice, "video": wish.voice and wish.video}}
