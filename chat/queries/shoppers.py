"""A shopper as the redirect knows one, and the conversations that are theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from chat.models import Conversation, Participant
from core.errors import NotFound
from core.live import person_topic
from unions.models import Union

RATED_WITHIN = timedelta(minutes=30)
MOST_SHOWN = 12


@dataclass(frozen=True)
class Shopper:
    """Somebody on a union's pages: a browser (`visitor`, opaque), a signed-in person, or both."""

    union: Union
    visitor: str
    user: User | None = None
    language: str = ""
    address: str | None = None

    @property
    def topics(self) -> list[str]:
        """Where this shopper's sockets listen; all tabs, and with an account all devices."""
        if self.user is not None:
            return [person_topic(self.user.pk)]
        return [f"visitor.{self.visitor}"] if self.visitor else []

    def at(self, union: Union) -> Shopper:
        """The same shopper on another union's pages."""
        return replace(self, union=union)


def conversations_of(shopper: Shopper) -> QuerySet[Conversation]:
    """All of a shopper's in this union, newest first.

    Once a conversation belongs to an account, the browser alone no longer opens it: the next person at the same
    machine is somebody else.
    """
    mine = Q(customer=None, visitor=shopper.visitor) if shopper.visitor else Q(pk=None)
    if shopper.user is not None:
        mine |= Q(customer=shopper.user)
    return Conversation.objects.filter(mine, union=shopper.union).order_by("-id")


def conversations_of_person(user: Any) -> QuerySet[Conversation]:
    """A signed-in person's own in all unions, newest first, with store and union."""
    return Conversation.objects.filter(customer=user).select_related("store", "union").order_by("-id")


def conversation_of(shopper: Shopper, ref: str) -> Conversation:
    """The shopper's own conversation with this reference. Raises NotFound, also for somebody else's."""
    conversation = (
        conversations_of(shopper).filter(ref=ref).select_related("store", "beside", "union", "manager").first()
    )
    if conversation is None:
        raise NotFound
    return conversation


def open_conversations(shopper: Shopper) -> QuerySet[Any]:
    """Those that the window shows: not ended, and the shopper's participant's id and mark with them."""
    own = Participant.objects.filter(conversation=OuterRef("pk"), role=Participant.Role.SHOPPER)
    return (
        conversations_of(shopper)
        .exclude(state=Conversation.State.ENDED)
        .select_related("store", "beside", "manager")
        .annotate(participant_id=Subquery(own.values("pk")[:1]), seen_seq=Subquery(own.values("seen_seq")[:1]))
    )


def shown_conversations(shopper: Shopper, *, now: datetime) -> QuerySet[Any]:
    """Those that the window shows: what is open, and what has just ended and may still be rated.

    With the shopper's participant's id and mark, and how far the store has read.
    """
    own = Participant.objects.filter(conversation=OuterRef("pk"), role=Participant.Role.SHOPPER)
    others = Participant.objects.filter(conversation=OuterRef("pk")).exclude(
        role__in=[Participant.Role.SHOPPER, Participant.Role.SYSTEM]
    )
    just_ended = Q(
        state=Conversation.State.ENDED, ended_at__gt=now - RATED_WITHIN, rating=None, answered_at__isnull=False
    )
    return (
        conversations_of(shopper)
        .filter(~Q(state=Conversation.State.ENDED) | just_ended)
        .select_related("store", "beside", "manager")
        .annotate(
            seen_seq=Subquery(own.values("seen_seq")[:1]),
            store_seen=Subquery(others.order_by("-seen_seq").values("seen_seq")[:1]),
        )
    )[:MOST_SHOWN]


def voices_of(shopper: Shopper, refs: list[str]) -> list[tuple[int, str, int, str]]:
    """(conversation id, ref, participant id, name) of the shopper's own among these."""
    if not (shopper.visitor or shopper.user):
        return []
    return list(
        conversations_of(shopper)
        .filter(ref__in=refs, participants__role=Participant.Role.SHOPPER)
        .values_list("pk", "ref", "participants__pk", "participants__name")
    )
