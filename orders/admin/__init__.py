"""The office's pages of purchases, orders, reservations and customers: stores handle them, the office reads."""

from orders.admin import customers, orders, reservations

__all__ = ["customers", "orders", "reservations"]
