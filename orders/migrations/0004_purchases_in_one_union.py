"""Carts, purchases, orders and what hangs on them stay in one union."""

from django.db import migrations

from core.tenancy import SameUnion


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_cart_quantity_bounded"), ("stores", "0006_rows_in_one_union")]

    operations = [
        SameUnion("cartline", "cart"),
        SameUnion("cartline", "store"),
        SameUnion("cartline", "variant"),
        SameUnion("storedelivery", "cart"),
        SameUnion("storedelivery", "store"),
        SameUnion("storedelivery", "option"),
        SameUnion("purchase", "cart"),
        SameUnion("purchase", "customer"),
        SameUnion("order", "purchase"),
        SameUnion("order", "store"),
        SameUnion("order", "membership"),
        SameUnion("orderline", "order"),
        SameUnion("orderline", "variant"),
        SameUnion("orderchange", "order"),
        SameUnion("shipment", "order"),
        SameUnion("return", "store"),
        SameUnion("return", "order"),
        SameUnion("returnline", "returned"),
        SameUnion("returnline", "order_line"),
        SameUnion("returnline", "variant"),
    ]
