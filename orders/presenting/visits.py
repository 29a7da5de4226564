"""Figures of visitors as tiles, charts and tables, for a store and for the union's office."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import Chart, Point, Ranking, day_label, draw, rank
from orders.queries.visits import GoodVisits, VisitFigures, Visits

SPANS = (7, 30, 90)
USUAL = 30


def span_asked(typed: str) -> int:
    """The days that the address asks for; thirty where it asks for none of those there are."""
    return int(typed) if typed in {str(days) for days in SPANS} else USUAL


def visits_shown(figures: VisitFigures, *, days: int) -> dict[str, Any]:
    """The template's words; nothing is drawn while nobody came."""
    shown: dict[str, Any] = {
        "spans": [(number, _("%(days)d days") % {"days": number}, number == days) for number in SPANS],
        "days": days,
        "has_any": figures.has_any,
    }
    if not figures.has_any:
        return shown
    rankings = [_funnel(figures.total), *_seen(figures.goods), *_left(figures.left)]
    return shown | {
        "tiles": _tiles(figures.total, figures.before, days),
        "charts": [_by_day(figures)],
        "rankings": rankings,
        "goods": figures.goods,
        "searched": figures.searched,
        "in_vain": figures.in_vain,
    }


def table_head() -> list[str]:
    """The columns of the exported table."""
    return [
        _("Day"),
        _("Saw something"),
        _("Put something in the cart"),
        _("Went to the checkout"),
        _("Bought"),
        _("Pages looked at"),
        _("Seconds on them"),
    ]


def share(part: int, whole: int) -> int:
    """In per cent; 0 of nothing."""
    return round(100 * part / whole) if whole else 0


def _tiles(total: Visits, before: Visits, days: int) -> list[dict[str, str]]:
    rows = [
        (_("Visitors"), total.seen, before.seen),
        (_("In the cart"), total.in_cart, before.in_cart),
        (_("At the checkout"), total.checkout, before.checkout),
        (_("Bought"), total.bought, before.bought),
    ]
    tiles = [{"label": label, "value": str(now), "note": _change(now, then, days)} for label, now, then in rows]
    left = total.in_cart - total.bought
    note = _("%(share)d %% of the carts") % {"share": share(left, total.in_cart)}
    tiles.append({"label": _("Left in the cart"), "value": str(left), "note": note})
    return tiles


def _change(now: int, then: int, days: int) -> str:
    if not then:
        return _("none in the %(days)d days before") % {"days": days}
    change = round(100 * (now - then) / then)
    words = _("%(change)d %% more than before") if change >= 0 else _("%(change)d %% less than before")
    return words % {"change": abs(change)}


def _by_day(figures: VisitFigures) -> Chart:
    day, most = max(figures.days, key=lambda row: (row[1].seen, row[0]))
    text = ngettext("Most visitors came on %(day)s: %(count)d", "Most visitors came on %(day)s: %(count)d", most.seen)
    points = [Point(day_label(each), visits.seen, str(visits.seen)) for each, visits in figures.days]
    title = text % {"day": day_label(day), "count": most.seen}
    return draw(title=title, unit=_("Visitors a day"), points=points, label_heading=_("Day"))


def _funnel(total: Visits) -> Ranking:
    steps = [
        (_("Visitors"), total.seen),
        (_("In the cart"), total.in_cart),
        (_("At the checkout"), total.checkout),
        (_("Bought"), total.bought),
    ]
    return rank(
        title=_("%(share)d of 100 visitors bought") % {"share": share(total.bought, total.seen)},
        unit=_("Visitors by how far they came"),
        points=[
            Point(name, count, _("%(count)d (%(share)d %%)") % {"count": count, "share": share(count, total.seen)})
            for name, count in steps
        ],
        label_heading=_("Step"),
    )


def _seen(goods: list[GoodVisits]) -> list[Ranking]:
    if not goods:
        return []
    return [
        rank(
            title=_("Most looked at: %(name)s") % {"name": goods[0].title},
            unit=_("Visitors who saw it"),
            points=[Point(good.title, good.seen, str(good.seen)) for good in goods],
            label_heading=_("Good"),
        )
    ]


def _left(goods: list[GoodVisits]) -> list[Ranking]:
    if not goods:
        return []
    return [
        rank(
            title=_("Most often left in the cart: %(name)s") % {"name": goods[0].title},
            unit=_("Visitors who put it in and did not buy it that day"),
            points=[Point(good.title, good.left, f"{good.left}/{good.in_cart}") for good in goods],
            label_heading=_("Good"),
        )
    ]
