"""Orders as pages, mails and receipts show them: timelines, parcels, tax by rate."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import LongTable, Spacer, TableStyle

from core.localized import localized
from core.money import format_money, locale_of, tax_inside
from core.pdf import cell, page_number, paper
from orders.models import Order, OrderLine, Purchase
from orders.queries.pickup import PickupPlace
from orders.queries.shopper import awaits_time
from orders.services.moving import is_open

State = Order.State


def order_shown(
    order: Order,
    purchase: Purchase,
    places: Mapping[int, PickupPlace],
    stars: Mapping[tuple[str, int | None], int] | None = None,
) -> dict[str, Any]:
    """One store's order for the tracking page and the receipt.

    `places` by store: where it is picked up; `stars` as of `orders.queries.shopper.stars_given`.
    """
    union = purchase.union
    keys = {"union": union.slug, "token": purchase.token, "number": order.number}
    return {
        "order": order,
        "store": localized(order.store, "name"),
        "store_url": reverse("shop:store", kwargs={"union": union.slug, "store": order.store.slug}),
        "lines": [_line_shown(line, order, purchase, stars or {}) for line in order.lines.all()],
        "goods": format_money(order.goods_total, order.currency),
        "delivery": format_money(order.delivery_total, order.currency) if order.delivery_total else _("free"),
        "tax": format_money(order.tax_total, order.currency),
        "total": format_money(order.total, order.currency),
        "moments": moments_of(order),
        "badge": badge_of(order.state),
        "state": state_words(order),
        "awaits_time": awaits_time(order),
        "place": places.get(order.store_id) if order.delivery_kind == "pickup" else None,
        "shipments": list(order.shipments.all()),
        "is_open": order.state not in (State.DELIVERED, State.COMPLETED, State.CANCELLED),
        "cancel_url": reverse("orders:cancel", kwargs=keys) if is_open(order=order, move="cancel") else "",
        "received_url": reverse("orders:received", kwargs=keys) if is_open(order=order, move="deliver") else "",
    }


def _line_shown(
    line: OrderLine, order: Order, purchase: Purchase, stars: Mapping[tuple[str, int | None], int]
) -> dict[str, Any]:
    product = line.variant.product if line.variant else None
    union = purchase.union.slug
    address = review_url = said = ""
    if product is not None:
        address = reverse("shop:product", kwargs={"union": union, "store": order.store.slug, "product": product.slug})
        given = stars.get((order.number, product.pk))
        if given:
            said = ngettext("You gave %(count)d star", "You gave %(count)d stars", given) % {"count": given}
        elif can_be_reviewed(order, purchase):
            keys = {"union": union, "token": purchase.token, "number": order.number, "line": line.pk}
            review_url = reverse("orders:write_review", kwargs=keys)
    return {
        "line": line,
        "url": address,
        "review_url": review_url,
        "said": said,
        "picture": f"{settings.MEDIA_URL}{line.cover}" if line.cover else "",
        "unit": format_money(line.unit_price, order.currency),
        "total": format_money(line.total, order.currency),
    }


def can_be_reviewed(order: Order, purchase: Purchase) -> bool:
    """Whether the buyer has it. Imported orders are history."""
    return purchase.origin != Purchase.Origin.IMPORT and order.state in (State.DELIVERED, State.COMPLETED)


def moments_of(order: Order) -> list[dict[str, Any]]:
    """The way of an order for components/timeline.html: what has been, what is now, what is still to come."""
    been = {change.to_state: change for change in order.changes.all()}
    if order.state == State.CANCELLED:
        return [
            {"title": moment_words(state, order), "time": change.at, "text": change.note, "state": "done"}
            for state, change in been.items()
        ]
    way = [State.PAID, State.ACCEPTED, State.PACKED]
    way += [State.SHIPPED, State.DELIVERED] if order.delivery_kind == "delivery" else [State.DELIVERED]
    reached = [state for state in way if state in been]
    last = reached[-1] if reached else None
    moments = []
    for state in way:
        change = been.get(state)
        is_last = state == last and order.state not in (State.DELIVERED, State.COMPLETED)
        moments.append(
            {
                "title": moment_words(state, order),
                "time": change.at if change else None,
                "text": "",
                "state": "now" if is_last else "done" if change else "",
            }
        )
    return moments


def moment_words(state: str, order: Order) -> str:
    """A step in the shopper's words."""
    is_pickup = order.delivery_kind == "pickup"
    return {
        State.PLACED: _("Placed"),
        State.PAID: _("Paid"),
        State.ACCEPTED: _("Accepted by the store"),
        State.PACKED: _("Ready to be picked up") if is_pickup else _("Packed"),
        State.SHIPPED: _("On its way"),
        State.DELIVERED: _("Picked up") if is_pickup else _("Delivered"),
        State.COMPLETED: _("Completed"),
        State.CANCELLED: _("Cancelled"),
    }[State(state)]


def state_words(order: Order) -> str:
    """Where an order is now, in the shopper's words."""
    if order.state == State.PLACED:
        return _("Waiting for the bank")
    if order.state == State.PAID:
        return _("Paid, the store will accept it soon")
    return moment_words(order.state, order)


def badge_of(state: str) -> str:
    """The kind of badge in which a state is shown."""
    return {
        State.PLACED: "warning",
        State.PAID: "brand",
        State.ACCEPTED: "brand",
        State.PACKED: "brand",
        State.SHIPPED: "live-badge",
        State.DELIVERED: "success",
        State.COMPLETED: "success",
        State.CANCELLED: "",
    }[State(state)]


def tax_rows(order: Order) -> list[dict[str, Any]]:
    """Per rate: percent, net, tax and gross of lines and delivery, as they were frozen."""
    gross: dict[int, int] = defaultdict(int)
    tax: dict[int, int] = defaultdict(int)
    for line in order.lines.all():
        gross[line.tax_bp] += line.total
        tax[line.tax_bp] += line.tax
    if order.delivery_total:
        gross[order.delivery_tax_bp] += order.delivery_total
        tax[order.delivery_tax_bp] += tax_inside(order.delivery_total, order.delivery_tax_bp)
    return [
        {
            "percent": f"{rate / 100:g} %",
            "net": format_money(gross[rate] - tax[rate], order.currency),
            "tax": format_money(tax[rate], order.currency),
            "gross": format_money(gross[rate], order.currency),
        }
        for rate in sorted(gross)
    ]


def bill_words(state: str) -> dict[str, Any]:
    """A bill's state (orders.queries.bills.bill_state) as code, words and kind of badge."""
    words, badge = {
        "asked": (_("Waiting for the customer"), "warning"),
        "confirming": (_("Waiting for the bank"), "warning"),
        "collecting": (_("Being collected"), "brand"),
        "paid": (_("Paid"), "success"),
        "settled": (_("Paid and settled"), "success"),
        "refused": (_("The bank declined"), "danger"),
        "withdrawn": (_("Withdrawn"), ""),
        "expired": (_("Not paid in time"), ""),
    }[state]
    return {"state": state, "words": words, "badge": badge}


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
    total = format_money(sum(order.total for order in orders), money)
    tax = format_money(sum(order.tax_total for order in orders), money)
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
    ]
    delivery = format_money(order.delivery_total, order.currency) if order.delivery_total else _("free")
    rows.append([cell(order.delivery_name), "", "", cell(delivery, right=True)])
    foot = [cell(_("Total"), bold=True), "", "", cell(format_money(order.total, order.currency), right=True, bold=True)]
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
