"""The daily check as a whole: orders against payments, stock against its movements, then all that payments compares."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from core.money import format_money
from orders.models import Bill, CreditNote, Order, Purchase
from orders.queries.figures_check import days_that_differ
from orders.queries.visits_check import visit_days_that_differ
from payments.models import CheckReport
from payments.services.compare_books import compare_books
from payments.services.findings import Findings, one_snapshot
from payments.services.reports import keep_report
from stores.models import Store
from stores.queries.stock import stock_differences
from stores.queries.urgent import urgent_differences
from unions.models import Union


class Check(Protocol):
    """Looks at one union and notes what differs."""

    def __call__(self, *, union: Union, findings: Findings, now: datetime) -> None: ...


further_checks: list[Check] = []
"""What higher apps compare of their own in the same night; they register it when they are ready."""
paid_elsewhere: list[str] = []
"""How the references of payments begin that belong to higher apps (`dues:`); their own check looks after those."""

UNDER_WAY = timedelta(minutes=10)
"""What was decided less than this ago may still be on its way from one app to the other."""


def check_union(*, union: Union, now: datetime) -> CheckReport:
    """Compare everything in a union, keep the report and mail the office what differs. Changes nothing else."""
    with translation.override(union.default_language), one_snapshot():
        findings = compare_books(union=union, now=now)
        _compare_totals(union, findings)
        _compare_states(union, findings, now=now)
        _compare_credits(union, findings, now=now)
        _find_orphans(union, findings, now=now)
        _compare_bills(union, findings)
        _compare_stock(union, findings)
        _compare_figures(union, findings, now=now)
        _compare_visitors(union, findings, now=now)
        _compare_parcels(union, findings)
        for check in further_checks:
            check(union=union, findings=findings, now=now)
    return keep_report(union=union, findings=findings, now=now)


# Imported orders are history: they were paid elsewhere.
_TOTALS = """
SELECT purchase.number, purchase.currency, purchase.total, coalesce(sum(orders.total), 0), request.amount
FROM orders_purchase AS purchase
LEFT JOIN orders_order AS orders ON orders.purchase_id = purchase.id
LEFT JOIN payments_paymentrequest AS request
    ON request.union_id = purchase.union_id AND request.reference = purchase.number
WHERE purchase.union_id = %(union)s AND purchase.origin <> 'import'
GROUP BY purchase.id, request.id
HAVING purchase.total <> coalesce(sum(orders.total), 0) OR purchase.total <> coalesce(request.amount, 0)
"""
_STATES = """
SELECT orders.number, orders.state, orders.currency, orders.total, split.amount, split.state, split.captured,
    split.refunded + split.refunding
FROM orders_order AS orders
JOIN orders_purchase AS purchase ON purchase.id = orders.purchase_id AND purchase.origin <> 'import'
LEFT JOIN payments_paymentsplit AS split ON split.union_id = orders.union_id AND split.reference = orders.number
LEFT JOIN payments_paymentrequest AS request ON request.id = split.request_id
WHERE orders.union_id = %(union)s AND orders.total > 0 AND (
    split.id IS NULL OR split.amount <> orders.total
    OR orders.changed_at < %(before)s AND NOT coalesce(CASE
        WHEN orders.state = 'placed' THEN request.state = 'created'
        WHEN orders.state = 'paid' THEN split.authorized = split.amount AND split.voided = 0
        WHEN orders.state = 'completed' THEN split.state = 'captured' AND (
            split.captured = split.refunded
            OR EXISTS (SELECT 1 FROM payments_earning WHERE split_id = split.id AND kind = 'sale'))
        WHEN orders.state = 'cancelled' THEN
            split.authorized = 0 OR split.state IN ('voiding', 'voided')
            OR split.state = 'captured' AND split.captured = split.refunded + split.refunding
        ELSE split.state = 'captured'
    END, false)
)
ORDER BY orders.id
"""
# A cancelled order gives all of the rest back at once; what its notes had not asked for is in that.
_CREDITS = """
SELECT orders.number, orders.currency, orders.given_back, coalesce(noted.total, 0), coalesce(noted.asked, 0),
    coalesce(noted.refunded, 0)
FROM orders_order AS orders
LEFT JOIN (
    SELECT note.order_id, sum(note.total) AS total, sum(note.total) FILTER (WHERE note.asked_at IS NOT NULL) AS asked,
        sum(refund.amount) AS refunded,
        bool_or(note.asked_at IS NULL AND note.total > 0 AND note.at < %(before)s) AS waits
    FROM orders_creditnote AS note LEFT JOIN payments_refund AS refund
        ON refund.union_id = note.union_id AND refund.reference = 'credit-' || note.number
    WHERE note.union_id = %(union)s GROUP BY note.order_id
) AS noted ON noted.order_id = orders.id
WHERE orders.union_id = %(union)s AND (orders.given_back > 0 OR noted.order_id IS NOT NULL) AND (
    orders.given_back <> coalesce(noted.total, 0)
    OR orders.changed_at < %(before)s AND coalesce(noted.asked, 0) <> coalesce(noted.refunded, 0)
    OR noted.waits AND orders.state NOT IN ('paid', 'cancelled')
)
ORDER BY orders.id
"""
_ORPHANS = """
SELECT request.number, request.currency, request.amount
FROM payments_paymentrequest AS request
LEFT JOIN orders_purchase AS purchase
    ON purchase.union_id = request.union_id AND purchase.number = request.reference
LEFT JOIN orders_bill AS bill
    ON bill.union_id = request.union_id AND bill.number = split_part(request.reference, '/', 1)
WHERE request.union_id = %(union)s AND purchase.id IS NULL AND bill.id IS NULL
    AND NOT request.reference LIKE ANY(%(elsewhere)s) AND request.created_at < %(before)s
ORDER BY request.id
"""
# A refused attempt holds nothing, a settled bill was earned (or given back before), a withdrawn one is not paid.
_BILLS = """
SELECT bill.number, request.currency, request.amount, split.captured, split.refunded + split.refunding
FROM orders_bill AS bill
JOIN payments_paymentrequest AS request ON request.id = bill.payment_id
JOIN payments_paymentsplit AS split ON split.request_id = request.id
WHERE bill.union_id = %(union)s AND (
    bill.withdrawn_at IS NOT NULL AND split.captured > 0
    OR bill.settled_at IS NOT NULL AND split.captured > split.refunded AND NOT EXISTS (
        SELECT 1 FROM payments_earning WHERE split_id = split.id AND kind = 'sale')
    OR EXISTS (
        SELECT 1 FROM payments_paymentrequest AS earlier
        JOIN payments_paymentsplit AS paid ON paid.request_id = earlier.id AND paid.captured > 0
        WHERE earlier.union_id = bill.union_id AND earlier.id <> request.id
            AND split_part(earlier.reference, '/', 1) = bill.number)
)
ORDER BY bill.id
"""
# What is called off has not left, and nothing leaves twice.
_PARCELS = """
SELECT orders.number, line.sku, line.quantity - line.cancelled, sum(inside.quantity)
FROM orders_shipmentline AS inside
JOIN orders_shipment AS parcel ON parcel.id = inside.shipment_id AND parcel.state <> 'returned'
JOIN orders_orderline AS line ON line.id = inside.order_line_id
JOIN orders_order AS orders ON orders.id = line.order_id
WHERE inside.union_id = %(union)s
GROUP BY orders.id, line.id HAVING sum(inside.quantity) > line.quantity - line.cancelled
ORDER BY line.id
"""


def _rows(sql: str, union: Union, **more: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"union": union.pk, **more})
        return cursor.fetchall()


def _compare_totals(union: Union, findings: Findings) -> None:
    """A purchase is the sum of its orders, and that is what was asked of the payer."""
    for number, currency, total, orders, asked in _rows(_TOTALS, union):
        findings.add(
            "purchase_total",
            _("Purchase %(number)s is %(total)s, its orders add up to %(orders)s and %(asked)s was asked for.")
            % {
                "number": number,
                "total": format_money(total, currency),
                "orders": format_money(orders, currency),
                "asked": format_money(asked or 0, currency),
            },
        )
    findings.counted["purchases"] = Purchase.objects.filter(union=union).count()


def _compare_states(union: Union, findings: Findings, *, now: datetime) -> None:
    """Delivered orders are paid for, cancelled ones hold nobody's money, completed ones were earned."""
    rows = _rows(_STATES, union, before=now - UNDER_WAY)
    for number, state, currency, total, amount, money_state, captured, refunded in rows:
        findings.add(
            "order_payment",
            _(
                "Order %(number)s (%(state)s) is %(total)s; its part of the payment is %(amount)s (%(money)s): "
                "captured %(captured)s, given back %(refunded)s."
            )
            % {
                "number": number,
                "state": Order.State(state).label,
                "total": format_money(total, currency),
                "amount": format_money(amount or 0, currency),
                "money": money_state or "—",
                "captured": format_money(captured or 0, currency),
                "refunded": format_money(refunded or 0, currency),
            },
        )
    findings.counted["orders"] = Order.objects.filter(union=union).count()


def _compare_credits(union: Union, findings: Findings, *, now: datetime) -> None:
    """What an order gave back is the sum of its credit notes, and each of them is one refund."""
    for number, currency, given, noted, asked, refunded in _rows(_CREDITS, union, before=now - UNDER_WAY):
        findings.add(
            "order_credits",
            _(
                "Order %(number)s gives back %(given)s; its credit notes add up to %(noted)s, of which %(asked)s was "
                "asked for and %(refunded)s refunded."
            )
            % {
                "number": number,
                "given": format_money(given, currency),
                "noted": format_money(noted, currency),
                "asked": format_money(asked, currency),
                "refunded": format_money(refunded, currency),
            },
        )
    findings.counted["credit notes"] = CreditNote.objects.filter(union=union).count()


def _find_orphans(union: Union, findings: Findings, *, now: datetime) -> None:
    """Nobody pays without a purchase."""
    for number, currency, amount in _rows(
        _ORPHANS, union, before=now - UNDER_WAY, elsewhere=[f"{start}%" for start in paid_elsewhere]
    ):
        findings.add(
            "payment_without_purchase",
            _("Payment %(number)s over %(amount)s belongs to no purchase.")
            % {"number": number, "amount": format_money(amount, currency)},
        )


def _compare_bills(union: Union, findings: Findings) -> None:
    """What stores asked of customers is paid once and earned once, or not at all."""
    for number, currency, amount, captured, refunded in _rows(_BILLS, union):
        findings.add(
            "bill",
            _("Bill %(number)s over %(amount)s: captured %(captured)s, given back %(refunded)s.")
            % {
                "number": number,
                "amount": format_money(amount, currency),
                "captured": format_money(captured, currency),
                "refunded": format_money(refunded, currency),
            },
        )
    findings.counted["bills"] = Bill.objects.filter(union=union).count()


def _compare_parcels(union: Union, findings: Findings) -> None:
    """No more pieces have left than were bought and not called off."""
    for number, sku, bought, left in _rows(_PARCELS, union):
        findings.add(
            "parcels",
            _("Order %(number)s, %(sku)s: %(left)d pieces have left, %(bought)d could.")
            % {"number": number, "sku": sku, "left": left, "bought": bought},
        )


def _compare_stock(union: Union, findings: Findings) -> None:
    """Levels are what their movements and holds add up to."""
    for found in stock_differences(union):
        findings.add(
            "stock",
            _(
                "%(sku)s: on hand %(on_hand)d, by its movements %(moved)d; reserved %(held)d, by its movements "
                "%(moved_held)d, by what carts hold %(holds)d."
            )
            % {
                "sku": found.sku,
                "on_hand": found.on_hand,
                "moved": found.moved_on_hand,
                "held": found.held,
                "moved_held": found.moved_held,
                "holds": found.holds,
            },
        )
    for sale in urgent_differences(union):
        findings.add(
            "stock",
            _(
                "Urgent sale %(ref)s: claimed %(held)d, explained %(explained)d; sold %(sold)d, booked %(booked)d; "
                "set aside %(aside)d, on the shelf %(shelf)d."
            )
            % {
                "ref": sale.ref,
                "held": sale.held,
                "explained": sale.claimed_and_unbooked,
                "sold": sale.sold,
                "booked": sale.booked,
                "aside": sale.set_aside,
                "shelf": sale.on_shelf,
            },
        )


def _compare_figures(union: Union, findings: Findings, *, now: datetime) -> None:
    """What pages of figures read is what the orders say. `manage.py figures --anew` puts it right."""
    compared, differing = days_that_differ(union, before=now - UNDER_WAY)
    names = Store.objects.filter(union=union).in_bulk([found.store_id for found in differing])
    words = {
        "sales": _("%(store)s: the figures kept of sales on %(day)s are not those of its orders."),
        "goods": _("%(store)s: the figures kept of goods sold on %(day)s are not those of its orders."),
        "weeks": _("%(store)s: the goods sold in the week from %(day)s are not the sum of its days."),
    }
    for found in differing:
        findings.add("figures", words[found.of] % {"store": names[found.store_id].name, "day": found.day.isoformat()})
    findings.counted["days of figures"] = compared


def _compare_visitors(union: Union, findings: Findings, *, now: datetime) -> None:
    """What pages of visitors read is what the browsing record says, as far back as it is kept."""
    compared, differing = visit_days_that_differ(union, before=now - UNDER_WAY, now=now)
    words = {
        "visitors": _("The figures kept of visitors on %(day)s are not those of the browsing record."),
        "goods": _("The figures kept of goods looked at on %(day)s are not those of the browsing record."),
        "searches": _("The figures kept of searches on %(day)s are not those of the browsing record."),
    }
    for found in differing:
        findings.add("visitors", words[found.of] % {"day": found.day.isoformat()})
    findings.counted["days of visitors"] = compared
