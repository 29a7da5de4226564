"""Reads of carts, purchases and orders, and who may see them. What staff see is in `manage`."""

from orders.queries.shopper import get_order_for, orders_of, purchase_by_token, purchases_of

__all__ = ["get_order_for", "orders_of", "purchase_by_token", "purchases_of"]
