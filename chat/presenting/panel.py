"""Waiting times beside the figures of sales."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from chat.queries.waiting_figures import Waited, WaitingFigures, waiting_figures
from core.charts import Chart, Point, day_label, draw
from orders.presenting.panels import Figure, Panel, compared, further_panels, number_figure, share_text
from orders.queries.spans import Span
from stores.models import Store
from unions.models import Union


def waiting_panel(*, union: Union, store: Store | None, span: Span, now: datetime) -> Panel | None:
    """How many asked, how long they waited, and whether they were content."""
    found = waiting_figures(union, store, span=span)
    if not (found.now.asked or found.before.asked):
        return None
    first, before = found.now, found.before
    url = ""
    if store is not None:
        url = reverse("manage:console", kwargs={"union": union.slug, "store": store.slug})
    return Panel(
        name="waiting",
        title=_("Waiting times"),
        figures=[
            number_figure(_("Conversations"), first.asked, before.asked),
            Figure(
                _("First answer"),
                waited_text(first.median),
                compared(first.median, before.median, waited_text(before.median)),
            ),
            Figure(_("Nine of ten within"), waited_text(first.slow), _before(waited_text(before.slow))),
            Figure(_("Not answered"), share_text(_missed(first)), _before(share_text(_missed(before)))),
            Figure(_("Rating"), _stars(first.rating), _before(_stars(before.rating))),
        ],
        charts=_by_day(found, span),
        url=url,
    )


def waited_text(seconds: float | None) -> str:
    """Seconds, minutes or hours, whichever is short."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return _("%(seconds)d s") % {"seconds": round(seconds)}
    if seconds < 5400:
        return _("%(minutes)d min") % {"minutes": round(seconds / 60)}
    return _("%(hours).1f h") % {"hours": seconds / 3600}


def _missed(waited: Waited) -> float | None:
    return waited.missed / waited.asked if waited.asked else None


def _before(said: str) -> str:
    return _("%(before)s before") % {"before": said}


def _stars(rating: float | None) -> str:
    return "–" if rating is None else f"{rating:.1f} / 5"


def _by_day(found: WaitingFigures, span: Span) -> list[Chart]:
    if found.now.median is None:
        return []
    every = [span.first + timedelta(days=ahead) for ahead in range(span.days)]
    waits = [(day, found.days.get(day, Waited()).median) for day in every]
    return [
        draw(
            title=_("Half of all heard within %(time)s") % {"time": waited_text(found.now.median)},
            unit=_("Minutes until the first answer, median of a day"),
            points=[Point(day_label(day), round((median or 0) / 60, 2), waited_text(median)) for day, median in waits],
            label_heading=_("Day"),
        )
    ]


further_panels.append(("console", waiting_panel))
