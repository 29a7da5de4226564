"""`CONN_HEALTH_CHECKS` without a round trip for every request.

A server that ends a connection (a restart, a kill, an administrator) sends its last word and closes the socket, so a
socket with nothing to read belongs to a live connection. Only one that has something to tell is asked `SELECT 1`.
"""

from __future__ import annotations

import select

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg.pq.abc import PGconn


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the connection can go on to be used."""
        raw = self.connection
        if raw is not None and _is_quiet(raw.pgconn):
            return True
        return bool(super().is_usable())


def _is_quiet(pgconn: PGconn) -> bool:
    if pgconn.status != ConnStatus.OK or pgconn.transaction_status != TransactionStatus.IDLE:
        return False
    # Not select(), which knows only the first 1024 files of a process.
    waiting = select.poll()
    waiting.register(pgconn.socket, select.POLLIN)
    return not waiting.poll(0)
