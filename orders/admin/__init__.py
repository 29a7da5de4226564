"""The office's pages of purchases, orders, returns and customers: stores handle them, the office reads."""

from orders.admin import bills, customers, orders

__all__ = ["bills", "customers", "orders"]
