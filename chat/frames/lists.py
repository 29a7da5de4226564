"""What a console knows besides conversations: who else answers, saved replies, and the rest of a long list."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from chat.frames import CONSOLE, frame, greeting
from chat.frames.reading import number_of, text_of
from chat.frames.sessions import ConsoleSession
from chat.models import Conversation, Manager, SavedReply, TalkSettings
from chat.queries.consoles import PART, counts_of_list, parts_of_list, speakers_of
from chat.queries.presence import colleagues_of
from chat.services.showing import conversation_frame, frame_beside
from core.errors import Invalid
from stores.models import Store

MOST_REPLIES = 200


def listed_frames(user: User, store: Store | None, conversations: list[Any]) -> list[dict[str, Any]]:
    """`conversation` frames of a list of this place, with how far each side has read. One statement."""
    voices = speakers_of(user, [conversation.pk for conversation in conversations])
    return [
        place_frame(conversation, store)
        | {
            "shopper_seen": conversation.shopper_seen or 0,
            "seen": voices[conversation.pk].seen_seq if conversation.pk in voices else 0,
            "joined": conversation.pk in voices,
            "unanswered": _is_unanswered(conversation),
        }
        for conversation in conversations
    ]


def place_frame(conversation: Conversation, store: Store | None) -> dict[str, Any]:
    """How it stands, as this place may know it."""
    is_beside = store is not None and conversation.store_id != store.pk
    return frame_beside(conversation=conversation) if is_beside else conversation_frame(conversation=conversation)


def _is_unanswered(conversation: Conversation) -> bool:
    wrote, answered = conversation.shopper_wrote_at, conversation.store_wrote_at
    return wrote is not None and (answered is None or wrote > answered)


@greeting(of=CONSOLE)
def own_place(session: ConsoleSession) -> dict[str, Any]:
    """`manager`: how the person stood when they last were here; `replies`; how long an offer stands."""
    manager = Manager.objects.filter(union=session.union, store=session.store, user=session.user).first()
    settings = TalkSettings.objects.filter(union=session.union, store=session.store).first() or TalkSettings()
    replies = SavedReply.objects.filter(union=session.union, store=session.store).order_by("-used", "shortcut")
    return {
        "manager": {
            "status": manager.status if manager is not None else Manager.Status.OFF,
            "capacity": manager.capacity if manager is not None else Manager().capacity,
            "name": (manager.shown_name if manager is not None else "") or session.user.name,
        },
        "offer_seconds": settings.offer_seconds,
        "departments": settings.departments,
        "replies": list(replies.values("shortcut", "text")[:MOST_REPLIES]),
    }


@frame("list", of=CONSOLE)
def more(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"part": "waiting" | "others" | "missed" | "mine", "from": how many the console has}`: the next ones."""
    parts = parts_of_list(session.union, session.store, session.user)
    part, start = text_of(asked, "part", most=8), number_of(asked, "from", most=100_000)
    if part not in parts:
        raise Invalid(field="part")
    return {
        "conversations": listed_frames(session.user, session.store, list(parts[part][start : start + PART])),
        "counts": counts_of_list(session.union, session.store),
    }


@frame("counts", of=CONSOLE)
def counts(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """How many wait, are answered, were missed."""
    return {"counts": counts_of_list(session.union, session.store)}


@frame("team", of=CONSOLE)
def team(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """To whom a conversation can be handed: colleagues with whether they are there, and whether the support is."""
    colleagues, support = colleagues_of(session.union, session.store, session.user, now=timezone.now())
    return {
        "colleagues": [
            {"id": one.pk, "name": one.shown_name or one.user.name, "status": one.status, "here": is_here}
            for one, is_here in colleagues
        ],
        "support": support,
    }


@frame("reply", of=CONSOLE)
def reply_used(session: ConsoleSession, asked: dict[str, Any]) -> None:
    """`{"shortcut": …}`: a saved reply was used; the most used stand first."""
    SavedReply.objects.filter(
        union=session.union, store=session.store, shortcut=text_of(asked, "shortcut", most=24, empty=False)
    ).update(used=F("used") + 1)
