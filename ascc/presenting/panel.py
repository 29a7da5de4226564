"""Vouchers beside the figures of sales."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from ascc.presenting.figures import days_text, score_text
from ascc.queries.kept_figures import figures_lately
from core.money import format_money
from orders.presenting.panels import Figure, Panel, further_panels
from orders.queries.spans import Span
from stores.models import Store
from unions.models import Union


def care_panel(*, union: Union, store: Store | None, span: Span, now: datetime) -> Panel | None:
    """What was issued in the time and what became of it. Only up to today: nothing else is kept of many vouchers."""
    if span.ends <= now:
        return None
    figures = figures_lately(union, store, days=span.days, now=now).figures
    if figures is None or not figures.programs:
        return None
    url = f"{reverse('admin:ascc_figures')}?union={union.pk}"
    if store is not None:
        url = reverse("manage:care_figures", kwargs={"union": union.slug, "store": store.slug})
    return Panel(
        name="care",
        title=_("Vouchers"),
        figures=[
            Figure(_("Issued"), str(figures.total("issued")), _("vouchers")),
            Figure(_("Used"), str(figures.total("used")), _("of those issued in this time")),
            Figure(_("Time to service"), days_text(figures.days), _("from handing over to done")),
            Figure(_("Satisfaction"), score_text(figures.score)),
            Figure(_("Cost"), format_money(figures.total("cost"), union.currency), _("services, rewards, premiums")),
        ],
        url=url,
    )


further_panels.append(("orders", care_panel))
