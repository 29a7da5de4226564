"""The office's pages of purchases, orders, reservations and customers: stores handle them, the office reads."""

from orders.admin import bills, customers, orders, reservations

__all__ = ["bills", "customers", "orders", "reservations"]
