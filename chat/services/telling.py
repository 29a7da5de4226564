"""What a notice says, in the language of whoever reads it: a message keeps only what happened."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from chat.models import Message, Participant


def notice_words() -> dict[str, str]:
    """By `card.what`, the sentence in the active language, with its places."""
    return {
        "joined": gettext("%(name)s has joined."),
        "joined_in": gettext("%(name)s has joined."),
        "program_joined": gettext("A program answers here: %(name)s. A person follows if you ask for one."),
        "handed_over": gettext("You are being handed over. Somebody else answers in a moment."),
        "handed_over_to": gettext("You are being handed over to %(name)s."),
        "manager_lost": gettext("The connection to the store was lost. Somebody else takes over; you keep your place."),
        "support_asked": gettext("The union’s service center was asked to join."),
        "store_asked": gettext("%(name)s was asked to join."),
        "missed": gettext("Nobody is here right now. Leave your e-mail address and the answer comes to you."),
        "code": gettext("Came with a code of “%(name)s”."),
        "room": gettext("Came from the room around “%(name)s”."),
        "free_over": gettext(
            "The free time is over. Thank you for talking with us! To go on, sign in or sign up, or become a member: "
            "what was said stays with you."
        ),
        "ended": gettext("The conversation has ended."),
        "call_missed": gettext("Missed call."),
        "call_declined": gettext("The call was not taken."),
        "call_ended": gettext("The call has ended. It lasted %(minutes)s min %(seconds)s s."),
    }


def notice_text(*, message: Message) -> str:
    """A notice in the active language; one that this version does not know, as it was written."""
    card: dict[str, Any] = message.card or {}
    what = card.get("what", "")
    if what == "joined" and card.get("program"):
        what = "program_joined"
    if what == "handed_over" and card.get("name"):
        what = "handed_over_to"
    words = notice_words().get(what)
    if words is None:
        return message.text
    minutes, seconds = divmod(int(card.get("seconds", 0)), 60)
    return words % {"name": card.get("name", ""), "minutes": minutes, "seconds": seconds}


def voice_name(*, sender: Participant) -> str:
    """Who spoke, in a transcript."""
    if sender.role == Participant.Role.SHOPPER:
        return sender.name or gettext("You")
    if sender.role == Participant.Role.PROGRAM:
        return gettext("%(name)s (program)") % {"name": sender.name}
    return sender.name or gettext("The store")
