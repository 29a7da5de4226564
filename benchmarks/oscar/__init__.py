"""django-oscar as the peer: from its package in an environment of the benchmark's own, on the same PostgreSQL."""

from benchmarks.oscar.peer import pages, prepare, purchases, rush

__all__ = ["pages", "prepare", "purchases", "rush"]
