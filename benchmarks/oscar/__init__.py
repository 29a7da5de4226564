"""django-oscar as the peer: from its package in an environment of the benchmark's own, on the same PostgreSQL.

Its lists come out of a search index. The one of oscar's sandbox (Whoosh, files on disk) needs no server; with haystack's
simple engine they find no goods at all, and an empty list is no peer.
"""

from benchmarks.oscar.peer import pages, prepare, purchases, rush

__all__ = ["pages", "prepare", "purchases", "rush"]
