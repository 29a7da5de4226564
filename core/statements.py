"""Runs the hand-written statements of the hot path.

Round trips are their cost, so each does the work of several; and planning them would cost ten times what running them
does (2.8 ms against 0.2 ms for the ten tables behind a cart), so each connection prepares them once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import register_tzloader
from django.db.backends.utils import CursorWrapper
from psycopg import _queries
from psycopg._queries import PostgresQuery
from psycopg.adapt import AdaptersMap
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

# psycopg remembers how it translated a text with up to 4096 characters and 50 values; the pages' and the purchase's own
# are longer, and would be translated anew each time.
_queries.MAX_CACHED_STATEMENT_LENGTH = 16_384
_queries.MAX_CACHED_STATEMENT_PARAMS = 100

NO_FLUSH = "no_flush AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
"""A part `FROM no_flush` of a statement: its transaction is committed without waiting for the disk.

Only for what a later commit makes durable before anybody relies on it, or what may be lost in a crash of the database's
machine. The order of commits is kept even then: nothing later survives without it.
"""


class PreparedCursor(psycopg.Cursor[Any]):
    """Sends values apart from the statement, integers as `bigint`, strings as `text`: one plan serves all calls."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        super().__init__(raw)
        self._adapters = _adapters_of(raw)

    def execute(self, query: Any, params: Any = None, **options: Any) -> PreparedCursor:
        return super().execute(query, params, **{**options, "prepare": True})

    def _send_query_prepared(self, name: bytes, pgq: PostgresQuery, *, binary: bool | None = None) -> None:
        # psycopg remembers only what it sends unprepared; Django's query log asks for the last statement.
        self._query = pgq
        super()._send_query_prepared(name, pgq, binary=binary)


def prepared_cursor() -> CursorWrapper:
    """A cursor on Django's connection (its transaction, its query log) whose statements are prepared."""
    connection.ensure_connection()
    raw = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = 0
    return connection._prepare_cursor(PreparedCursor(raw))  # type: ignore[attr-defined]


def _adapters_of(raw: psycopg.Connection[Any]) -> AdaptersMap:
    """How values travel, worked out once for each connection."""
    kept: AdaptersMap | None = _adapters.get(raw)
    if kept is None:
        kept = _adapters[raw] = AdaptersMap(raw.adapters)
        kept.register_dumper(int, Int8Dumper)
        kept.register_dumper(str, StrDumper)
        register_tzloader(connection.timezone, _Adapting(kept))
    return kept


@dataclass
class _Adapting:
    """What Django expects of a thing that has adapters."""

    adapters: AdaptersMap


_adapters: WeakKeyDictionary[psycopg.Connection[Any], AdaptersMap] = WeakKeyDictionary()


def tuples_of(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run the statement and return its rows."""
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def rows_of(statement: str, values: Mapping[str, Any]) -> list[Any]:
    """Run the statement and return its rows, each with its columns as attributes."""
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        shape = _shapes.get(statement)
        if shape is None:
            names = [column[0] for column in cursor.description]
            shape = _shapes[statement] = NamedTuple("Row", [(name, Any) for name in names])
        return [shape._make(row) for row in cursor.fetchall()]


def rows_planned_for(statement: str, values: Mapping[str, Any]) -> list[Any]:
    """The same, planned for these values each time: for what reads much and whose best plan hangs on them.

    After five calls PostgreSQL may take one plan for any value, which for a span of days can be a hundred times slower.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = NamedTuple("Row", [(column[0], Any) for column in cursor.description])  # type: ignore[misc]
        return [row._make(values) for values in cursor.fetchall()]


def row_of(statement: str, values: Mapping[str, Any]) -> Any | None:
    """The statement's only row, or None."""
    rows = rows_of(statement, values)
    return rows[0] if rows else None


def flush() -> None:
    """Wait until all that was committed before is on disk: a synchronous commit of a word to nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'flush', '')")


@contextmanager
def one_statement() -> Iterator[None]:
    """Around a single statement: atomic by itself outside a transaction, a savepoint inside one."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield


_shapes: dict[str, Any] = {}
