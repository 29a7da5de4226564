"""What a manager is told of a shopper's standing: memberships, campaigns, and what they bought here so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, Sum

from chat.models import CodeUse, Conversation, PreferredBuyer
from chat.queries.members import standing_of
from core.localized import localized
from core.money import format_money
from orders.models import Order
from stores.models import Store


@dataclass(frozen=True)
class MemberLine:
    """One membership in the reader's words."""

    place: str
    plan: str
    since: datetime
    periods: int
    is_late: bool


@dataclass(frozen=True)
class Standing:
    """For templates/manage/talk/standing.html."""

    memberships: list[MemberLine]
    campaigns: list[str]
    orders: int
    total: str


def standing_in(conversation: Conversation, store: Store | None, *, now: datetime) -> Standing:
    """Three queries at most. A store reads of itself and the union, not of what somebody is at other stores."""
    union, user = conversation.union, conversation.customer
    memberships = standing_of(union, user, store, now=now) if user is not None else []
    who = Q(visitor=conversation.visitor, customer=None) if conversation.visitor else Q(pk=None)
    if user is not None:
        who |= Q(customer=user)
    used = CodeUse.objects.filter(who, union=union)
    if store is not None:
        used = used.filter(Q(code__campaign__store=store) | Q(code__campaign__store=None))
    names = dict.fromkeys(used.values_list("code__campaign__name", flat=True)[:20])
    count, total = 0, ""
    if user is not None:
        bought = Order.objects.filter(union=union, purchase__user=user).exclude(state__in=Order.NOT_SOLD)
        if store is not None:
            bought = bought.filter(store=store)
        sums = bought.aggregate(count=Count("pk"), total=Sum(F("total") - F("given_back")))
        count, total = sums["count"], format_money(sums["total"] or 0, union.currency)
    return Standing(
        memberships=[
            MemberLine(
                place=localized(each.plan.store or union, "name"),
                plan=localized(each.plan, "name"),
                since=each.joined_at,
                periods=each.periods,
                is_late=each.state == PreferredBuyer.State.GRACE,
            )
            for each in memberships
        ],
        campaigns=list(names),
        orders=count,
        total=total,
    )
