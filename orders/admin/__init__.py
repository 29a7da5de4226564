"""The office's pages of purchases, orders, returns and customers: stores handle them, the office reads."""

from orders.admin import customers, orders

__all__ = ["customers", "orders"]
