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
        "program": gettext("An automatic answer comes at once"),
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
        "automatic": gettext("%(name)s (automatic)"),
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
        "thanks": gettext("Thank you for telling us."),
        "address_kept": gettext("The answer goes to %(email)s."),
        "transcript_sent": gettext("The transcript is on its way to your e-mail."),
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
