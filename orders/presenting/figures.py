"""Figures of sales as tiles, charts and tables, for a store, a union's office and the center."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import Chart, Point, Ranking, day_label, draw, rank
from core.money import exponent_of, format_money, locale_of
from orders.models import Order
from orders.presenting.panels import Figure, Panel, change_text, compared, money_figure, number_figure, share_text
from orders.queries.figures import Sales, SalesFigures, Settled, StoreSales, Waiting, added
from orders.queries.goods_figures import COVER_DAYS, Cover, GoodSold, SlowGood, StockCover
from orders.queries.manage import DaySales
from orders.queries.spans import Span
from stores.models import Store
from unions.models import Union

SHOWN_STATES = [state for state in Order.State if state not in (Order.State.PLACED, Order.State.CANCELLED)]
MOST_RANKED = 8
DAY_BARS = 92
"""More days than that are drawn by week."""
DRAWN_DAYS = 60
"""A bar of days that something lasts ends here."""


def days_text(span: Span) -> str:
    """Its first and last day, short."""
    locale = locale_of()
    first, last = (format_date(day, "medium", locale=locale) for day in (span.first, span.last))
    return first if span.first == span.last else f"{first} – {last}"


def sales_tiles(figures: SalesFigures, union: Union) -> list[Figure]:
    """What was sold, and how it arrived, each beside the time before."""
    now, before, currency = figures.total, figures.before, union.currency
    each = [format_money(sales.each, currency) if sales.each is not None else "–" for sales in (now, before)]
    share = [round(100 * sales.taken_back / sales.gross) if sales.gross else 0 for sales in (now, before)]
    return [
        money_figure(_("Sales"), now.net, before.net, union),
        number_figure(_("Orders"), now.orders, before.orders),
        Figure(_("An order in the mean"), each[0], compared(now.each, before.each, each[1])),
        Figure(
            _("Arrived in time"),
            share_text(now.in_time),
            _("%(share)s before") % {"share": share_text(before.in_time)},
        ),
        Figure(
            _("Days to arrive"),
            _days(now.days_to_arrive),
            _("%(days)s before") % {"days": _days(before.days_to_arrive)},
        ),
        Figure(
            _("Given back"),
            format_money(now.taken_back, currency),
            _("%(share)d %% of sales, %(before)d %% before") % {"share": share[0], "before": share[1]},
        ),
    ]


def fortnight_chart(store: Store, sales: Sequence[DaySales], *, before: int = 0) -> Chart:
    """A bar per day; its title says what came of it, and how that is beside as many days before."""
    currency = store.union.currency
    sold = sum(day.total for day in sales)
    total = format_money(sold, currency)
    count = sum(day.orders for day in sales)
    said = ngettext(
        "%(total)s from %(count)d order in the last 14 days",
        "%(total)s from %(count)d orders in the last 14 days",
        count,
    ) % {"total": total, "count": count}
    if before:
        said = _("%(said)s, %(change)s on the 14 before") % {"said": said, "change": change_text(sold, before)}
    points = [
        Point(
            format_skeleton("MMMd", day.day, locale=locale_of()),
            max(day.total, 0),
            format_money(day.total, currency),
            now=day is sales[-1],
        )
        for day in sales
    ]
    return draw(title=said, unit=currency, points=points, label_heading=_("Day"), scale=10 ** exponent_of(currency))


def sales_chart(figures: SalesFigures, *, union: Union, span: Span) -> Chart:
    """A bar for each day, or each week of a long time; its title says what came of it."""
    words = {
        "total": format_money(figures.total.net, union.currency),
        "before": format_money(figures.before.net, union.currency),
        "days": span.days,
    }
    if figures.before.net:
        change = round((figures.total.net - figures.before.net) / abs(figures.before.net) * 100)
        more = _("%(total)s sold in %(days)d days, %(change)d %% more than before")
        less = _("%(total)s sold in %(days)d days, %(change)d %% less than before")
        title = (more if change >= 0 else less) % {**words, "change": abs(change)}
    else:
        title = ngettext("%(total)s sold in %(days)d day", "%(total)s sold in %(days)d days", span.days) % words
    bars = _bars(figures.days)
    unit = _("Sales a day, %(currency)s") if len(bars) == len(figures.days) else _("Sales a week, %(currency)s")
    return draw(
        title=title,
        unit=unit % {"currency": union.currency},
        points=[
            # Below zero there is nothing to draw: more went back than was sold.
            Point(
                day_label(day), max(sales.net, 0), format_money(sales.net, union.currency), now=index == len(bars) - 1
            )
            for index, (day, sales) in enumerate(bars)
        ],
        label_heading=_("Day"),
        scale=10 ** exponent_of(union.currency),
    )


def late_charts(figures: SalesFigures) -> list[Chart]:
    """What came late, on the day on which it was sold; none where nothing did, which a tile says in a word."""
    share = figures.total.in_time
    if not figures.total.late:
        return []
    title = _("%(share)s arrived in time") % {"share": share_text(share)}
    if figures.before.in_time is not None:
        title = _("%(share)s arrived in time, %(before)s before") % {
            "share": share_text(share),
            "before": share_text(figures.before.in_time),
        }
    bars = _bars(figures.days)
    return [
        draw(
            title=title,
            unit=_("Orders that came late, by the day of their sale"),
            points=[Point(day_label(day), sales.late, str(sales.late)) for day, sales in bars],
            label_heading=_("Day"),
        )
    ]


def state_ranking(figures: SalesFigures, waiting: Waiting) -> Ranking:
    """Where the orders of the time stand; the title says what waits at this moment, whenever it was sold."""
    title = ngettext("%(number)d order waits to be sent", "%(number)d orders wait to be sent", waiting.number)
    title %= {"number": waiting.number}
    if waiting.late:
        late = ngettext("%(late)d past its deadline", "%(late)d past their deadline", waiting.late)
        title = f"{title}, {late % {'late': waiting.late}}"
    states = [*SHOWN_STATES, Order.State.CANCELLED]
    points = [
        (str(state.label), getattr(figures.total, state.value), getattr(figures.before, state.value))
        for state in states
    ]
    return rank(
        title=title,
        unit=_("Orders of this time, as they stand now, and of the time before"),
        points=[
            Point(name, number, _("%(number)d (%(before)d before)") % {"number": number, "before": before})
            for name, number, before in points
        ],
        label_heading=_("State"),
    )


def share_rankings(
    rows: Sequence[tuple[str, int, int]], *, union: Union, heading: str, unit: str, without: str
) -> list[Ranking]:
    """Parts of the sales by name, the largest first; what has no name is called `without`. Empty without sales."""
    whole = sum(max(now, 0) for _name, now, _before in rows)
    if not whole:
        return []
    shown = [(name or without, now, before) for name, now, before in rows[:MOST_RANKED]]
    name, most, _before = shown[0]
    return [
        rank(
            title=_("Most was sold of: %(name)s (%(share)d %%)") % {"name": name, "share": round(100 * most / whole)},
            unit=unit,
            points=[
                Point(each, round(100 * max(now, 0) / whole, 1), _amount(now, before, union))
                for each, now, before in shown
            ],
            label_heading=heading,
        )
    ]


def goods_rows(goods: Sequence[GoodSold], union: Union) -> list[dict[str, Any]]:
    """Best goods for a table; `title`, `slug`, `store`, `pieces`, `back`, `net`, `before`, `change`."""
    return [
        {
            "title": good.title,
            "slug": good.slug,
            "store": good.store,
            "pieces": good.pieces,
            "back": good.back,
            "net": format_money(good.net, union.currency),
            "before": format_money(good.net_before, union.currency),
            "change": change_text(good.net, good.net_before) if good.net_before else _("new"),
        }
        for good in goods
    ]


def slow_rows(goods: Sequence[SlowGood], union: Union) -> list[dict[str, Any]]:
    """Goods that stand, for a table."""
    return [
        {
            "title": good.title,
            "slug": good.slug,
            "store": good.store,
            "since": good.since,
            "pieces": good.pieces,
            "before": good.before,
            "value": format_money(good.value, union.currency),
        }
        for good in goods
    ]


def cover_rankings(cover: StockCover) -> list[Ranking]:
    """What runs out first; empty where nothing that is counted has been sold lately."""
    if not cover.first:
        return []
    title = (
        ngettext("%(number)d good lasts less than a week", "%(number)d goods last less than a week", cover.short)
        % {"number": cover.short}
        if cover.short
        else _("Everything that sells lasts a week or longer")
    )
    if cover.short or cover.short_before:
        title = _("%(title)s; %(number)d at the pace of the %(days)d days before") % {
            "title": title,
            "days": COVER_DAYS,
            "number": cover.short_before,
        }
    return [
        rank(
            title=title,
            unit=_("Days that what is available lasts, at the pace of the last %(days)d days") % {"days": COVER_DAYS},
            points=[
                Point(
                    each.title,
                    round(min(each.days, DRAWN_DAYS), 1),
                    _lasts(each),
                    now=each.days < 7,
                )
                for each in cover.first
            ],
            label_heading=_("Product"),
        )
    ]


def settled_panel(found: Settled, *, union: Union, url: str = "") -> Panel:
    """What reached the sellers' accounts."""
    return Panel(
        name="settlement",
        title=_("Settlement"),
        figures=[
            money_figure(_("Paid out"), found.paid, found.paid_before, union),
            number_figure(_("Payouts"), found.payouts, found.payouts_before),
            Figure(
                _("Earned, not yet paid out"),
                format_money(found.unpaid, union.currency),
                _("goes with the next payouts"),
            ),
        ],
        url=url,
    )


def commission_figure(now: Sales, before: Sales, union: Union) -> Figure:
    """What the union takes of what was sold, by the rates frozen at the sale."""
    return money_figure(_("Commission"), now.commission, before.commission, union)


def store_rows(stores: Sequence[StoreSales], union: Union) -> list[dict[str, Any]]:
    """The stores of a union for a table, most sold first."""
    return [
        {
            "store_id": each.store_id,
            "name": each.name,
            "orders": each.now.orders,
            "net": format_money(each.now.net, union.currency),
            "change": change_text(each.now.net, each.before.net) if each.before.net else "–",
            "in_time": share_text(each.now.in_time),
            "back": format_money(each.now.taken_back, union.currency),
            "commission": format_money(each.now.commission, union.currency),
        }
        for each in stores
    ]


def days_head() -> list[str]:
    """The columns of the table of days."""
    return [
        _("Day"), _("Store"), _("Orders"), _("Pieces"), _("Pieces back"), _("Sold, minor units"),
        _("Taken back, minor units"), _("Sales, minor units"), _("Commission, minor units"), _("Cancelled"),
        _("In time"), _("Late"), _("Currency"),
    ]  # fmt: skip


def goods_head() -> list[str]:
    """The columns of the table of goods."""
    return [
        _("Store"), _("Product"), _("Pieces"), _("Pieces back"), _("Sales, minor units"), _("Pieces before"),
        _("Sales before, minor units"), _("Currency"),
    ]  # fmt: skip


def _bars(days: Sequence[tuple[date, Sales]]) -> list[tuple[date, Sales]]:
    if len(days) <= DAY_BARS:
        return list(days)
    weeks: dict[date, list[Sales]] = {}
    for day, sales in days:
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(sales)
    return [(monday, added(parts)) for monday, parts in weeks.items()]


def _days(days: float | None) -> str:
    return "–" if days is None else _("%(days).1f days") % {"days": days}


def _lasts(cover: Cover) -> str:
    if not cover.available:
        return _("sold out")
    days = int(cover.days)
    said = ngettext("%(days)d day (%(pieces)d left)", "%(days)d days (%(pieces)d left)", days)
    said %= {"days": days, "pieces": cover.available}
    if cover.days_before is None:
        return said
    return _("%(said)s, %(before)d before") % {"said": said, "before": int(cover.days_before)}


def _amount(now: int, before: int, union: Union) -> str:
    text = format_money(now, union.currency)
    return f"{text} ({change_text(now, before)})" if before else text
