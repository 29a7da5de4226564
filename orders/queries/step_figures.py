"""Where time is lost: how long orders lay at each step, from the kept figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from orders.models import ProcedureStep, StepFigure
from stores.models import Store

PERIODS = (28, 7, 91, 365)
SPANS = StepFigure.SPANS


@dataclass(slots=True)
class StepTimes:
    """One step of a procedure over a period; `spans` counts orders by place in SPANS."""

    procedure: str
    key: str
    title: str = ""
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    closed: int = 0
    late: int = 0
    skipped: int = 0
    seconds: int = 0
    spans: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def within(self, share: float) -> float:
        """Seconds within which this share of the orders went on, between the bounds of its span in proportion."""
        return within(self.spans, share)

    @property
    def mean(self) -> float:
        """Seconds on average."""
        return self.seconds / self.closed if self.closed else 0.0


def within(spans: Mapping[int, int], share: float) -> float:
    """The quantile of a histogram over SPANS; beyond the last bound twice that bound counts as the end."""
    wanted, passed = share * sum(spans.values()), 0
    for place in sorted(spans):
        low = SPANS[place - 1] if place else 0
        high = SPANS[place] if place < len(SPANS) else 2 * SPANS[-1]
        if passed + spans[place] >= wanted:
            return low + (high - low) * (wanted - passed) / spans[place]
        passed += spans[place]
    return 0.0


def step_figures(store: Store, *, days: int, now: datetime) -> list[StepTimes]:
    """The steps at which orders of the last days went on, those that took longest in all first. Two queries."""
    first = now.astimezone(ZoneInfo(store.union.time_zone)).date() - timedelta(days=days - 1)
    rows = StepFigure.objects.filter(union_id=store.union_id, store=store, day__gte=first).select_related("procedure")
    found: dict[tuple[int, str], StepTimes] = {}
    for row in rows:
        times = found.setdefault((row.procedure_id, row.key), StepTimes(row.procedure.name, row.key))
        times.closed += row.closed
        times.late += row.late
        times.skipped += row.skipped
        times.seconds += row.seconds
        times.spans[row.span] += row.closed
    newest = ProcedureStep.objects.filter(
        version__procedure__in={procedure for procedure, _key in found}, version__published_at__isnull=False
    ).order_by("version__number")
    for step in newest.values("version__procedure", "key", "title", "translations"):
        times_of = found.get((step["version__procedure"], step["key"]))
        if times_of is not None:
            times_of.title, times_of.translations = step["title"], step["translations"]
    return sorted(found.values(), key=lambda times: (-times.seconds, times.procedure, times.key))
