"""Within which time a store answers, and on which days that is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from orders.models import ResponseTerms
from stores.models import OpeningHours, SpecialDay, Store
from stores.queries.opening import Span, Special, spans_on
from unions.models import Union

USUAL = (24, 24, 14)
"""Hours to answer, hours until the union is called, days to open it again, where nobody has said anything."""


class Promise(NamedTuple):
    """What was set by one of the two."""

    answer_hours: int
    escalate_hours: int
    reopen_days: int


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that hold at a store, and its calendar. Of union and store the quicker hours count."""

    answer_hours: int
    escalate_hours: int
    reopen_days: int
    week: tuple[Span, ...] = ()
    specials: tuple[Special, ...] = ()

    def is_open(self, day: date) -> bool:
        """Whether the clock runs on that day: always at a store that has told no hours.

        Working days of a procedure are from Monday to Friday there (`services.runs.planning.Hours.works_on`): it plans
        for its own staff by them, while who waits for an answer should not wait longer because no hours were told.
        """
        if not self.week and not any(special.opens for special in self.specials):
            return True
        return bool(spans_on(day, self.week, self.specials)[0])


def promises_of(*, union: Union, store: Store | None) -> tuple[Promise, Promise | None]:
    """What the union asks and what the store promises, if it does. One query."""
    rows = ResponseTerms.objects.filter(Q(store=store) | Q(store=None), union=union).values_list(
        "store", "answer_hours", "escalate_hours", "reopen_days"
    )
    said = {store_id or 0: Promise(*rest) for store_id, *rest in rows}
    return said.get(0, Promise(*USUAL)), said.get(store.pk) if store is not None else None


def terms_of(*, union: Union, store: Store, now: datetime) -> Terms:
    """What holds at this store from today on. Three queries."""
    asked, promised = promises_of(union=union, store=store)
    today = now.astimezone(ZoneInfo(union.time_zone)).date()
    week = OpeningHours.objects.filter(union=union, store=store).values_list("weekday", "opens", "closes")
    specials = SpecialDay.objects.filter(union=union, store=store, date__gte=today - timedelta(days=1)).values_list(
        "date", "opens", "closes", "reason"
    )
    return Terms(
        answer_hours=min(asked.answer_hours, promised.answer_hours) if promised else asked.answer_hours,
        escalate_hours=asked.escalate_hours,
        reopen_days=asked.reopen_days,
        week=tuple(Span(*row) for row in week),
        specials=tuple(Special(*row) for row in specials),
    )
