"""Where time is lost, in words and as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.charts import Point, rank
from core.localized import localized
from orders.presenting.runs import span_words
from orders.queries.step_figures import StepTimes

CHARTED = 6
"""Bars of the chart; the table has all."""


def figures_shown(rows: Sequence[StepTimes]) -> dict[str, Any]:
    """`rows` for the table, and a `chart` of the steps at which orders lay longest, its title saying where."""
    if not rows:
        return {"rows": [], "chart": None}
    slow = sorted(rows, key=lambda row: -row.within(0.5))[:CHARTED]
    title = _("Half of all orders lie longer than %(span)s at “%(step)s”") % {
        "span": span_words(slow[0].within(0.5)),
        "step": localized(slow[0], "title"),
    }
    points = [
        Point(
            localized(row, "title"), round(row.within(0.5) / 3600, 1), span_words(row.within(0.5)), now=row is slow[0]
        )
        for row in slow
    ]
    return {
        "rows": [
            {
                "title": localized(row, "title"),
                "procedure": row.procedure,
                "closed": row.closed,
                "half": span_words(row.within(0.5)),
                "most": span_words(row.within(0.9)),
                "mean": span_words(row.mean),
                "late": f"{round(100 * row.late / row.closed)} %" if row.closed else "–",
                "skipped": row.skipped,
            }
            for row in rows
        ],
        "chart": rank(title=title, unit=_("hours"), points=points, label_heading=_("Step")),
    }
