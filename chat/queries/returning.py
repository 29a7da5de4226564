"""A shopper who was here before: what the manager sees of it, and who served them best."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Q

from chat.models import Conversation, Invitation
from unions.models import BrowsingEvent

MOST_BEFORE = 5
MOST_PAGES = 20


def history_of(conversation: Conversation) -> dict[str, Any]:
    """Earlier conversations at the same store, the invitation that led here, and the pages of late. Four queries.

    Pages are known only of visitors who agreed to be recognised. A store sees its own conversations, the union's
    support those that it may open anyway.
    """
    whose = _same_shopper(conversation)
    if whose is None:
        return {"before": [], "times": 0, "why": {}, "pages": []}
    earlier = Conversation.objects.filter(whose, union=conversation.union_id, pk__lt=conversation.pk)
    if conversation.store_id is not None:
        earlier = earlier.filter(store=conversation.store_id)
    else:
        earlier = earlier.filter(Q(store=None) | Q(with_support=True))
    last = earlier.order_by("-pk").select_related("manager")[:MOST_BEFORE]
    invitation = Invitation.objects.filter(union=conversation.union_id, conversation=conversation).first()
    return {
        "times": earlier.count(),
        "before": [
            {
                "conversation": each.ref,
                "at": each.created_at.isoformat(),
                "state": each.state,
                "manager": str(each.manager) if each.manager is not None else "",
                "rating": each.rating,
                "last_text": each.last_text,
            }
            for each in last
        ],
        "why": invitation.why if invitation is not None else {},
        "pages": _pages(conversation),
    }


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


def _same_shopper(conversation: Conversation) -> Q | None:
    if conversation.customer_id is not None:
        return Q(customer=conversation.customer_id)
    return Q(customer=None, visitor=conversation.visitor) if conversation.visitor else None


def _pages(conversation: Conversation) -> list[dict[str, Any]]:
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
    return [
        {"page": each.page, "kind": each.kind, "words": each.words, "at": each.at.isoformat()}
        for each in events.order_by("-at", "-entry")[:MOST_PAGES]
    ]
