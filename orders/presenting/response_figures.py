"""Figures of responses in words and as a chart, for the store's page and the union's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import Chart, Point, day_label, draw
from orders.presenting.responses import span_words
from orders.queries.response_figures import DayOfResponses, ResponseFigures


def figures_shown(figures: ResponseFigures) -> dict[str, Any]:
    """With what was never done as a dash."""
    return {
        "figures": figures,
        "first_wait": span_words(figures.first_wait) if figures.first_wait is not None else "–",
        "resolve_wait": span_words(figures.resolve_wait) if figures.resolve_wait is not None else "–",
        "content": localize(round(figures.content, 1)) if figures.content is not None else "–",
        "late_share": f"{round(100 * figures.late / figures.asked)} %" if figures.asked else "–",
    }


def days_chart(days: Sequence[DayOfResponses]) -> Chart:
    """How many came in on each day; its title says what happened."""
    asked, settled = sum(day.asked for day in days), sum(day.resolved for day in days)
    title = _("Nobody has asked anything in these days")
    if asked or settled:
        came = ngettext("%(count)d response came in", "%(count)d responses came in", asked) % {"count": asked}
        title = _("%(came)s; settled: %(settled)d") % {"came": came, "settled": settled}
    points = [Point(day_label(day.day), day.asked, str(day.asked), day is days[-1]) for day in days]
    return draw(title=title, unit=_("responses a day"), points=points, label_heading=_("Day"))
