"""A shopper who was here before: what the manager sees of it, whom they know, and who served them best."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Count, Max, Q, Sum

from chat.models import Conversation, Invitation
from chat.models.conversation import PRIORITY_OF_MEMBERS
from unions.models import BrowsingEvent, Union

MOST_PAGES = 20


def why_of(conversation: Conversation) -> dict[str, Any]:
    """Which rule led here and what the shopper had looked at by then; empty without an invitation."""
    invitation = Invitation.objects.filter(union=conversation.union_id, conversation=conversation).first()
    return invitation.why if invitation is not None else {}


def ties_of(
    union: Union, waiting: list[Conversation], *, users: list[int]
) -> tuple[dict[int, int], dict[int, dict[int, float]]]:
    """By conversation: who last served its shopper at this store, and how these users are liked (user id → 1…5).

    Liked by the shopper's own stars where they gave some, by all shoppers' otherwise. Only for returning shoppers and
    paying members; to who is new, turns are fair and not by rating. Four queries at most.
    """
    known = _last_managers(union, waiting)
    choosing = [each for each in waiting if each.pk in known or each.priority >= PRIORITY_OF_MEMBERS]
    if not choosing:
        return known, {}
    overall, own = _ratings(union, users), _own_ratings(union, choosing)
    return known, {each.pk: {**overall, **own.get(each.pk, {})} for each in choosing}


def _last_managers(union: Union, waiting: list[Conversation]) -> dict[int, int]:
    """By conversation, the user who last served this shopper at this store."""
    people = {each.customer_id for each in waiting if each.customer_id}
    browsers = {each.visitor for each in waiting if each.visitor}
    if not (people or browsers):
        return {}
    stores = {each.store_id for each in waiting}
    before = (
        Conversation.objects.filter(Q(customer__in=people) | Q(visitor__in=browsers), union=union, store__in=stores)
        .filter(manager__isnull=False)
        .values("store_id", "customer_id", "visitor")
        .annotate(newest=Max("pk"))
    )
    newest = {row["newest"] for row in before}
    served = Conversation.objects.filter(pk__in=newest).order_by("pk")
    by_person: dict[tuple[int | None, object], int] = {}
    for each in served:
        for who in (each.customer_id, each.visitor):
            if who and each.manager_id:
                by_person[each.store_id, who] = each.manager_id
    return {
        each.pk: user
        for each in waiting
        if (user := by_person.get((each.store_id, each.customer_id)) or by_person.get((each.store_id, each.visitor)))
    }


def _own_ratings(union: Union, conversations: list[Conversation]) -> dict[int, dict[int, float]]:
    """By conversation, how its shopper has rated the managers they know."""
    people = {each.customer_id for each in conversations if each.customer_id}
    browsers = {each.visitor for each in conversations if each.visitor}
    rated = (
        Conversation.objects.filter(Q(customer__in=people) | Q(customer=None, visitor__in=browsers))
        .filter(union=union, rating__isnull=False, manager__isnull=False)
        .values("customer_id", "visitor", "manager_id")
        .annotate(stars=Avg("rating"))
    )
    found: dict[object, dict[int, float]] = {}
    for row in rated:
        found.setdefault(row["customer_id"] or row["visitor"], {})[row["manager_id"]] = float(row["stars"])
    return {
        each.pk: stars for each in conversations if (stars := found.get(each.customer_id or each.visitor)) is not None
    }


def _ratings(union: Union, users: list[int]) -> dict[int, float]:
    """How the union's shoppers have rated these users: one lucky five does not beat a hundred fours."""
    rated = Conversation.objects.filter(union=union, manager__in=users, rating__isnull=False)
    sums = rated.values("manager_id").annotate(stars=Sum("rating"), times=Count("pk"))
    # Two imagined ratings of 3.
    return {row["manager_id"]: (row["stars"] + 6) / (row["times"] + 2) for row in sums}


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
