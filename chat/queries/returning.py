"""A shopper who was here before: what the manager sees of it, and who served them best."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Q

from chat.models import Conversation, Invitation
from unions.models import BrowsingEvent

MOST_PAGES = 20


def why_of(conversation: Conversation) -> dict[str, Any]:
    """Which rule led here and what the shopper had looked at by then; empty without an invitation."""
    invitation = Invitation.objects.filter(union=conversation.union_id, conversation=conversation).first()
    return invitation.why if invitation is not None else {}


def best_of(conversations: list[Conversation]) -> dict[int, dict[int, float]]:
    """By conversation, how its shopper has rated the managers they know (user id → 1…5). One query.

    Only for returning shoppers; to who is new, turns are fair and not by rating.
    """
    people = {each.customer_id for each in conversations if each.customer_id}
    browsers = {each.visitor for each in conversations if each.visitor}
    if not (people or browsers):
        return {}
    rated = (
        Conversation.objects.filter(Q(customer__in=people) | Q(customer=None, visitor__in=browsers))
        .filter(union__in={each.union_id for each in conversations}, rating__isnull=False, manager__isnull=False)
        .values("customer_id", "visitor", "manager_id")
        .annotate(stars=Avg("rating"))
    )
    found: dict[object, dict[int, float]] = {}
    for row in rated:
        found.setdefault(row["customer_id"] or row["visitor"], {})[row["manager_id"]] = float(row["stars"])
    return {
        each.pk: stars for each in conversations if (stars := found.get(each.customer_id or each.visitor)) is not None
    }


def ratings_of(users: list[int]) -> dict[int, float]:
    """How all shoppers have rated these managers. One query."""
    rated = Conversation.objects.filter(manager__in=users, rating__isnull=False)
    return {row["manager_id"]: float(row["stars"]) for row in rated.values("manager_id").annotate(stars=Avg("rating"))}


def pages_of(conversation: Conversation) -> list[BrowsingEvent]:
    """What a shopper who agreed to be recognised looked at in this union, newest first. One query at most."""
    # Of a browser that others use as well only what is nobody else's.
    own = Q(visitor=conversation.visitor, user=None)
    if conversation.customer_id is not None:
        theirs = Q(user=conversation.customer_id)
        mine = theirs | own if conversation.visitor else theirs
    elif conversation.visitor:
        mine = own
    else:
        return []
    events = BrowsingEvent.objects.filter(mine, union=conversation.union_id).exclude(kind=BrowsingEvent.Kind.DWELL)
    return list(events.order_by("-at", "-entry")[:MOST_PAGES])
