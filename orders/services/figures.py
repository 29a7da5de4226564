"""Keeping the figures of days: touched days are counted anew from their orders, by one worker at a time in a union."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from core.statements import rows_of
from orders.models import Bill, Return
from orders.queries.figures_sql import OF_PRODUCTS, OF_STORES, PRODUCT_COLUMNS, SOLD, STORE_COLUMNS
from unions.models import Union

DAYS_AT_ONCE = 500
"""So many store's days are counted in one transaction."""

_TOUCH = """
INSERT INTO orders_touchedday (union_id, store_id, day)
SELECT DISTINCT o.union_id, o.store_id, (o.placed_at AT TIME ZONE u.time_zone)::date
FROM orders_order AS o JOIN unions_union AS u ON u.id = o.union_id
WHERE {which}
"""
_TOUCH_ORDERS = _TOUCH.format(which="o.id = ANY(%(orders)s::bigint[])")
# Also the days that are kept and on which, after a change of time zone, nothing was sold.
_TOUCH_UNION = (
    _TOUCH.format(which="o.union_id = %(union)s")
    + "UNION SELECT union_id, store_id, day FROM orders_storeday WHERE union_id = %(union)s"
)
_WEEK = "(day - (extract(isodow FROM day)::int - 1))"
"""The Monday on or before a day."""
_TAKE = """
DELETE FROM orders_touchedday WHERE union_id = %(union)s AND (store_id, day) IN (
    SELECT DISTINCT store_id, day FROM orders_touchedday WHERE union_id = %(union)s
    ORDER BY store_id, day LIMIT %(limit)s
)
RETURNING store_id, day
"""
_FORGET = """
DELETE FROM {table} WHERE union_id = %(union)s AND (store_id, day) IN (
    SELECT store_id, day FROM unnest(%(stores)s::bigint[], %(days)s::date[]) AS asked(store_id, day)
)
"""
_FORGET_STORES = _FORGET.format(table="orders_storeday")
_FORGET_PRODUCTS = _FORGET.format(table="orders_productday")
_KEEP_STORES = f"""
{SOLD}{OF_STORES}
INSERT INTO orders_storeday (union_id, store_id, day, {", ".join(STORE_COLUMNS)})
SELECT %(union)s, store_id, day, {", ".join(STORE_COLUMNS)} FROM counted
"""
_KEEP_PRODUCTS = f"""
{SOLD}{OF_PRODUCTS}
INSERT INTO orders_productday (union_id, store_id, day, product_id, {", ".join(PRODUCT_COLUMNS)})
SELECT %(union)s, store_id, day, product_id, {", ".join(PRODUCT_COLUMNS)} FROM counted
"""
# A week is the sum of its days as they are kept now, also of those that were not touched.
_ASKED_WEEKS = f"""
SELECT DISTINCT store_id, {_WEEK} AS week FROM unnest(%(stores)s::bigint[], %(days)s::date[]) AS asked(store_id, day)
"""
_FORGET_WEEKS = f"""
DELETE FROM orders_productweek WHERE union_id = %(union)s AND (store_id, week) IN ({_ASKED_WEEKS})
"""
_KEEP_WEEKS = f"""
INSERT INTO orders_productweek (union_id, store_id, week, product_id, {", ".join(PRODUCT_COLUMNS)})
SELECT %(union)s, asked.store_id, week, product_id, {", ".join(f"sum({name})" for name in PRODUCT_COLUMNS)}
FROM ({_ASKED_WEEKS}) AS asked JOIN orders_productday AS sold
    ON sold.store_id = asked.store_id AND sold.day >= week AND sold.day < week + 7
WHERE sold.union_id = %(union)s
GROUP BY asked.store_id, week, product_id
"""
_COUNT = (_FORGET_STORES, _FORGET_PRODUCTS, _KEEP_STORES, _KEEP_PRODUCTS, _FORGET_WEEKS, _KEEP_WEEKS)


def touch_orders(*, order_ids: Iterable[int]) -> None:
    """The days on which these orders were placed are counted anew soon. Takes no lock that anybody waits for."""
    _run(_TOUCH_ORDERS, {"orders": list(order_ids)})


def touch_exchanged(*, bills: Iterable[Bill]) -> None:
    """The same for orders sent in exchange whose difference is asked for by these bills."""
    sent = Return.objects.filter(bill__in=bills, replacement__isnull=False)
    if orders := list(sent.values_list("replacement_id", flat=True)):
        touch_orders(order_ids=orders)


def touch_union(*, union: Union) -> None:
    """All days of the union are counted anew: after a change of its time zone, or when a check found a difference."""
    _run(_TOUCH_UNION, {"union": union.pk})


def count_touched(*, union: Union, limit: int = DAYS_AT_ONCE) -> int:
    """Count up to `limit` touched days of the union anew; how many that were. None while another worker is at it.

    What touched a day was committed before the day is counted: a later change touches it again.
    """
    with transaction.atomic():
        if not _is_ours(union):
            return 0
        taken = sorted({(row.store_id, row.day) for row in rows_of(_TAKE, {"union": union.pk, "limit": limit})})
        if taken:
            _count(union, taken)
        return len(taken)


def count_all_touched(*, union: Union) -> int:
    """The same until nothing is left to count."""
    counted = 0
    while some := count_touched(union=union):
        counted += some
    return counted


def _is_ours(union: Union) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"orders.figures:{union.pk}"])
        return bool(cursor.fetchone()[0])


def _count(union: Union, days: Sequence[tuple[int, date]]) -> None:
    stores, dates = zip(*days, strict=True)
    values = {"union": union.pk, "zone": union.time_zone, "stores": list(stores), "days": list(dates)}
    for statement in _COUNT:
        _run(statement, values)


def _run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
