"""The proof that kept figures are those of the orders, of their credit notes and of the books of payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.statements import rows_of
from orders.queries.figures_sql import PRODUCT_COLUMNS, STORE_COLUMNS
from unions.models import Union

DAYS_AT_ONCE = 5_000
_STATES = ("paid", "accepted", "packed", "shipped", "delivered", "completed", "cancelled")

# All days there are, but for those that are to be counted anew anyway, now or once an event is handled that waits, and
# those with an order that has just moved.
_DAYS = """
SELECT DISTINCT o.store_id, (o.placed_at AT TIME ZONE %(zone)s)::date AS day FROM orders_order AS o
WHERE o.union_id = %(union)s
UNION SELECT store_id, day FROM orders_storeday WHERE union_id = %(union)s
EXCEPT SELECT store_id, day FROM orders_touchedday WHERE union_id = %(union)s
EXCEPT SELECT o.store_id, (o.placed_at AT TIME ZONE %(zone)s)::date FROM orders_order AS o
    WHERE o.union_id = %(union)s AND o.changed_at >= %(before)s
EXCEPT SELECT o.store_id, (o.placed_at AT TIME ZONE %(zone)s)::date FROM core_outboxevent AS event
    JOIN orders_order AS o ON event.aggregate = 'order:' || o.id
    WHERE event.delivered_at IS NULL AND o.union_id = %(union)s
EXCEPT SELECT o.store_id, (o.placed_at AT TIME ZONE %(zone)s)::date FROM core_outboxevent AS event
    JOIN orders_return AS came ON event.aggregate = 'return:' || came.id
    JOIN orders_order AS o ON o.id = came.order_id
    WHERE event.delivered_at IS NULL AND o.union_id = %(union)s
EXCEPT SELECT o.store_id, (o.placed_at AT TIME ZONE %(zone)s)::date FROM core_outboxevent AS event
    JOIN payments_paymentsplit AS part ON event.aggregate = 'payment-split:' || part.id
    JOIN orders_bill AS bill ON bill.payment_id = part.request_id
    JOIN orders_return AS came ON came.bill_id = bill.id JOIN orders_order AS o ON o.id = came.replacement_id
    WHERE event.delivered_at IS NULL AND o.union_id = %(union)s
ORDER BY 1, 2
"""

# Orders of the days asked for, and per order what the books of payments say is kept of it. Nothing is asked here by the
# statements that keep the figures: what is collected, refunded and noted down is added up from those rows themselves.
_BOOKS = """
WITH asked AS MATERIALIZED (
    SELECT store_id, day FROM unnest(%(stores)s::bigint[], %(days)s::date[]) AS asked(store_id, day)
), business AS MATERIALIZED (
    SELECT o.* FROM (
        SELECT o.*, (o.placed_at AT TIME ZONE %(zone)s)::date AS day FROM orders_order AS o
        WHERE o.union_id = %(union)s AND o.store_id = ANY(%(stores)s::bigint[])
            AND o.placed_at BETWEEN (SELECT min(day) - 1 FROM asked) AND (SELECT max(day) + 2 FROM asked)
    ) AS o JOIN asked USING (store_id, day)
    WHERE o.state <> 'placed' AND (o.state <> 'cancelled' OR NOT EXISTS (
        SELECT FROM orders_orderchange AS step
        WHERE step.order_id = o.id AND step.from_state = 'placed' AND step.to_state = 'cancelled'
    ))
), noted AS (
    SELECT note.order_id, sum(note.total) AS total, sum(note.total) FILTER (WHERE refund.id IS NULL) AS waiting
    FROM orders_creditnote AS note LEFT JOIN payments_refund AS refund
        ON refund.union_id = note.union_id AND refund.reference = 'credit-' || note.number
    WHERE note.union_id = %(union)s AND note.order_id IN (SELECT id FROM business) GROUP BY note.order_id
), part AS (
    SELECT o.id AS order_id, split.id, split.captured, split.commission_bp
    FROM business AS o JOIN payments_paymentsplit AS split
        ON split.union_id = %(union)s AND split.reference = o.number
), bill AS (
    SELECT came.replacement_id AS order_id, split.id, split.captured, split.commission_bp
    FROM business AS o JOIN orders_return AS came ON came.replacement_id = o.id
        JOIN orders_bill AS bill ON bill.id = came.bill_id
        JOIN payments_paymentsplit AS split ON split.request_id = bill.payment_id
), refunded AS (
    SELECT split_id, sum(amount) AS asked, coalesce(sum(amount) FILTER (WHERE state = 'done'), 0) AS done
    FROM payments_refund WHERE split_id IN (SELECT id FROM part UNION ALL SELECT id FROM bill) GROUP BY split_id
), earned AS (
    SELECT split_id, sum(commission) AS commission FROM payments_earning
    WHERE split_id IN (SELECT id FROM part UNION ALL SELECT id FROM bill) GROUP BY split_id
), book AS MATERIALIZED (
    SELECT o.id, o.total + coalesce(bill.captured, 0) AS sold,
        CASE WHEN part.captured > 0
            THEN part.captured - coalesce(refunded.asked, 0) - coalesce(noted.waiting, 0)
            ELSE o.total - coalesce(noted.total, 0) END AS kept,
        CASE WHEN bill.captured > 0 THEN bill.captured - coalesce(billed.done, 0) ELSE 0 END AS bill_kept,
        -- What was earned says what commission was; rounding is half-even, as that of floating point numbers.
        CASE WHEN coalesce(refunded.asked, 0) = coalesce(refunded.done, 0) AND coalesce(noted.waiting, 0) = 0
            THEN earned.commission END AS commission,
        bill_earned.commission AS bill_commission, o.commission_bp, bill.commission_bp AS bill_bp,
        EXISTS (SELECT FROM orders_return AS came WHERE came.replacement_id = o.id) AS is_exchange
    FROM business AS o LEFT JOIN noted ON noted.order_id = o.id
        LEFT JOIN part ON part.order_id = o.id LEFT JOIN refunded ON refunded.split_id = part.id
        LEFT JOIN earned ON earned.split_id = part.id
        LEFT JOIN bill ON bill.order_id = o.id LEFT JOIN refunded AS billed ON billed.split_id = bill.id
        LEFT JOIN earned AS bill_earned ON bill_earned.split_id = bill.id
    WHERE o.state <> 'cancelled'
)
"""
_STORES = """, pieces AS (
    SELECT line.order_id, sum(line.quantity) AS pieces, sum(line.cancelled) + sum(line.returned) AS back
    FROM orders_orderline AS line JOIN business AS o ON o.id = line.order_id
    WHERE line.kind = 'goods' AND o.state <> 'cancelled' GROUP BY line.order_id
), counted AS (
    SELECT store_id, day, count(book.id) AS orders, count(*) FILTER (WHERE book.is_exchange) AS exchanges,
        coalesce(sum(pieces.pieces), 0) AS pieces, coalesce(sum(pieces.back), 0) AS pieces_back,
        coalesce(sum(book.sold), 0) AS gross, coalesce(sum(book.sold - book.kept - book.bill_kept), 0) AS taken_back,
        coalesce(sum(o.total - o.goods_total) FILTER (WHERE book.id IS NOT NULL), 0) AS delivery,
        coalesce(sum(coalesce(book.commission, round(book.kept * book.commission_bp / 10000::float8)::bigint)
            + coalesce(book.bill_commission, round(book.bill_kept * book.bill_bp / 10000::float8)::bigint, 0)), 0)
            AS commission,
        {states},
        count(*) FILTER (WHERE arrived AND delivered_at <= deadline) AS on_time,
        count(*) FILTER (WHERE arrived AND delivered_at > deadline) AS late,
        count(*) FILTER (WHERE arrived) AS arrived,
        coalesce(sum(greatest(round(extract(epoch FROM delivered_at) - extract(epoch FROM placed_at)), 0))
            FILTER (WHERE arrived), 0) AS arrival_seconds
    FROM (
        SELECT *, delivered_at IS NOT NULL AND state IN ('delivered', 'completed') AS arrived FROM business
    ) AS o LEFT JOIN book USING (id) LEFT JOIN pieces ON pieces.order_id = o.id
    GROUP BY store_id, day
)
""".format(states=", ".join(f"count(*) FILTER (WHERE state = '{state}') AS {state}" for state in _STATES))
# What was kept of pieces for an exchange that was undone went back as well: all that had been paid for them did.
_GOODS = """, given AS (
    SELECT line.id, sum(part.amount) FILTER (WHERE NOT coalesce(came.undone_at IS NOT NULL, false)) AS amount,
        sum(back.unit_price * (back.restocked + back.written_off)) FILTER (WHERE came.undone_at IS NOT NULL) AS undone
    FROM orders_creditline AS part JOIN orders_orderline AS line ON line.id = part.order_line_id
        JOIN business AS o ON o.id = line.order_id
        LEFT JOIN orders_return AS came ON came.credit_id = part.credit_id
        LEFT JOIN orders_returnline AS back ON back.returned_id = came.id AND back.order_line_id = line.id
    GROUP BY line.id
), counted AS (
    SELECT o.store_id, o.day, variant.product_id, sum(line.quantity - line.cancelled - line.returned) AS pieces,
        sum(line.cancelled) + sum(line.returned) AS back,
        sum(line.quantity * line.unit_price + book.bill_kept - coalesce(given.amount, 0) - coalesce(given.undone, 0))
            AS net
    FROM business AS o JOIN book USING (id) JOIN orders_orderline AS line ON line.order_id = o.id
        LEFT JOIN stores_variant AS variant ON variant.id = line.variant_id LEFT JOIN given ON given.id = line.id
    WHERE line.kind = 'goods' GROUP BY o.store_id, o.day, variant.product_id
)
"""
_COMPARE = """, kept AS (
    SELECT store_id, day, {key} AS key, {names} FROM {table} JOIN asked USING (store_id, day)
    WHERE union_id = %(union)s
), anew AS (
    SELECT store_id, day, {key} AS key, {names} FROM counted
)
SELECT DISTINCT store_id, day FROM kept FULL JOIN anew USING (store_id, day, key)
WHERE ({kept}) IS DISTINCT FROM ({anew})
"""


def _comparing(counting: str, table: str, columns: tuple[str, ...], *, key: str) -> str:
    """A statement for days whose rows differ, `key` being what tells the rows of one day apart."""
    return (
        _BOOKS
        + counting
        + _COMPARE.format(
            table=table,
            key=key,
            names=", ".join(columns),
            kept=", ".join(f"kept.{name}" for name in columns),
            anew=", ".join(f"anew.{name}" for name in columns),
        )
    )


_OF_STORES = _comparing(_STORES, "orders_storeday", STORE_COLUMNS, key="0")
# What has been deleted since has no product: no product is number 0.
_OF_PRODUCTS = _comparing(_GOODS, "orders_productday", PRODUCT_COLUMNS, key="coalesce(product_id, 0)")
# A week is made of kept days in the same transaction, so all of them can be compared at any time.
_OF_WEEKS = """
WITH summed AS (
    SELECT store_id, date_trunc('week', day::timestamp)::date AS week, coalesce(product_id, 0) AS key, {sums}
    FROM orders_productday WHERE union_id = %(union)s GROUP BY 1, 2, 3
), kept AS (
    SELECT store_id, week, coalesce(product_id, 0) AS key, {names} FROM orders_productweek WHERE union_id = %(union)s
)
SELECT DISTINCT store_id, week AS day FROM kept FULL JOIN summed USING (store_id, week, key)
WHERE ({kept}) IS DISTINCT FROM ({summed}) ORDER BY 1, 2
""".format(
    sums=", ".join(f"sum({name}) AS {name}" for name in PRODUCT_COLUMNS),
    names=", ".join(PRODUCT_COLUMNS),
    kept=", ".join(f"kept.{name}" for name in PRODUCT_COLUMNS),
    summed=", ".join(f"summed.{name}" for name in PRODUCT_COLUMNS),
)


@dataclass(frozen=True, slots=True)
class DayDiffers:
    """A day whose kept figures are not those of its orders; `of` says which: "sales" or "goods".

    Of "weeks" it is the Monday with which a week begins whose sums are not those of its kept days.
    """

    store_id: int
    day: date
    of: str


def days_that_differ(union: Union, *, before: datetime) -> tuple[int, list[DayDiffers]]:
    """How many days were compared, and those that differ. Days with an order that moved since `before` are left out."""
    days = [(row.store_id, row.day) for row in _rows(_DAYS, union, before=before)]
    found = []
    for part in _parts(days):
        stores, dates = zip(*part, strict=True)
        asked: dict[str, Any] = {"stores": list(stores), "days": list(dates)}
        for of, statement in (("sales", _OF_STORES), ("goods", _OF_PRODUCTS)):
            found += [DayDiffers(row.store_id, row.day, of) for row in _rows(statement, union, **asked)]
    found += [DayDiffers(row.store_id, row.day, "weeks") for row in _rows(_OF_WEEKS, union)]
    return len(days), found


def _parts(days: list[tuple[int, date]]) -> Iterator[list[tuple[int, date]]]:
    for start in range(0, len(days), DAYS_AT_ONCE):
        yield days[start : start + DAYS_AT_ONCE]


def _rows(statement: str, union: Union, **more: Any) -> list[Any]:
    return rows_of(statement, {"union": union.pk, "zone": union.time_zone, **more})
