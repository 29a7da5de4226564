"""Figures of after-sales service for a page, which does not wait for a long count.

So many vouchers as are quickly counted are counted by the request. Where there are more a Celery worker counts, one at
a time for each page, and the figures of last time go on until it has; the first time there are none.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from django.core.cache import cache
from kombu.exceptions import OperationalError

from ascc.models import Voucher
from ascc.queries.figures import CareFigures, figures_of
from stores.models import Store
from unions.models import Union

logger = logging.getLogger(__name__)

QUICK = 20_000
"""So many vouchers a request counts: some 50 ms."""
FRESH = 300.0
"""Seconds for which figures are taken as they are; longer, in proportion, where counting took long."""
KEPT = 7 * 24 * 3600
COUNTING_FOR = 900
"""Seconds after which a count that was asked for counts as lost."""
TASK = "ascc.tasks.count_figures"


@dataclass(frozen=True, slots=True)
class FiguresLately:
    """`figures` as of `at`; None while they are counted for the first time."""

    figures: CareFigures | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    figures: CareFigures
    at: datetime
    took: float

    def is_fresh(self, now: datetime) -> bool:
        return now < self.at + timedelta(seconds=max(FRESH, 60 * self.took))


def figures_lately(union: Union, store: Store | None = None, *, days: int, now: datetime) -> FiguresLately:
    """What was issued in the last days, by everybody or for the goods of one store. Four queries, or one."""
    few = Voucher.objects.filter(union=union) if store is None else Voucher.objects.filter(union=union, store=store)
    # In the order of an index, or a part of the whole table would be read.
    if few.order_by("-id")[: QUICK + 1].count() <= QUICK:
        return FiguresLately(figures_of(union, store, since=now - timedelta(days=days)), now)
    key = _key(union, store, days)
    kept: _Kept | None = cache.get(key)
    if (kept is None or not kept.is_fresh(now)) and cache.add(f"{key}:counting", 1, COUNTING_FOR):
        try:
            told = [union.pk, store.pk if store else None, days]
            current_app.send_task(TASK, told, retry=False, ignore_result=True)
        except OperationalError:
            logger.warning("%s: no broker takes the count of its vouchers", union.slug)
    return FiguresLately(kept.figures, kept.at) if kept is not None else FiguresLately(None, now)


def count_anew(union: Union, store: Store | None = None, *, days: int, now: datetime) -> None:
    """Count all of it, however long it takes, and keep that for everybody."""
    key, begun = _key(union, store, days), time.monotonic()
    figures = figures_of(union, store, since=now - timedelta(days=days))
    cache.set(key, _Kept(figures, now, time.monotonic() - begun), KEPT)
    cache.delete(f"{key}:counting")


def _key(union: Union, store: Store | None, days: int) -> str:
    return f"care-figures-1:{union.pk}:{store.pk if store else 'all'}:{days}"
