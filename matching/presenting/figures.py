"""Figures of calls as tiles, charts and a table, for a store and for the union's office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import Chart, Point, Ranking, day_label, draw, rank
from core.money import format_money
from matching.queries.figures import CallFigures, Calls, Demand
from unions.models import Union

SPANS = (7, 30, 90)
USUAL = 30
MOST_RANKED = 8


def span_asked(typed: str) -> int:
    """The days that the address asks for; thirty where it asks for none of those there are."""
    return int(typed) if typed in {str(days) for days in SPANS} else USUAL


def calls_shown(figures: CallFigures, *, union: Union, days: int) -> dict[str, Any]:
    """The template's words: `tiles`, `charts`, `rankings`, `rows`, `spans`; nothing drawn while nothing was called."""
    shown: dict[str, Any] = {
        "spans": [(number, _("%(days)d days") % {"days": number}, number == days) for number in SPANS],
        "has_any": figures.has_any,
        "days": days,
    }
    if not figures.has_any:
        return shown
    demand = [ranking for ranking in (_demand(figures.demand),) if ranking is not None]
    return shown | {
        "tiles": _tiles(figures.total, union),
        "charts": [_called(figures.days), *_won(figures.days, union)],
        "rankings": demand,
        "rows": [
            {"name": each.name, "calls": each.calls, "took": seconds_text(each.calls.mean_ms),
             "value": format_money(each.calls.value, union.currency)}
            for each in figures.stores
        ],
    }  # fmt: skip


def seconds_text(took_ms: int | None) -> str:
    """A mean time to answer, short."""
    if took_ms is None:
        return "–"
    seconds = took_ms / 1000
    if seconds < 90:
        return _("%(seconds).1f s") % {"seconds": seconds}
    return _("%(minutes)d min") % {"minutes": round(seconds / 60)}


def table_head() -> list[str]:
    """The columns of the exported table."""
    return [
        _("Day"), _("Store"), _("Called"), _("Answered"), _("Nothing for it"), _("Seconds to answer"), _("Won"),
        _("Value, minor units"), _("Currency"),
    ]  # fmt: skip


def _share(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _tiles(total: Calls, union: Union) -> list[dict[str, str]]:
    return [
        {"label": _("Called"), "value": str(total.called), "note": _("wishes")},
        {
            "label": _("Answered"),
            "value": str(total.answered),
            "note": _("%(share)d %% of the wishes") % {"share": _share(total.answered, total.called)},
        },
        {"label": _("Time to answer"), "value": seconds_text(total.mean_ms), "note": _("in the mean")},
        {
            "label": _("Won"),
            "value": str(total.won),
            "note": _("%(share)d %% of the answers") % {"share": _share(total.won, total.answered)},
        },
        {"label": _("Sales"), "value": format_money(total.value, union.currency), "note": _("of what was won")},
    ]


def _called(days: Sequence[tuple[date, Calls]]) -> Chart:
    day, most = max(days, key=lambda row: (row[1].called, row[0]))
    text = ngettext("Most wishes came on %(day)s: %(count)d", "Most wishes came on %(day)s: %(count)d", most.called)
    title = text % {"day": day_label(day), "count": most.called}
    points = [Point(day_label(each), calls.called, str(calls.called)) for each, calls in days]
    return draw(title=title, unit=_("Wishes a day"), points=points, label_heading=_("Day"))


def _won(days: Sequence[tuple[date, Calls]], union: Union) -> list[Chart]:
    if not any(calls.answered for _day, calls in days):
        return []
    won = sum(calls.won for _day, calls in days)
    title = ngettext("%(count)d answer was chosen", "%(count)d answers were chosen", won) % {"count": won}
    points = [Point(day_label(each), calls.answered, str(calls.answered)) for each, calls in days]
    return [draw(title=title, unit=_("Answers a day"), points=points, label_heading=_("Day"))]


def _demand(demand: Sequence[Demand]) -> Ranking | None:
    """What was asked for and nobody had: what a shop could lay in."""
    if not demand:
        return None
    named = [(each.title or _("Not understood"), each) for each in demand[:MOST_RANKED]]
    return rank(
        title=_("Most asked for in vain: %(name)s") % {"name": named[0][0]},
        unit=_("Wishes in this union without an answer"),
        points=[
            Point(
                name, each.unanswered, _("%(missed)d of %(asked)d") % {"missed": each.unanswered, "asked": each.asked}
            )
            for name, each in named
        ],
        label_heading=_("Kind"),
    )
