"""The live wall and the figures behind it: of the union for its office, of a store for its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.queries.wall import DAYS, Day, days_of, wall_of
from chat.views.console.place import Place, console_page, show_at
from core.charts import Chart, Point, day_label, draw


@console_page
def wall(request: HttpRequest, place: Place) -> HttpResponse:
    """Drawn again every few seconds by itself; the figures only with the whole page."""
    now = timezone.now()
    context: dict[str, Any] = {"wall": wall_of(place.union, place.store, now=now), "now": now}
    if not request.htmx:  # type: ignore[attr-defined]
        days = days_of(place.union, place.store, now=now)
        context |= {"charts": charts_of(days), "totals": totals_of(days), "days": DAYS}
    return show_at(request, place, "talk/wall.html", context, section="wall")


def totals_of(days: list[Day]) -> dict[str, Any]:
    """All days together: weighted by what each brought."""
    begun, answered = sum(day.begun for day in days), sum(day.answered for day in days)
    rated = sum(day.rated for day in days)
    return {
        "begun": begun,
        "answered": round(answered / begun * 100) if begun else None,
        "wait": round(sum(day.wait * day.answered for day in days) / answered) if answered else None,
        "rating": round(sum((day.rating or 0) * day.rated for day in days) / rated, 1) if rated else None,
        "rated": rated,
        "orders": sum(day.orders for day in days),
    }


def charts_of(days: list[Day]) -> list[Chart]:
    """Waiting time, answered share, rating, and conversations that became orders, a day each."""
    totals = totals_of(days)

    def points(value: Any, text: Any) -> list[Point]:
        return [Point(day_label(day.day), value(day), text(day)) for day in days]

    day_word = _("Day")
    wait = totals["wait"]
    share = totals["answered"]
    rating = totals["rating"]
    return [
        draw(
            title=_("First answer after %(seconds)d s on average") % {"seconds": wait}
            if wait is not None
            else _("No answer yet"),
            unit=_("Seconds to the first answer, a day"),
            points=points(lambda day: day.wait, lambda day: str(round(day.wait))),
            label_heading=day_word,
        ),
        draw(
            title=_("%(share)d %% of %(number)d conversations were answered")
            % {"share": share, "number": totals["begun"]}
            if share is not None
            else _("No conversation yet"),
            unit=_("Answered of 100 conversations, a day"),
            points=points(
                lambda day: day.answered / day.begun * 100 if day.begun else 0,
                lambda day: f"{round(day.answered / day.begun * 100)} %" if day.begun else "–",
            ),
            label_heading=day_word,
        ),
        draw(
            title=_("Shoppers gave %(stars)s of 5 stars") % {"stars": rating}
            if rating is not None
            else _("Nobody has rated yet"),
            unit=_("Average stars, a day"),
            points=points(lambda day: day.rating or 0, lambda day: f"{day.rating:.1f}" if day.rating else "–"),
            kind="line",
            label_heading=day_word,
        ),
        draw(
            title=ngettext(
                "%(number)d conversation became an order", "%(number)d conversations became orders", totals["orders"]
            )
            % {"number": totals["orders"]},
            unit=_("Conversations with an order within a day, a day"),
            points=points(lambda day: day.orders, lambda day: str(day.orders)),
            label_heading=day_word,
        ),
    ]
