"""What rules led to, and whom one would have met."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, When
from django.db.models.functions import TruncDate

from accounts.models import User
from chat.conditions import Facts, choose
from chat.conditions import Rule as LiveRule
from chat.models import ConsoleSession, Invitation, Rule
from chat.queries.shoppers import Shopper
from chat.queries.standing import codes_of, is_member, lists_of
from orders.models import Order
from unions.models import BrowsingEvent, Union
from unions.visits import Event, Visit

SOLD_WITHIN = timedelta(days=7)
REPLAYED = timedelta(days=7)
MOST_REPLAYED = 200_000
MOST_SHOWN = 30


@dataclass(frozen=True)
class Figures:
    """Of one rule: shown, taken, declined, and conversations whose shopper ordered within seven days."""

    shown: int = 0
    taken: int = 0
    declined: int = 0
    sold: int = 0


def figures_of(rules: Iterable[Rule], *, since: datetime) -> dict[int, Figures]:
    """By rule id. One query, whatever the number of rules.

    Sold counts conversations after which the same account or mail address ordered: at the rule's store, or for a rule
    of the union anywhere in it. Cancelled orders are none.
    """
    at_store, anywhere = _sold(at_rules_store=True), _sold(at_rules_store=False)
    rows = (
        Invitation.objects.filter(rule__in=list(rules), shown_at__gte=since)
        .annotate(is_sold=Case(When(store__isnull=True, then=anywhere), default=at_store, output_field=BooleanField()))
        .values("rule_id")
        .annotate(
            shown=Count("pk"),
            taken=Count("pk", filter=Q(state=Invitation.State.ACCEPTED)),
            declined=Count("pk", filter=Q(state=Invitation.State.DECLINED)),
            sold=Count("pk", filter=Q(is_sold=True)),
        )
        .order_by()
    )
    return {row["rule_id"]: Figures(row["shown"], row["taken"], row["declined"], row["sold"]) for row in rows}


def _sold(*, at_rules_store: bool) -> Exists:
    begun = OuterRef("conversation__created_at")
    same = Q(purchase__user=OuterRef("conversation__customer")) | (
        ~Q(purchase__email="") & Q(purchase__email=OuterRef("conversation__shopper_email"))
    )
    orders = Order.objects.filter(
        same, union=OuterRef("union"), placed_at__gte=begun, placed_at__lt=begun + SOLD_WITHIN
    ).exclude(state=Order.State.CANCELLED)
    at_store = Q(store=OuterRef("store"))
    return Exists(orders.filter(at_store)) if at_rules_store else Exists(orders)


def shown_by_day(rule: Rule, *, since: datetime) -> dict[Any, int]:
    """How often it spoke, by day of the union's calendar."""
    zone = ZoneInfo(rule.union.time_zone)
    days = (
        Invitation.objects.filter(rule=rule, shown_at__gte=since)
        .annotate(day=TruncDate("shown_at", tzinfo=zone))
        .values("day")
        .annotate(times=Count("pk"))
        .order_by("day")
    )
    return {row["day"]: row["times"] for row in days}


@dataclass(frozen=True)
class Met:
    """Somebody the rule would have spoken to."""

    at: datetime
    visitor: str
    page: str
    cart: int
    visits: int


@dataclass
class Preview:
    """Whom a rule would have met. `visitors` were looked at; `is_cut` when there was more than could be replayed."""

    visitors: int = 0
    events: int = 0
    times: int = 0
    people: int = 0
    is_cut: bool = False
    met: list[Met] = field(default_factory=list)


def preview_of(union: Union, rule: LiveRule, *, now: datetime) -> Preview:
    """Replay the record of visitors who agreed, through the same summary and the same choice as in their windows.

    Somebody was there as the history of consoles says. Membership, codes and lists are those of now; where a shopper
    was is not recorded. Four queries, and for the standing of shoppers three each, only where the rule asks for it.
    """
    preview = Preview()
    since = now - REPLAYED
    there = _presence(union, since=since, now=now)
    zone = ZoneInfo(union.time_zone)
    rows = (
        BrowsingEvent.objects.filter(union=union, at__gte=since, at__lt=now)
        .order_by("visitor", "at", "entry")
        .values_list("visitor", "at", "kind", "page", "product", "words", "results", "value", "seconds", "user")
    )
    visitor, visit, people = "", Visit(), set()
    asked: dict[str, Any] = {}
    events: Iterable[Any] = rows[: MOST_REPLAYED + 1].iterator(chunk_size=5000)
    for row in events:
        preview.events += 1
        if preview.events > MOST_REPLAYED:
            preview.is_cut = True
            break
        who, at, *told, user = row
        if who != visitor:
            visitor, visit, asked = who, Visit(), {}
            preview.visitors += 1
        seconds = at.timestamp()
        visit.add(Event(told[0], seconds, *told[1:]))
        facts = Facts(
            visit=visit,
            hour=at.astimezone(zone).hour,
            signed_in=user is not None,
            ask_member=_standing(asked, "member", union, who, user, is_member),
            ask_lists=_standing(asked, "lists", union, who, user, lists_of),
            ask_codes=_standing(asked, "codes", union, who, user, codes_of),
            present=partial(there, seconds),
        )
        if choose([rule], facts, now=seconds) is None:
            continue
        visit.meet(rule.ref, at=seconds)
        preview.times += 1
        people.add(who)
        if len(preview.met) < MOST_SHOWN:
            preview.met.append(Met(at, who, visit.page, visit.cart, visit.visits))
    preview.people = len(people)
    return preview


def _standing(
    asked: dict[str, Any], name: str, union: Union, visitor: str, user_id: int | None, find: Callable[[Shopper], Any]
) -> Callable[[], Any]:
    def ask() -> Any:
        if name not in asked:
            user = User.objects.filter(pk=user_id).first() if user_id is not None else None
            asked[name] = find(Shopper(union=union, visitor=visitor, user=user))
        return asked[name]

    return ask


def _presence(union: Union, *, since: datetime, now: datetime) -> Callable[[float, str], bool]:
    """Whether somebody sat at a store's console (an empty slug: the support's) at a time, from the history."""
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    sessions = (
        ConsoleSession.objects.filter(union=union, began_at__lt=now)
        .filter(Q(ended_at=None) | Q(ended_at__gt=since))
        .values_list("manager__store__slug", "began_at", "ended_at")
        .order_by("began_at")
    )
    for slug, began, ended in sessions:
        spans[slug or ""].append((began.timestamp(), (ended or now).timestamp()))
    joined = {slug: _joined(each) for slug, each in spans.items()}

    def there(at: float, store: str) -> bool:
        begins, ends = joined.get(store, ([], []))
        place = bisect_right(begins, at) - 1
        return place >= 0 and at < ends[place]

    return there


def _joined(spans: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Begin and end of stretches that do not overlap, in order."""
    begins: list[float] = []
    ends: list[float] = []
    for began, ended in spans:
        if ends and began <= ends[-1]:
            ends[-1] = max(ends[-1], ended)
        else:
            begins.append(began)
            ends.append(ended)
    return begins, ends
