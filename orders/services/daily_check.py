"""The daily check as a whole: orders against payments, stock against its movements, then all that payments compares."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from core.money import format_money
from orders.models import Bill, Order, Purchase
from payments.models import CheckReport
from payments.services.compare_books import compare_books
from payments.services.findings import Findings, one_snapshot
from payments.services.reports import keep_report
from stores.queries.stock import stock_differences
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
        _find_orphans(union, findings, now=now)
        _compare_bills(union, findings)
        _compare_stock(union, findings)
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
