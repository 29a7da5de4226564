"""Runs the hand-written statements of the hot path. Round trips are its cost, so each does the work of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper


def rows_of(statement: str, values: Mapping[str, Any]) -> list[Any]:
    """Run the statement and return its rows, each with its columns as attributes."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return _named(cursor)


def row_of(statement: str, values: Mapping[str, Any]) -> Any | None:
    """The statement's only row, or None."""
    rows = rows_of(statement, values)
    return rows[0] if rows else None


@contextmanager
def one_statement() -> Iterator[None]:
    """Around a single statement: atomic by itself outside a transaction, a savepoint inside one."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield


_shapes: dict[tuple[str, ...], Any] = {}


def _named(cursor: CursorWrapper) -> list[Any]:
    names = tuple(column[0] for column in cursor.description)
    shape = _shapes.get(names)
    if shape is None:
        shape = _shapes[names] = NamedTuple("Row", [(name, Any) for name in names])
    return [shape._make(row) for row in cursor.fetchall()]
