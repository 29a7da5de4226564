"""Parcels in words: their events as a timeline, what is in them, pick lists and packing slips as papers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import LongTable, PageBreak, Spacer, TableStyle

from core.localized import localized
from core.pdf import cell, page_number, paper
from orders.models import Order, OrderLine, Shipment
from orders.queries.picking import Pick
from stores.models import Store

State = Shipment.State


def parcel_words(state: str) -> str:
    """Where a parcel is, in the shopper's words."""
    return {
        State.PENDING: _("Being handed to the carrier"),
        State.IN_TRANSIT: _("On its way"),
        State.OUT_FOR_DELIVERY: _("Out for delivery"),
        State.DELIVERED: _("Delivered"),
        State.FAILED: _("Could not be delivered"),
        State.RETURNED: _("Went back to the store"),
    }[State(state)]


def parcel_badge(state: str) -> str:
    """The kind of badge in which a parcel's state is shown."""
    return {
        State.PENDING: "",
        State.IN_TRANSIT: "brand",
        State.OUT_FOR_DELIVERY: "live-badge",
        State.DELIVERED: "success",
        State.FAILED: "danger",
        State.RETURNED: "warning",
    }[State(state)]


def events_shown(parcel: Shipment, *, for_staff: bool = False) -> list[dict[str, Any]]:
    """What was told of a parcel, the newest last, for components/timeline.html."""
    events = list(parcel.events.all())
    shown = []
    for event in events:
        words = [event.place, event.words]
        if for_staff:
            words += [str(event.actor or ""), event.get_source_display()]
        is_last = event is events[-1] and not parcel.has_ended
        shown.append(
            {
                "title": parcel_words(event.state),
                "time": event.at,
                "text": " · ".join(word for word in words if word),
                "state": "now" if is_last else "done",
            }
        )
    return shown


def parcels_shown(order: Order) -> list[dict[str, Any]]:
    """An order's parcels for its shopper. Reads lines, parcels, their lines and events that were prefetched."""
    lines = {line.pk: line for line in order.lines.all()}
    return [
        {
            "parcel": parcel,
            "state": parcel_words(parcel.state),
            "badge": parcel_badge(parcel.state),
            "rows": [{"quantity": row.quantity, "title": lines[row.order_line_id].title} for row in parcel.lines.all()],
            "moments": events_shown(parcel),
        }
        for parcel in order.shipments.all()
    ]


def slip_lines(order: Order, pieces: Mapping[int, int] | None = None) -> list[dict[str, Any]]:
    """What a packing slip lists: `pieces` of a parcel by line, else what is still to go, else what was bought."""
    goods = [line for line in order.lines.all() if line.kind == OrderLine.Kind.GOODS]
    if pieces is None:
        pieces = {line.pk: max(getattr(line, "to_go", 0), 0) for line in goods}
        if not any(pieces.values()):
            pieces = {line.pk: line.quantity - line.cancelled for line in goods}
    return [{"line": line, "quantity": pieces[line.pk]} for line in goods if pieces.get(line.pk)]


def pick_list_pdf(store: Store, picks: Sequence[Pick], orders: Sequence[Order]) -> bytes:
    """What to fetch from the shelves for these orders, as a PDF file."""
    out = io.BytesIO()
    document = paper(out, title=_("Pick list"), author=store.name)
    heading = ["☐", _("Pieces"), _("Shelf"), _("Stock keeping unit"), _("Title"), _("For orders")]
    rows = [
        [
            cell(""),
            cell(pick.quantity, right=True, bold=True, size=11),
            cell(pick.shelf),
            cell(pick.sku),
            cell(f"{pick.title}, {pick.options}" if pick.options else pick.title),
            cell(", ".join(f"{number} ({pieces})" for number, pieces in pick.orders), size=7),
        ]
        for pick in picks
    ]
    story: list[Any] = [
        cell(_("Pick list"), bold=True, size=16),
        cell(f"{localized(store, 'name')} · {_('%(count)d orders') % {'count': len(orders)}}"),
        Spacer(1, 5 * mm),
        _table(heading, rows, [document.width * share for share in (0.05, 0.1, 0.1, 0.18, 0.32, 0.25)]),
    ]
    document.build(story, onFirstPage=page_number, onLaterPages=page_number)
    return out.getvalue()


def slips_pdf(store: Store, orders: Sequence[Order]) -> bytes:
    """A packing slip per order, each on a page of its own."""
    out = io.BytesIO()
    document = paper(out, title=_("Packing slips"), author=store.name)
    story: list[Any] = []
    for order in orders:
        if story:
            story.append(PageBreak())
        story += _slip(store, order, document.width)
    document.build(story, onFirstPage=page_number, onLaterPages=page_number)
    return out.getvalue()


def _slip(store: Store, order: Order, width: float) -> list[Any]:
    purchase = order.purchase
    street = ", ".join(part for part in (store.street, f"{store.postal_code} {store.city}".strip()) if part)
    who = [purchase.recipient]
    if order.delivery_kind == "delivery":
        town = f"{purchase.postal_code} {purchase.city}".strip()
        who += [purchase.line1, purchase.line2, town, purchase.region, purchase.country]
    rows = [
        [cell(""), cell(row["quantity"], right=True), cell(row["line"].sku), cell(_titled(row["line"]))]
        for row in slip_lines(order)
    ]
    story: list[Any] = [
        cell(localized(store, "name"), bold=True),
        cell(street),
        Spacer(1, 6 * mm),
        cell(f"{_('Packing slip')} {order.number}", bold=True, size=15),
        Spacer(1, 4 * mm),
        *(cell(line, size=11) for line in (*who, purchase.phone) if line),
        Spacer(1, 4 * mm),
        cell(order.delivery_name or order.get_delivery_kind_display()),
        Spacer(1, 4 * mm),
        _table(
            [_("Packed"), _("Pieces"), _("Stock keeping unit"), _("Title")],
            rows,
            [width * share for share in (0.12, 0.1, 0.23, 0.55)],
        ),
    ]
    for words, said in ((_("Day and time wished for"), order.wish), (_("A word from the shopper"), purchase.note)):
        if said:
            story += [Spacer(1, 3 * mm), cell(f"{words}: {said}")]
    return story


def _titled(line: OrderLine) -> str:
    return f"{line.title}, {line.options}" if line.options else line.title


def _table(heading: list[str], rows: list[list[Any]], widths: list[float]) -> LongTable:
    head = [cell("" if title == "☐" else title, bold=True, right=title == _("Pieces")) for title in heading]
    table = LongTable([head, *rows], colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
                ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.lightgrey),
                ("BOX", (0, 1), (0, -1), 0.4, colors.grey),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table
