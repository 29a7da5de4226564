"""What a purchase's receipt says: who sold, what was bought, the tax of each rate."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import LongTable, Spacer, TableStyle

from core.localized import localized
from core.money import format_money, locale_of, tax_inside
from core.pdf import cell, page_number, paper
from orders.models import Order, Purchase
from orders.presenting.orders import credits_shown


def kept_tax(order: Order) -> int:
    """The tax in what the order still comes to."""
    return order.tax_total - sum(note.tax for note in order.credits.all())


def tax_rows(order: Order) -> list[dict[str, Any]]:
    """Per rate: percent, net, tax and gross of lines and delivery, as they were frozen, less what went back."""
    gross: dict[int, int] = defaultdict(int)
    tax: dict[int, int] = defaultdict(int)
    # A line that came in the place of another has its price taken off what went back for that one.
    for line in order.lines.all():
        gross[line.tax_bp] += line.total
        tax[line.tax_bp] += line.tax
    if order.delivery_total:
        gross[order.delivery_tax_bp] += order.delivery_total
        tax[order.delivery_tax_bp] += tax_inside(order.delivery_total, order.delivery_tax_bp)
    for note in order.credits.all():
        for part in note.lines.all():
            gross[part.order_line.tax_bp] -= part.amount
            tax[part.order_line.tax_bp] -= part.tax
        if note.delivery:
            gross[order.delivery_tax_bp] -= note.delivery
            tax[order.delivery_tax_bp] -= tax_inside(note.delivery, order.delivery_tax_bp)
    return [
        {
            "percent": f"{rate / 100:g} %",
            "net": format_money(gross[rate] - tax[rate], order.currency),
            "tax": format_money(tax[rate], order.currency),
            "gross": format_money(gross[rate], order.currency),
        }
        for rate in sorted(gross)
    ]


def receipted(orders: Iterable[Order]) -> list[Order]:
    """Those of a purchase's orders that are on its receipt: paid, and not cancelled."""
    return [order for order in orders if order.state not in Order.NOT_SOLD]


def seller_lines(order: Order) -> list[str]:
    """Who sold, as a receipt says it: legal name and registered address, then its numbers, as they were at the sale."""
    numbers = [_("Registration number: %(number)s") % {"number": order.seller_registration}]
    if order.seller_tax_number:
        numbers.append(_("Tax number: %(number)s") % {"number": order.seller_tax_number})
    named = ", ".join(part for part in (order.seller_name, order.seller_address) if part)
    return [_("Sold by %(seller)s") % {"seller": named}, " · ".join(numbers)]


def receipt_pdf(purchase: Purchase, orders: Sequence[Order]) -> bytes:
    """The receipt of these orders as a PDF file: per store who sold, what was bought, and the tax of each rate."""
    union, money = purchase.union, purchase.currency
    out = io.BytesIO()
    document = paper(out, title=f"{_('Receipt')} {purchase.number}", author=union.name)
    day = purchase.placed_at.astimezone(ZoneInfo(union.time_zone))
    address = ", ".join(
        part for part in (purchase.line1, purchase.line2, f"{purchase.postal_code} {purchase.city}".strip()) if part
    )
    sold_by = ", ".join(part for part in (localized(union, "name"), union.contact_address) if part)
    facts = [
        (_("Purchase"), purchase.number),
        (_("Date"), format_date(day, "long", locale=locale_of())),
        (_("For"), ", ".join(part for part in (purchase.recipient, address) if part)),
        (_("Bought at"), sold_by),
    ]
    story: list[Any] = [
        cell(_("Receipt"), bold=True, size=16),
        Spacer(1, 4 * mm),
        LongTable([[cell(name), cell(value)] for name, value in facts], colWidths=[40 * mm, None], hAlign="LEFT"),
    ]
    for order in orders:
        story += [Spacer(1, 7 * mm), cell(localized(order.store, "name"), bold=True, size=12), cell(order.number)]
        story += [cell(line) for line in seller_lines(order)]
        story += [Spacer(1, 2 * mm), _goods_table(order, document.width), Spacer(1, 3 * mm)]
        story.append(_tax_table(order, document.width))
    total = format_money(sum(order.kept_total for order in orders), money)
    tax = format_money(sum(map(kept_tax, orders)), money)
    sums = [
        [cell(_("Tax included")), cell(tax, right=True)],
        [cell(_("Paid"), bold=True, size=11), cell(total, right=True, bold=True, size=11)],
    ]
    story += [Spacer(1, 7 * mm), LongTable(sums, colWidths=[document.width * 0.7, document.width * 0.3])]
    document.build(story, onFirstPage=page_number, onLaterPages=page_number)
    return out.getvalue()


def _goods_table(order: Order, width: float) -> LongTable:
    heading = [_("What"), _("Quantity"), _("Each"), _("Amount")]
    rows: list[list[Any]] = [
        [
            cell(f"{line.title}, {line.options}" if line.options else line.title),
            cell(line.quantity, right=True),
            cell(format_money(line.unit_price, order.currency), right=True),
            cell(format_money(line.total, order.currency), right=True),
        ]
        for line in order.lines.all()
        if line.instead_of_id is None
    ]
    delivery = format_money(order.delivery_total, order.currency) if order.delivery_total else _("free")
    rows.append([cell(order.delivery_name), "", "", cell(delivery, right=True)])
    for item in credits_shown(order):
        note = item["credit"]
        words = f"{_('Given back')} {note.number}: {item['what'] or item['title']}"
        rows.append([cell(words), "", "", cell(format_money(-note.total, order.currency), right=True)])
    kept = format_money(order.kept_total, order.currency)
    foot = [cell(_("Total"), bold=True), "", "", cell(kept, right=True, bold=True)]
    return _lined([heading, *rows, foot], [width * share for share in (0.52, 0.12, 0.18, 0.18)], foot=True)


def _tax_table(order: Order, width: float) -> LongTable:
    rows = [
        [cell(rate["percent"]), *(cell(rate[name], right=True) for name in ("net", "tax", "gross"))]
        for rate in tax_rows(order)
    ]
    heading = [_("Tax included"), _("Net"), _("Tax"), _("Gross")]
    return _lined([heading, *rows], [width * share for share in (0.46, 0.18, 0.18, 0.18)])


def _lined(rows: list[list[Any]], widths: list[float], *, foot: bool = False) -> LongTable:
    heading = [cell(title, right=place > 0, bold=True) for place, title in enumerate(rows[0])]
    table = LongTable([heading, *rows[1:]], colWidths=widths, repeatRows=1)
    lines: list[Any] = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.lightgrey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ]
    if foot:
        lines.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black))
    table.setStyle(TableStyle(lines))
    return table
