"""Rows of one thing brought together: a temporary table sorted by PostgreSQL, read back through a server-side cursor.

The file may hold an order's lines wherever it likes; memory stays constant, the disk does the remembering.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from core.importing.maps import Record

BATCH = 2_000


class Stage:
    """Takes records with their group, gives them back in groups. Lives for one database session."""

    def __init__(self) -> None:
        self.ordinal = 0
        self.reading = False
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS import_stage")
            cursor.execute(
                'CREATE TEMPORARY TABLE import_stage ("union" text COLLATE "C", "group" text COLLATE "C", '
                "ordinal bigint, record text)"
            )

    def put(self, records: Iterable[tuple[str, Record]]) -> None:
        """Copy (group, record) pairs into the table."""
        with connection.cursor() as cursor, cursor.copy("COPY import_stage FROM STDIN") as copy:
            for group, record in records:
                self.ordinal += 1
                plain = json.dumps(
                    [record.file, record.line, record.cells, record.values], ensure_ascii=False, separators=(",", ":")
                )
                copy.write_row((record.union, group, self.ordinal, plain))

    def groups(self) -> Iterator[list[Record]]:
        """Every group's records in the order of the file, groups by union. Commits in between leave it open."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE import_stage")
            cursor.execute(
                "DECLARE import_groups NO SCROLL CURSOR WITH HOLD FOR "
                'SELECT "union", "group", record FROM import_stage ORDER BY "union", "group", ordinal'
            )
        self.reading = True
        for _key, rows in groupby(self._rows(), key=lambda row: (row[0], row[1])):
            yield [_record(row[0], row[2]) for row in rows]

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        while True:
            with connection.cursor() as cursor:
                cursor.execute(f"FETCH {BATCH} FROM import_groups")
                rows = cursor.fetchall()
            if not rows:
                return
            yield from rows

    def close(self) -> None:
        """Drop the table. A transaction that is lost takes it along by itself."""
        if connection.needs_rollback:
            return
        with transaction.atomic(), connection.cursor() as cursor:
            if self.reading:
                cursor.execute("CLOSE import_groups")
            cursor.execute("DROP TABLE IF EXISTS import_stage")


def _record(union: str, plain: str) -> Record:
    file, line, cells, values = json.loads(plain)
    return Record(union, file, line, cells, values)
