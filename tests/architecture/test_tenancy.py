"""What belongs together belongs to one union: the database refuses a row that points into another one."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from core.tenancy import SameUnion
from orders.models import Order, OrderChange
from stores.models import Product, StockHold, StockLevel
from tests.factories.orders import NOW, OrderFactory
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db

NEED_NOT: dict[str, str] = {
    "matching.MatchResponse.request": "a wish may be thrown to neighbouring unions, whose stores answer it",
}
"""Pairs whose two unions may differ, each with its reason."""


def owned() -> list[type[models.Model]]:
    """Models with a `union` of their own."""
    labels = {"unions", "stores", "payments", "orders", "chat", "ascc", "matching"}
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in labels and "union" in {field.name for field in model._meta.local_fields}
    ]


def pairs() -> set[str]:
    """Every foreign key between two such models."""
    with_union = set(owned())
    return {
        f"{model._meta.label}.{field.name}"
        for model in with_union
        for field in model._meta.local_fields
        if field.name != "union" and field.is_relation and field.related_model in with_union
    }


def keys_of(columns: int) -> set[str]:
    """The foreign keys of the database over this many columns, named by model and field."""
    by_table = {model._meta.db_table: model for model in owned()}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.conrelid::regclass::text,
                (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[%(columns)s])
            FROM pg_constraint AS c
            WHERE c.contype = 'f' AND cardinality(c.conkey) = %(columns)s AND c.convalidated AND c.condeferred
            """,
            {"columns": columns},
        )
        found = cursor.fetchall()
    return {
        f"{by_table[table]._meta.label}.{field.name}"
        for table, column in found
        if table in by_table
        for field in by_table[table]._meta.local_fields
        if field.column == column
    }


def test_every_pair_of_one_union_is_kept_together_or_need_not_be():
    """A new foreign key between two tables with a union asks for `SameUnion` in its migration, or a reason here."""
    assert len(pairs()) > 50
    assert pairs() - keys_of(2) == set(NEED_NOT)
    assert keys_of(2) - pairs() == set()


def test_a_kept_pair_has_no_simple_key_beside_it():
    """It would be looked up twice for nothing."""
    assert keys_of(1) & keys_of(2) == set()


def test_an_order_of_another_unions_purchase_is_refused():
    order, other = OrderFactory(), OrderFactory()
    with pytest.raises(IntegrityError, match="orders_order_purchase_same_union"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(purchase=other.purchase_id)
        connection.check_constraints()
    assert Order.objects.get(pk=order.pk).purchase_id == order.purchase_id


def test_a_step_of_another_unions_order_is_refused():
    order = OrderFactory()
    with pytest.raises(IntegrityError, match="orders_orderchange_order_same_union"), transaction.atomic():
        OrderChange.objects.create(union=UnionFactory(), order=order, to_state=Order.State.PAID, at=NOW)
        connection.check_constraints()
    assert set(OrderChange.objects.values_list("union_id", flat=True)) == {order.union_id}


def test_a_product_in_a_store_of_another_union_is_refused():
    product, elsewhere = ProductFactory(), StoreFactory()
    with pytest.raises(IntegrityError, match="stores_product_store_same_union"), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(store=elsewhere)
        connection.check_constraints()
    product.refresh_from_db()
    assert product.store.union_id == product.union_id


def test_stock_of_another_unions_variant_is_refused():
    variant, other = VariantFactory(), UnionFactory()
    with pytest.raises(IntegrityError, match="stores_stocklevel_variant_same_union"), transaction.atomic():
        StockLevel.objects.filter(variant=variant).update(union=other)
        connection.check_constraints()
    with pytest.raises(IntegrityError, match="stores_stockhold_variant_same_union"), transaction.atomic():
        StockHold.objects.create(
            union=other, variant=variant, owner="cart:1", quantity=1, created_at=NOW, expires_at=NOW, last_until=NOW
        )
        connection.check_constraints()
    assert (StockLevel.objects.get(variant=variant).union_id, StockHold.objects.count()) == (variant.union_id, 0)


def test_a_key_that_is_not_set_needs_no_union():
    product = ProductFactory(category=None)
    connection.check_constraints()
    assert Product.objects.get().category_id is None
    assert product.union_id is not None


def test_keeping_a_pair_together_can_be_taken_back():
    state = MigrationLoader(connection).project_state()
    operation = SameUnion("product", "store")
    with connection.schema_editor() as editor:
        operation.database_backwards("stores", editor, state, state)
    assert "stores.Product.store" in keys_of(1) - keys_of(2)
    with connection.schema_editor() as editor:
        operation.database_forwards("stores", editor, state, state)
    assert "stores.Product.store" in keys_of(2) - keys_of(1)
