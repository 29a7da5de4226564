"""What the overview shows: the unions side by side, one of them in detail, and what waits for the office."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import Chart, Point, Ranking, day_label, draw, rank
from core.localized import localized
from core.money import exponent_of, format_money, locale_of
from martunion.administration.figures import DAYS, UnionFigures, UnionRow, compare, look_into
from orders.models import Order
from orders.presenting.panels import change_text
from unions.models import Redirect, Union
from unions.queries import Office

SHOWN_UNIONS = 8
SHOWN_STATES = [state for state in Order.State if state != Order.State.PLACED]


def dashboard(*, office: Office, chosen: str, now: datetime) -> dict[str, Any]:
    """The template's words. `chosen` is the slug of the union to look into; one that is not the reader's is ignored."""
    unions = list(Union.objects.filter(address="").order_by("name")) if office.everywhere else list(office.unions)
    if not unions:
        return {"rows": [], "shown": None}
    rows = compare(unions, now=now)
    row = next((row for row in rows if row.union.slug == chosen), rows[0])
    figures = look_into(row.union, now=now)
    return {
        "rows": [(row, _beside(row)) for row in rows],
        "shown": row,
        "several": len(rows) > 1,
        "together": _together(rows, now=now) if len(rows) > 1 else None,
        "tiles": _tiles(row),
        "sales": _sales(row.union, figures),
        "states": _states(row, figures),
        "rankings": [chart for chart in (_ways(figures), _classes(figures)) if chart is not None],
        "stores": _stores(row.union, figures),
        "figures_url": f"{reverse('admin:orders_figures')}?union={row.union.pk}",
        "days": DAYS,
    }


def _beside(row: UnionRow) -> dict[str, str]:
    """How orders, sales and redirects of a union compare with the days before; empty where there were none."""
    pairs = {
        "orders": (row.orders, row.orders_before),
        "sold": (row.sold, row.sold_before),
        "redirects": (row.redirects, row.redirects_before),
    }
    return {name: change_text(now, before) if before else "" for name, (now, before) in pairs.items()}


def _together(rows: Sequence[UnionRow], *, now: datetime) -> dict[str, Any]:
    """Orders of all unions by day, and of the unions that had most. Sales have no sum: each has its own currency."""
    days: Counter[date] = Counter()
    for row in rows:
        days.update(row.orders_by_day)
    # Unions around the world are not all in the same day: every day that one of them counts is shown.
    last = max([*days, now.date()])
    first = min([*days, last - timedelta(days=DAYS - 1)])
    shown = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    total, before = sum(row.orders for row in rows), sum(row.orders_before for row in rows)
    most = sorted(rows, key=lambda row: -row.orders)[:SHOWN_UNIONS]
    title = ngettext("%(number)d order in all unions", "%(number)d orders in all unions", total) % {"number": total}
    return {
        "days": draw(
            title=f"{title}, {change_text(total, before)}" if before else title,
            unit=_("Orders a day, %(days)d days") % {"days": DAYS},
            points=[Point(day_label(day), days[day], str(days[day])) for day in shown],
            label_heading=_("Day"),
        ),
        "unions": rank(
            title=_("Most orders: %(union)s") % {"union": localized(most[0].union, "name")},
            unit=_("Orders in %(days)d days, by union") % {"days": DAYS},
            points=[Point(localized(row.union, "name"), row.orders, str(row.orders)) for row in most],
            label_heading=_("Union"),
        ),
    }


def _tiles(row: UnionRow) -> list[dict[str, Any]]:
    """What waits for somebody, each with the list behind it."""
    return [*_asked(row), *_owed(row), _checked(row)]


def _asked(row: UnionRow) -> list[dict[str, Any]]:
    """What the office or its stores have to decide or to do."""
    return [
        {
            "label": _("Applications waiting"),
            "value": row.applications,
            "note": _("for the office's word"),
            "url": _list(row, "unions_membership", state__exact="applied"),
            "lit": row.applications > 0,
        },
        {
            "label": _("Orders waiting"),
            "value": row.waiting,
            "note": ngettext("%(number)d past its deadline", "%(number)d past their deadline", row.late)
            % {"number": row.late},
            "url": _list(row, "orders_order"),
            "lit": row.late > 0,
        },
        {
            "label": _("Service providers waiting"),
            "value": row.providers,
            "note": _("for the office's word"),
            "url": _list(row, "ascc_serviceprovider", state__exact="applied"),
            "lit": row.providers > 0,
        },
        {
            "label": _("Disputes to decide"),
            "value": row.disputes,
            "note": _("nobody is paid until then"),
            "url": _list(row, "ascc_dispute", decided_at__isempty=1),
            "lit": row.disputes > 0,
        },
    ]


def _owed(row: UnionRow) -> list[dict[str, Any]]:
    """What goes out to enterprises."""
    currency = row.union.currency
    return [
        {
            "label": _("Payouts due"),
            "value": format_money(row.due_amount, currency),
            "note": _("%(number)d transfers, %(failed)d returned")
            % {"number": row.payouts_due, "failed": row.payouts_failed},
            "url": _list(row, "payments_payout"),
            "lit": row.payouts_failed > 0,
        },
        {
            "label": _("Earned, not yet paid out"),
            "value": format_money(row.unpaid, currency),
            "note": _("goes with the next payouts"),
            "url": _list(row, "payments_earning", payout__isempty=1),
            "lit": False,
        },
    ]


def _checked(row: UnionRow) -> dict[str, Any]:
    """What the last check of the books found."""
    tile = {"label": _("Last check"), "lit": bool(row.check and row.check.differences)}
    if row.check is None:
        url = _list(row, "payments_checkreport")
        return {**tile, "value": _("none yet"), "note": _("It runs every night."), "url": url}
    number = len(row.check.differences)
    found = ngettext("%(number)d difference", "%(number)d differences", number) % {"number": number}
    return {
        **tile,
        "value": found if number else _("all agrees"),
        "note": format_date(row.check.at, locale=locale_of()),
        "url": reverse("admin:payments_checkreport_change", args=[row.check.pk]),
    }


def _list(row: UnionRow, name: str, **query: Any) -> str:
    """The office's list of these, of this union only."""
    words = "&".join(f"{key}={value}" for key, value in {"union": row.union.pk, **query}.items())
    return f"{reverse(f'admin:{name}_changelist')}?{words}"


def _sales(union: Union, figures: UnionFigures) -> Chart:
    total = format_money(figures.sold, union.currency)
    if figures.sold_before:
        change = round((figures.sold - figures.sold_before) / figures.sold_before * 100)
        more = _("%(total)s sold in %(days)d days, %(change)d %% more than in the %(days)d before")
        less = _("%(total)s sold in %(days)d days, %(change)d %% less than in the %(days)d before")
        title = (more if change >= 0 else less) % {"total": total, "days": DAYS, "change": abs(change)}
    else:
        title = _("%(total)s sold in %(days)d days") % {"total": total, "days": DAYS}
    return draw(
        title=title,
        unit=_("Sales a day, %(currency)s") % {"currency": union.currency},
        points=[
            Point(
                day_label(day),
                max(amount, 0),
                format_money(amount, union.currency),
            )
            for day, amount in figures.days
        ],
        label_heading=_("Day"),
        scale=10 ** exponent_of(union.currency),
    )


def _states(row: UnionRow, figures: UnionFigures) -> Ranking:
    title = ngettext("%(number)d order waits for its store", "%(number)d orders wait for their stores", row.waiting)
    return rank(
        title=title % {"number": row.waiting},
        unit=_("Orders of the last %(days)d days, and of those before, as they stand now") % {"days": DAYS},
        points=[
            Point(
                str(state.label),
                figures.states.get(state, 0),
                _("%(number)d (%(before)d before)")
                % {"number": figures.states.get(state, 0), "before": figures.states_before.get(state, 0)},
            )
            for state in SHOWN_STATES
        ],
        label_heading=_("State"),
    )


def _ways(figures: UnionFigures) -> Ranking | None:
    if not figures.ways:
        return None
    words = dict(Redirect.Way.choices)
    total = sum(number for _way, number in figures.ways)
    way, most = figures.ways[0]
    return rank(
        title=_("Most shoppers found their way by: %(way)s (%(share)d %%)")
        % {"way": words.get(way, way), "share": round(most / total * 100)},
        unit=_("Redirects in %(days)d days") % {"days": DAYS},
        points=[Point(str(words.get(way, way)), number, str(number)) for way, number in figures.ways],
        label_heading=_("Found by"),
    )


def _classes(figures: UnionFigures) -> Ranking | None:
    if not figures.classes:
        return None
    return rank(
        title=_("Sent on most often: %(name)s") % {"name": figures.classes[0][1]},
        unit=_("Redirects in %(days)d days, by business class") % {"days": DAYS},
        points=[Point(f"{code} {name}", number, str(number)) for code, name, number in figures.classes],
        label_heading=_("Business class"),
    )


def _stores(union: Union, figures: UnionFigures) -> list[dict[str, Any]]:
    return [
        {
            "name": store["name"],
            "url": reverse("admin:stores_store_change", args=[store["pk"]]),
            "orders": store["number"],
            "sold": format_money(store["sold"], union.currency),
        }
        for store in figures.top_stores
    ]
