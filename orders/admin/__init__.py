"""The office's pages of purchases, orders, responses, reservations and customers: stores handle them, the office reads.

What customers have brought before the union is the office's own to answer.
"""

from orders.admin import bills, carriers, customers, orders, procedures, reservations, responses

__all__ = ["bills", "carriers", "customers", "orders", "procedures", "reservations", "responses"]
