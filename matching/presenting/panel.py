"""Answers to wishes beside the figures of sales."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from matching.presenting.figures import seconds_text
from matching.queries.figures import calls_between
from orders.presenting.panels import Figure, Panel, compared, further_panels, money_figure, number_figure
from orders.queries.spans import Span
from stores.models import Store
from unions.models import Union


def calls_panel(*, union: Union, store: Store | None, span: Span, now: datetime) -> Panel | None:
    """How often it was asked, how fast it answered, what it won."""
    found = calls_between(union, store, first=span.first, last=span.last)
    before = calls_between(union, store, first=span.before.first, last=span.before.last)
    if not (found.called or before.called):
        return None
    url = f"{reverse('admin:matching_figures')}?union={union.pk}"
    if store is not None:
        url = reverse("manage:call_figures", kwargs={"union": union.slug, "store": store.slug})
    return Panel(
        name="matching",
        title=_("Wishes"),
        figures=[
            number_figure(_("Called"), found.called, before.called),
            number_figure(_("Answered"), found.answered, before.answered),
            Figure(
                _("Time to answer"),
                seconds_text(found.mean_ms),
                compared(found.mean_ms, before.mean_ms, seconds_text(before.mean_ms)),
            ),
            number_figure(_("Won"), found.won, before.won),
            money_figure(_("Sales of what was won"), found.value, before.value, union),
        ],
        url=url,
    )


further_panels.append(("console", calls_panel))
