"""Figures of after-sales service as tiles, charts and a table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel.dates import format_skeleton
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ascc.models import Voucher
from ascc.queries.figures import CareFigures, ProgramFigures
from ascc.queries.kept_figures import FiguresLately
from core.charts import Chart, Point, Ranking, draw, rank
from core.money import format_money, locale_of
from unions.models import Union

SPANS = (30, 90, 365)
USUAL = 365
MOST_RANKED = 8


def span_asked(typed: str) -> int:
    """The days that the address asks for; a year where it asks for none of those there are."""
    return int(typed) if typed in {str(days) for days in SPANS} else USUAL


def care_shown(lately: FiguresLately, *, union: Union, days: int, now: datetime) -> dict[str, Any]:
    """The template's words: `tiles`, `charts`, `rankings`, `rows`, `spans`; nothing drawn while nothing was issued.

    `is_counting` while nothing has been counted yet; `as_of` where the figures are not of this moment.
    """
    figures = lately.figures
    spans = [(number, _("%(days)d days") % {"days": number}, number == days) for number in SPANS]
    shown: dict[str, Any] = {
        "spans": spans,
        "is_counting": figures is None,
        "has_any": bool(figures and figures.programs),
        "days": days,
        "as_of": lately.at if lately.at != now else None,
    }
    if figures is None or not figures.programs:
        return shown
    satisfied = [chart for chart in (_satisfaction(figures),) if chart is not None]
    return shown | {
        "tiles": _tiles(figures, union),
        "charts": [_months(figures)],
        "rankings": [_states(figures), *satisfied, _costs(figures, union)],
        "rows": [_row(program, union) for program in figures.programs],
    }


def _share(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def days_text(days: float | None) -> str:
    """Days to a tenth; a dash for none."""
    return "–" if days is None else _("%(days).1f days") % {"days": days}


def score_text(score: float | None) -> str:
    """A mean of 1 to 5; a dash for none."""
    return "–" if score is None else f"{score:.1f} / 5"


def _tiles(figures: CareFigures, union: Union) -> list[dict[str, str]]:
    issued = figures.total("issued")

    def part(name: str) -> str:
        return _("%(share)d %% of those issued") % {"share": _share(figures.total(name), issued)}

    return [
        {"label": _("Issued"), "value": str(issued), "note": _("vouchers")},
        {"label": _("Activated"), "value": str(figures.total("activated")), "note": part("activated")},
        {"label": _("Used"), "value": str(figures.total("used")), "note": part("used")},
        {"label": _("Lapsed"), "value": str(figures.total("lapsed")), "note": part("lapsed")},
        {"label": _("Time to service"), "value": days_text(figures.days), "note": _("from handing over to done")},
        {
            "label": _("Satisfaction"),
            "value": score_text(figures.score),
            "note": ngettext("%(count)d assessment", "%(count)d assessments", figures.total("assessments"))
            % {"count": figures.total("assessments")},
        },
        {
            "label": _("Cost"),
            "value": format_money(figures.total("cost"), union.currency),
            "note": _("services, rewards, premiums"),
        },
    ]


def _months(figures: CareFigures) -> Chart:
    month, most, _used = max(figures.months, key=lambda row: (row[1], row[0]))
    locale = locale_of()
    return draw(
        title=ngettext(
            "Most were issued in %(month)s: %(count)d voucher",
            "Most were issued in %(month)s: %(count)d vouchers",
            most,
        )
        % {"month": format_skeleton("yMMM", month, locale=locale), "count": most},
        unit=_("Vouchers issued a month"),
        points=[
            Point(format_skeleton("MMM", month, locale=locale), issued, str(issued))
            for month, issued, _used in figures.months
        ],
        label_heading=_("Month"),
    )


def _states(figures: CareFigures) -> Ranking:
    waiting = figures.states.get(Voucher.State.ISSUED, 0)
    title = ngettext(
        "%(count)d voucher waits for its activation", "%(count)d vouchers wait for their activation", waiting
    )
    return rank(
        title=title % {"count": waiting},
        unit=_("Vouchers, as they stand now"),
        points=[
            Point(str(state.label), figures.states[state], str(figures.states[state]))
            for state in Voucher.State
            if figures.states.get(state)
        ],
        label_heading=_("State"),
    )


def _satisfaction(figures: CareFigures) -> Ranking | None:
    said = sorted((each for each in figures.programs if each.score is not None), key=lambda each: -(each.score or 0))
    if not said:
        return None
    return rank(
        title=_("Most satisfied with: %(name)s") % {"name": said[0].name},
        unit=_("Mean of all aspects, 1 to 5"),
        points=[Point(each.name, each.score or 0, score_text(each.score)) for each in said[:MOST_RANKED]],
        label_heading=_("Program"),
    )


def _costs(figures: CareFigures, union: Union) -> Ranking:
    dear = sorted(figures.programs, key=lambda each: -each.cost)[:MOST_RANKED]
    return rank(
        title=_("%(name)s costs most: %(amount)s")
        % {"name": dear[0].name, "amount": format_money(dear[0].cost, union.currency)},
        unit=_("Services, rewards and premiums, share of the dearest in %"),
        points=[
            Point(each.name, _share(each.cost, dear[0].cost), format_money(each.cost, union.currency)) for each in dear
        ],
        label_heading=_("Program"),
    )


def _row(program: ProgramFigures, union: Union) -> dict[str, Any]:
    each = round(program.cost / program.issued) if program.issued else 0
    return {
        "figures": program,
        "issuer": program.issuer or _("service center"),
        "days": days_text(program.days),
        "score": score_text(program.score),
        "cost": format_money(program.cost, union.currency),
        "each": format_money(each, union.currency),
    }
