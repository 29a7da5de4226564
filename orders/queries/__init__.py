"""Reads of carts, purchases and orders, and who may see them."""

from orders.queries.shopper import get_order_for, orders_of, purchase_by_token, purchases_of
from orders.queries.staff import StoreFigures, get_store_order, store_figures, waiting_counts, work_list

__all__ = [
    "StoreFigures",
    "get_order_for",
    "get_store_order",
    "orders_of",
    "purchase_by_token",
    "purchases_of",
    "store_figures",
    "waiting_counts",
    "work_list",
]
