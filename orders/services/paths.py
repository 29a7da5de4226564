"""Keeping the way that led to a purchase, and erasing it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from orders.models import Purchase, PurchasePath
from unions.models import BrowsedDay, BrowsingEvent
from unions.queries import unions_hosted_here
from unions.services.browsing import lock_visitor
from unions.services.retaining import midnight
from unions.visits import DWELL, PURCHASE, REDIRECT, SEARCH

LOOKED_BACK = timedelta(days=30)
FIRST_KEPT, LAST_KEPT = 20, 80
MOST_READ = 5000
CODE_PAGE = "/code/"


@transaction.atomic
def keep_path(*, union_id: int, visitor: str, number: str, at: datetime) -> PurchasePath | None:
    """What the visitor did in the union in the thirty days before, since their purchase before this one.

    None when they have withdrawn meanwhile (their purchase is not in the record any more) or there is no such purchase.
    Keeping and erasing take turns; repeating changes nothing.
    """
    lock_visitor(visitor=visitor)
    purchase = Purchase.objects.filter(union=union_id, number=number).first()
    if purchase is None:
        return None
    kept = PurchasePath.objects.filter(union=union_id, purchase=purchase).first()
    if kept is not None:
        return kept
    record = BrowsingEvent.objects.filter(union=union_id, visitor=visitor, at__gte=at - LOOKED_BACK, at__lte=at)
    events = list(record.order_by("-at", "-entry")[:MOST_READ])
    here = next((i for i, event in enumerate(events) if event.kind == PURCHASE and event.words == number), None)
    if here is None:
        return None
    before = events[here + 1 :]
    end = next((i for i, event in enumerate(before) if event.kind == PURCHASE), len(before))
    way = list(reversed(before[:end]))
    steps = _steps(way)
    first = way[0] if way else events[here]
    too_many = len(steps) - FIRST_KEPT - LAST_KEPT
    shown = steps if too_many <= 0 else steps[:FIRST_KEPT] + steps[-LAST_KEPT:]
    return PurchasePath.objects.create(
        union_id=union_id,
        purchase=purchase,
        visitor=visitor,
        began_at=first.at,
        bought_at=at,
        source=_source(first),
        steps=shown,
        left_out=max(0, too_many),
    )


def _steps(events: list[BrowsingEvent]) -> list[dict[str, Any]]:
    """One step per event; the time on a page belongs to the step that opened it."""
    steps: list[dict[str, Any]] = []
    for event in events:
        if event.kind == DWELL:
            opened = next((step for step in reversed(steps) if step.get("page") == event.page), None)
            if opened is not None:
                opened["seconds"] = max(opened.get("seconds", 0), event.seconds or 0)
            continue
        step: dict[str, Any] = {"at": event.at.isoformat(), "kind": event.kind}
        for name in ("page", "product", "words", "results"):
            if (value := getattr(event, name)) not in (None, ""):
                step[name] = value
        steps.append(step)
    return steps


def _source(first: BrowsingEvent) -> str:
    if first.kind == REDIRECT:
        return PurchasePath.Source.REDIRECT
    if first.kind == SEARCH:
        return PurchasePath.Source.SEARCH
    return PurchasePath.Source.CODE if first.page.startswith(CODE_PAGE) else PurchasePath.Source.DIRECT


@transaction.atomic
def forget_paths(*, visitor: str) -> int:
    """The visitor does not want to be recognised any more."""
    lock_visitor(visitor=visitor)
    return PurchasePath.objects.filter(visitor=visitor).delete()[0]


def forget_old_paths(*, now: datetime) -> int:
    """Ways are kept as long as the browsing record they were made of."""
    gone = 0
    for union in unions_hosted_here():
        before = midnight(union=union, days=union.browsing_kept_days, now=now)
        gone += PurchasePath.objects.filter(union=union, bought_at__lt=before).delete()[0]
    return gone


def count_again(*, purchase_id: int) -> None:
    """The purchase was paid or called off: the day on which its visitor bought is counted anew."""
    path = PurchasePath.objects.select_related("union").filter(purchase=purchase_id).first()
    if path is not None:
        day = midnight(union=path.union, days=0, now=path.bought_at).date()
        BrowsedDay.objects.bulk_create([BrowsedDay(union=path.union, day=day)], ignore_conflicts=True)
