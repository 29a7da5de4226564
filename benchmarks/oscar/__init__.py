"""django-oscar as the peer: from its package in an environment of the benchmark's own, on the same PostgreSQL.

Its list page is not measured: with haystack's simple engine it finds no goods at all, and an empty list is no peer.
"""

from benchmarks.oscar.peer import prepare, product_pages, purchases, rush

__all__ = ["prepare", "product_pages", "purchases", "rush"]
