"""What the shopper looks at, and answering an invitation."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import CONSOLE, SHOPPER, frame, greeting
from chat.frames.reading import number_of, text_of
from chat.frames.sessions import ConsoleSession, ShopperSession
from chat.queries.consoles import conversation_at
from chat.queries.invitations import open_invitations
from chat.services.free_time import LONGEST_EXTENSION, extend_free_time
from chat.services.invitations import accept_invitation, console_frame, decline_invitation, invitation_of
from chat.services.meeting import event_of, page_within, recall_answers, see
from chat.services.showing import conversation_frame, show_conversation
from core.addresses import is_path
from core.errors import Invalid

LONGEST_STAY = 24 * 3600
LONGEST_VISIT = 7 * 24 * 3600
MOST_ANSWERED = 20


@frame("event", of=SHOPPER)
def event(session: ShopperSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"page": path, "seconds": so far on it, "results": of a search, "words": …, "place": [latitude, longitude]}`.

    `seconds` 0 opens the page; with it comes `answered`, the rules whose invitations this browser's tab has answered,
    each with how many seconds ago. Whether this visitor is recognised comes with the `ack`.
    """
    page = page_within(path=text_of(asked, "page", most=400, empty=False), union=session.union.slug)
    if not is_path(page=page):
        raise Invalid(field="page")
    seconds = number_of(asked, "seconds", most=LONGEST_STAY) if "seconds" in asked else 0
    results = number_of(asked, "results", most=10**6) if "results" in asked else None
    browsing = session.browsing
    if "place" in asked:
        browsing.place = _place(asked["place"])
    now = timezone.now()
    if "answered" in asked:
        recall_answers(browsing=browsing, answered=_answered(asked["answered"]), now=now)
    told = event_of(
        shopper=session.shopper,
        page=page,
        seconds=seconds,
        results=results,
        words=text_of(asked, "words", most=200),
        is_noted=browsing.consent,
        now=now,
    )
    see(shopper=session.shopper, browsing=browsing, event=told, now=now)
    return {"recognised": browsing.consent}


@frame("accept", of=SHOPPER)
def accept(session: ShopperSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"invitation": its reference, "page": …}`: the `ack` carries the conversation.

    A browser without a cookie accepts by the page's form, which gives it one.
    """
    shopper = session.shopper
    invitation = invitation_of(shopper=shopper, ref=text_of(asked, "invitation", most=40))
    if not shopper.visitor and shopper.user is None:
        raise Invalid(field="invitation", by="form")
    conversation = accept_invitation(
        shopper=shopper, invitation=invitation, page=text_of(asked, "page", most=300), now=timezone.now()
    )
    return {"conversation": conversation_frame(conversation=conversation)}


@frame("decline", of=SHOPPER)
def decline(session: ShopperSession, asked: dict[str, Any]) -> None:
    """`{"invitation": its reference}`"""
    invitation = invitation_of(shopper=session.shopper, ref=text_of(asked, "invitation", most=40))
    decline_invitation(invitation=invitation, now=timezone.now())


@frame("extend", of=CONSOLE)
def extend(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "minutes": 1…240}`: more free time; 0 takes the limit away."""
    conversation = extend_free_time(
        conversation=conversation_at(session.union, session.store, text_of(asked, "conversation", most=24)),
        minutes=number_of(asked, "minutes", most=LONGEST_EXTENSION),
        now=timezone.now(),
    )
    show_conversation(conversation=conversation)
    return {"conversation": conversation_frame(conversation=conversation)}


@greeting(of=CONSOLE)
def invitations(session: ConsoleSession) -> dict[str, Any]:
    """Windows that rules opened a moment ago; of a shopper who is not recognised the rule alone is known by now."""
    shown = open_invitations(session.union, session.store, now=timezone.now())
    return {"invitations": [console_frame(invitation=each, why={"rule": each.rule.name, **each.why}) for each in shown]}


def _answered(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or len(value) > MOST_ANSWERED:
        raise Invalid(field="answered")
    for rule, seconds in value.items():
        if len(rule) > 24 or type(seconds) is not int or not 0 <= seconds <= LONGEST_VISIT:
            raise Invalid(field="answered")
    return value


def _place(value: Any) -> tuple[float, float]:
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(type(part) in (int, float) for part in value)
        or not (-90 <= value[0] <= 90 and -180 <= value[1] <= 180)
    ):
        raise Invalid(field="place")
    return float(value[0]), float(value[1])
