"""`import_csv orders`: sales and returns as history, write-offs and finds as movements that cancel out.

Nothing here moves money, and stock only when asked with `move_stock = true` in the map's options.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.importing.maps import Field, Map, Record
from core.money import tax_inside
from orders.models import Order, OrderChange, OrderLine, Purchase, Return, ReturnLine
from orders.services.figures import touch_orders
from orders.services.imports.customers import customers_by_number
from orders.services.imports.movements import StockHistory
from stores.models import DeliveryOption, Store, Variant
from stores.services.imports.context import stores_by_slug
from unions.models import Union

_Row = tuple[Any, ...]
"""Values in the order of the columns at the end of this file."""
KINDS = frozenset({"sale", "return", "write_off", "found"})
STATES = frozenset({Order.State.COMPLETED, Order.State.DELIVERED, Order.State.CANCELLED})


class OrderImporter:
    """Lines of one `number` make one order; `as` says whether a line is a sale, a return, a write-off or a find."""

    fields = {
        "number": Field("code", required=True, longest=80),
        "as": Field("code", default="sale", choices=KINDS),
        "line_kind": Field("code", default=OrderLine.Kind.GOODS, choices=frozenset(OrderLine.Kind.values)),
        "state": Field("code", default=Order.State.COMPLETED, choices=STATES),
        "placed_at": Field("time", required=True),
        "store": Field("code", default=""),
        "sku": Field("code", default="", longest=64),
        "title": Field("text", default="", longest=200),
        "quantity": Field("integer", required=True),
        "unit_price": Field("money", required=True),
        "tax_bp": Field("integer", default=0),
        "customer": Field("code", default="", longest=80),
        "customer_name": Field("text", default="", longest=120),
        "email": Field("text", default="", longest=254),
        "country": Field("code", default="", longest=2),
        "reason": Field("text", default="", longest=200),
    }
    group_by = ("number",)

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        batch = _Batch(union=union, chart=chart, now=now)
        batch.prepare(groups)
        for group in groups:
            batch.sort_lines(group)
        batch.write()


@dataclass
class _Document:
    """The lines of one order or return, before they are written."""

    number: str
    store: Store
    records: list[Record]


@dataclass
class _Batch:
    union: Union
    chart: Map
    now: datetime
    stores: dict[str, Store] = field(default_factory=dict)
    variants: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)
    sales: list[_Document] = field(default_factory=list)
    returns: list[_Document] = field(default_factory=list)
    stock: StockHistory = field(default_factory=StockHistory)

    def prepare(self, groups: list[list[Record]]) -> None:
        """One statement each: the stores, the variants by stock keeping unit, what an earlier run has brought."""
        own = self.chart.store.get("slug", "")
        slugs = {record.values["store"] or own for group in groups for record in group}
        self.stores = stores_by_slug(union=self.union, slugs=slugs, chart=self.chart, now=self.now)
        skus = {record.values["sku"] for group in groups for record in group}
        self.variants = {
            (store, sku): (pk, title)
            for pk, store, sku, title in Variant.objects.filter(
                union=self.union, store__in=self.stores.values(), sku__in=skus
            ).values_list("pk", "store_id", "sku", "product__title")
        }
        numbers = [group[0].values["number"] for group in groups]
        bought = Purchase.objects.filter(union=self.union, external_id__in=numbers).values_list("external_id")
        returned = Return.objects.filter(union=self.union, external_id__in=numbers).values_list("external_id")
        self.known = {("sale", number) for (number,) in bought} | {("return", number) for (number,) in returned}
        self.stock = StockHistory(
            union=self.union,
            now=self.now,
            really=bool(self.chart.options.get("move_stock")),
            variant_ids=[pk for pk, _title in self.variants.values()],
        )

    def sort_lines(self, group: list[Record]) -> None:
        """Refuse what does not add up, note what is there already, and gather the rest by what it is."""
        own = self.chart.store.get("slug", "")
        refuse_repeated = self.chart.options.get("repeated_rows") == "refuse"
        seen: set[tuple[Any, ...]] = set()
        documents: dict[tuple[str, int], _Document] = {}
        for record in group:
            values = record.values
            store = self.stores.get(values["store"] or own)
            repeated = tuple(values.values())
            if refuse_repeated and repeated in seen:
                record.refuse(_("the same row stands in the file before"))
            elif store is None:
                record.refuse(_("store: there is no store “%(slug)s”") % {"slug": values["store"] or own})
            elif reason := _refusal(values):
                record.refuse(reason)
            elif values["as"] in {"write_off", "found"}:
                self.stock.note(record, self.variants.get((store.pk, values["sku"])))
            elif (values["as"], values["number"]) in self.known:
                record.outcome = "unchanged"
            else:
                key = (values["as"], store.pk)
                documents.setdefault(key, _Document(values["number"], store, [])).records.append(record)
                record.outcome = _outcome(values)
            seen.add(repeated)
        for (what, _store), document in documents.items():
            (self.sales if what == "sale" else self.returns).append(document)

    def write(self) -> None:
        """Copy everything with one COPY a table."""
        customers = customers_by_number(
            union=self.union,
            numbers=(document.records[0].values["customer"] for document in (*self.sales, *self.returns)),
        )
        self._write_sales(customers)
        self._write_returns()
        self.stock.write()

    def _write_sales(self, customers: dict[str, int]) -> None:
        by_number: dict[str, list[_Document]] = {}
        for document in self.sales:
            by_number.setdefault(document.number, []).append(document)
        purchase_ids = iter(_ids("orders_purchase", len(by_number)))
        order_ids = iter(_ids("orders_order", len(self.sales)))
        purchases: list[_Row] = []
        orders: list[_Row] = []
        lines: list[_Row] = []
        changes: list[_Row] = []
        for number, documents in by_number.items():
            purchase_id, paid = next(purchase_ids), 0
            # What stands on the first line is said of the whole purchase.
            first = documents[0].records[0].values
            for document in documents:
                order_id = next(order_ids)
                own = [self._line(order_id, document.store, record.values) for record in document.records]
                # The last two columns of LINE.
                tax, total = sum(line[-2] for line in own), sum(line[-1] for line in own)
                lines += own
                orders.append(self._order(order_id, purchase_id, document.store, first, total=total, tax=tax))
                changes.append((self.union.pk, order_id, "", first["state"], None, _("imported"), first["placed_at"]))
                paid += total
            purchases.append(self._purchase(purchase_id, number, customers.get(first["customer"]), first, paid))
        _copy(Purchase, PURCHASE, purchases)
        _copy(Order, ORDER, orders)
        _copy(OrderLine, LINE, lines)
        _copy(OrderChange, CHANGE, changes)
        touch_orders(order_ids=[order[0] for order in orders])

    def _line(self, order_id: int, store: Store, values: dict[str, Any]) -> _Row:
        """A row of LINE. Prices hold their tax."""
        variant = self.variants.get((store.pk, values["sku"]))
        amount = values["quantity"] * values["unit_price"]
        return (
            self.union.pk,
            order_id,
            variant[0] if variant else None,
            values["line_kind"],
            values["sku"],
            values["title"] or (variant[1] if variant else values["sku"]),
            "",
            "",
            values["quantity"],
            values["unit_price"],
            values["tax_bp"],
            tax_inside(amount, values["tax_bp"]),
            amount,
        )

    def _order(
        self, order_id: int, purchase_id: int, store: Store, first: dict[str, Any], *, total: int, tax: int
    ) -> _Row:
        """A row of ORDER: delivered on the day it was placed, as nothing else is known."""
        state, placed = first["state"], first["placed_at"]
        return (
            order_id,
            self.union.pk,
            purchase_id,
            store.pk,
            store.membership_id,
            self._number(order_id),
            state,
            self.union.currency,
            total,
            0,
            tax,
            total,
            0,
            0,
            DeliveryOption.Kind.DELIVERY,
            "",
            0,
            None,
            "",
            placed,
            placed,
            None if state == Order.State.CANCELLED else placed,
        )

    def _purchase(self, purchase_id: int, number: str, customer: int | None, first: dict[str, Any], total: int) -> _Row:
        """A row of PURCHASE, found again by the number that it came with."""
        return (
            purchase_id,
            self.union.pk,
            self._number(purchase_id),
            secrets.token_urlsafe(24),
            customer,
            Purchase.Origin.IMPORT,
            number,
            first["email"],
            first["customer_name"],
            *[""] * 6,
            first["country"],
            "",
            "",
            self.union.currency,
            total,
            first["placed_at"],
        )

    def _write_returns(self) -> None:
        return_ids = iter(_ids("orders_return", len(self.returns)))
        returns, lines = [], []
        for document in self.returns:
            return_id = next(return_ids)
            first = document.records[0].values
            total = 0
            for record in document.records:
                values = record.values
                quantity = abs(values["quantity"])
                variant = self.variants.get((document.store.pk, values["sku"]))
                total += quantity * values["unit_price"]
                lines.append(
                    (
                        self.union.pk,
                        return_id,
                        variant[0] if variant else None,
                        values["line_kind"],
                        values["sku"],
                        values["title"] or (variant[1] if variant else values["sku"]),
                        quantity,
                        values["unit_price"],
                        quantity * values["unit_price"],
                    )
                )
            returns.append(
                (
                    return_id,
                    self.union.pk,
                    document.store.pk,
                    self._number(return_id),
                    document.number,
                    first["customer"],
                    Return.State.REFUNDED,
                    first["reason"],
                    self.union.currency,
                    total,
                    first["placed_at"],
                    first["placed_at"],
                )
            )
        _copy(Return, RETURN, returns)
        _copy(ReturnLine, RETURN_LINE, lines)

    def _number(self, row: int) -> str:
        """A number for people. Imported ones may count: they came from numbers that counted."""
        return f"{self.union.prefix}-I{row}"


PURCHASE = (
    "id union_id number token customer_id origin external_id email recipient phone line1 line2 city region postal_code "
    "country note language currency total placed_at"
).split()
ORDER = (
    "id union_id purchase_id store_id membership_id number state currency goods_total delivery_total tax_total total "
    "commission_bp commission_tax_bp delivery_kind delivery_name delivery_tax_bp deadline cancel_reason placed_at "
    "changed_at delivered_at"
).split()
LINE = ("union_id order_id variant_id kind sku title options cover quantity unit_price tax_bp tax total").split()
CHANGE = "union_id order_id from_state to_state actor_id note at".split()
RETURN = (
    "id union_id store_id number external_id customer_reference state reason currency total requested_at settled_at"
).split()
RETURN_LINE = "union_id returned_id variant_id kind sku title quantity unit_price total".split()


def _refusal(values: dict[str, Any]) -> str:
    quantity, price, what = values["quantity"], values["unit_price"], values["as"]
    if quantity == 0:
        return _("quantity: nothing at all")
    if what == "sale" and quantity < 0:
        return _("quantity: a sale of fewer than nothing; the map should say what it is")
    if price < 0:
        return _("unit_price: a price below zero")
    if abs(quantity) * price > 2**53:
        return _("the amount is out of all proportion")
    return ""


def _outcome(values: dict[str, Any]) -> str:
    if values["line_kind"] == OrderLine.Kind.GOODS:
        return str(values["as"])
    return f"{values['as']} of {values['line_kind']}"


def _ids(table: str, count: int) -> list[int]:
    """Fresh primary keys out of the table's own sequence."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def _copy(model: Any, columns: list[str], rows: Iterable[_Row]) -> None:
    table = model._meta.db_table
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
