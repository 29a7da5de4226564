"""Presence, conversations and messages in a reader's words, for pages and for the window's scripts."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from chat.models import Conversation, Message
from chat.queries.presence import Presence
from chat.services.telling import notice_text, notice_words, voice_name
from core.localized import localized

CARDS = {Message.Kind.TEXT, Message.Kind.SYSTEM}
"""Kinds that are words alone; everything else is drawn as a card."""


def presence_words() -> dict[str, str]:
    """By state of a `presence` frame; `%(name)s` and `%(minutes)s` are filled in."""
    return {
        "here": gettext("%(name)s answers in about %(minutes)s min"),
        "program": gettext("Answers at once (program)"),
        "soon": gettext("%(name)s is called, about %(minutes)s min"),
        "away": gettext("Leave a message"),
    }


def presence_text(presence: Presence) -> str:
    """`Mrs. Lin answers in about 1 min`, `Leave a message`."""
    words = presence_words()
    state = "program" if presence.state == "here" and presence.program else presence.state
    minutes = max(1, round(presence.wait.total_seconds() / 60))
    return words[state] % {"name": presence.name or gettext("The store"), "minutes": minutes}


def window_words() -> dict[str, Any]:
    """Everything that the window's scripts say; places as `%(name)s`."""
    return {
        "presence": presence_words(),
        "notices": notice_words(),
        "the_store": gettext("The store"),
        "automatic": gettext("%(name)s (program)"),
        "you": gettext("You"),
        "sending": gettext("sending…"),
        "sent": gettext("sent"),
        "seen": gettext("seen"),
        "refused": gettext("not sent"),
        "again": gettext("Send again"),
        "back": gettext("Put back into the field"),
        "typing": gettext("%(name)s is writing…"),
        "waiting": gettext("You are number %(place)s in the queue, about %(minutes)s min."),
        "waiting_next": gettext("You are next, about %(minutes)s min."),
        "waiting_away": gettext("Your message is with the store."),
        "active": gettext("You are talking with %(name)s."),
        "free": gettext("Free for %(time)s more."),
        "missed": gettext("Nobody is here right now. What you write is kept and answered."),
        "ended": gettext("This conversation has ended."),
        "lost": gettext("The connection was lost. What you write is kept and sent as soon as it is back."),
        "closed": gettext("The connection has ended. Load the page again to go on."),
        "failed": gettext("That did not work. Nothing was lost: please try again."),
        "uploading": gettext("Sending %(name)s…"),
        "new_messages": [ngettext("%(count)s new message", "%(count)s new messages", count) for count in (1, 2)],
        "new_talk": gettext("New conversation"),
        "thanks": gettext("Thank you for telling us."),
        "address_kept": gettext("The answer goes to %(email)s."),
        "transcript_sent": gettext("The transcript is on its way to your e-mail."),
    }


def call_words() -> dict[str, str]:
    """Everything that a call says; places as `%(name)s`."""
    return {
        "the_other": gettext("the other side"),
        "ask_voice": gettext(
            "Your browser now asks for the microphone. Nothing is recorded, and you can go on writing."
        ),
        "ask_video": gettext(
            "Your browser now asks for microphone and camera. Nothing is recorded, and you can go on writing."
        ),
        "asking": gettext("Waiting for the microphone…"),
        "calling": gettext("Calling %(name)s…"),
        "ringing": gettext("%(name)s is calling."),
        "ringing_video": gettext("%(name)s is calling, with picture."),
        "connecting": gettext("Connecting…"),
        "talking": gettext("In a call with %(name)s"),
        "muted": gettext("%(name)s has muted the microphone."),
        "their_screen": gettext("%(name)s is sharing the screen."),
        "sharing": gettext("You are sharing your screen."),
        "interrupted": gettext("The connection to %(name)s is interrupted. It is being restored…"),
        "gone": gettext("The connection to %(name)s was lost. You can go on in writing."),
        "no_answer": gettext("%(name)s did not answer. You can go on in writing."),
        "declined": gettext("%(name)s cannot talk just now. You can go on in writing."),
        "declined_own": gettext("You did not take the call."),
        "busy": gettext("%(name)s is in another call. You can go on in writing."),
        "unable": gettext("%(name)s cannot take calls here. You can go on in writing."),
        "elsewhere": gettext("The call was taken on another device."),
        "over": gettext("This call is over."),
        "missed": gettext("You missed a call."),
        "ended": gettext("The call has ended."),
        "lost": gettext("There is no connection just now. Please try again."),
        "failed": gettext("The call could not be set up. You can go on in writing."),
        "microphone_denied": gettext(
            "The microphone is blocked for this page. Allow it beside the address, or go on in writing."
        ),
        "microphone_none": gettext("No microphone was found. You can go on in writing."),
        "microphone_failed": gettext("The microphone is in use elsewhere. You can go on in writing."),
        "camera_denied": gettext("The camera is blocked for this page; the call goes on by voice."),
        "camera_none": gettext("No camera was found; the call goes on by voice."),
        "camera_failed": gettext("The camera is in use elsewhere; the call goes on by voice."),
    }


def place_name(conversation: Conversation) -> str:
    """With whom it is: the store, or the union's support."""
    if conversation.store is not None:
        return localized(conversation.store, "name")
    return localized(conversation.union, "name")


def message_shown(message: Message, conversation: Conversation) -> dict[str, Any]:
    """A line of a transcript's page; what is a card is a link to it."""
    is_notice = message.kind == Message.Kind.SYSTEM
    shown: dict[str, Any] = {
        "seq": message.seq,
        "role": message.sender.role,
        "at": message.at,
        "by": "" if is_notice else voice_name(sender=message.sender),
        "text": notice_text(message=message) if is_notice else message.text,
        "card_url": "",
    }
    if message.kind not in CARDS:
        shown["card_url"] = reverse("talk:card", args=[conversation.union.slug, conversation.ref, message.seq])
    return shown


def conversation_shown(conversation: Conversation) -> dict[str, Any]:
    """A line of a list of conversations."""
    return {
        "ref": conversation.ref,
        "name": place_name(conversation),
        "url": reverse("talk:conversation", args=[conversation.union.slug, conversation.ref]),
        "state": conversation.get_state_display(),
        "badge": {"waiting": "warning", "active": "live-badge", "missed": "warning"}.get(conversation.state, ""),
        "last": conversation.last_text,
        "at": conversation.store_wrote_at or conversation.shopper_wrote_at or conversation.created_at,
    }


def room_words() -> dict[str, str]:
    """What a room's scripts say; places as `%(name)s`."""
    return {
        "free": gettext("Free"),
        "held": gettext("Held by somebody until %(time)s"),
        "mine": gettext("Held for you until %(time)s"),
        "taken": gettext("In somebody’s cart"),
        "sold": gettext("Sold"),
        "closed": gettext("This room has closed."),
        "here_one": gettext("1 person is here"),
        "here": gettext("%(count)s people are here"),
        "presents": gettext("%(name)s presents"),
        "nobody": gettext("Nobody presents at the moment"),
        "lost": gettext("The connection was lost; what you see may be old."),
    }
