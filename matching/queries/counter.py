"""A store's answers as its counter lists them: what stands, what was won, what was lost; and times it could give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django_scopes import scopes_disabled

from matching.models import MatchRequest, MatchResponse
from orders.models import Bookable
from orders.queries.bookables import bookables_to_manage
from orders.queries.slots import next_free
from stores.models import Store

State = MatchResponse.State
VIEWS: dict[str, tuple[str, ...]] = {
    "answered": (State.OFFERED, State.WITHDRAWN, State.DECLINED),
    "won": (State.USED,),
    "lost": (State.PASSED, State.LAPSED),
}
MOST_BOOKABLES = 3
TIMES_OF_EACH = 4


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time at which something of the store can be reserved."""

    bookable: Bookable
    starts_at: datetime

    @property
    def key(self) -> str:
        return f"{self.bookable.key}@{self.starts_at:%Y%m%dT%H%M%z}"


def answers_of(store: Store, view: str) -> QuerySet[MatchResponse]:
    """The store's answers of one view, newest first, with their wish."""
    found = MatchResponse.objects.filter(union=store.union_id, store=store, state__in=VIEWS[view])
    return found.select_related("request__union", "variant__product").order_by("-id")


def free_times(store: Store, request: MatchRequest, *, now: datetime) -> list[FreeTime]:
    """The next free times of what can be reserved at the store, earliest first. Some queries for each of three."""
    found: list[FreeTime] = []
    for bookable in bookables_to_manage(store).filter(is_active=True)[:MOST_BOOKABLES]:
        bookable.union, bookable.store = store.union, store
        slots = next_free(bookable=bookable, after=request.answers_until, now=now, count=TIMES_OF_EACH)
        found += [FreeTime(bookable, slot.starts_at) for slot in slots]
    return sorted(found, key=lambda time: (time.starts_at, time.bookable.pk))


def others_answered(request: MatchRequest) -> int:
    """How many shops have answered it already; who and what is not told."""
    with scopes_disabled():
        return MatchResponse.objects.filter(request=request, state=State.OFFERED).count()
