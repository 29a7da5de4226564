"""A query as the list: SQLite from the standard library, or whatever DB-API module the shop has installed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from martunion_connector.errors import Unusable
from martunion_connector.items import Read, items_in


def read_query(
    sql: str,
    *,
    columns: Mapping[str, str],
    database: Path | None = None,
    module: str = "",
    connect: Mapping[str, Any] | None = None,
    decimal: str = "",
) -> Read:
    """What the query finds, its columns named as in a list. Opened anew each time. Raises Unusable."""
    if database is not None:
        if not database.exists():
            raise Unusable(f"There is no database {database}.")
        errors: Any = sqlite3.Error
    else:
        try:
            driver: Any = import_module(module)
        except ImportError as error:
            raise Unusable(f"The database module {module} is not installed beside the connector: {error}.") from None
        errors = driver.Error
    try:
        # SQLite's file is opened for reading only: the till goes on writing it.
        if database is not None:
            opened: Any = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
        else:
            opened = driver.connect(**(connect or {}))
        with closing(opened) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            if cursor.description is None:
                raise Unusable("The query gives no rows: it has to be a SELECT.")
            header = [column[0] for column in cursor.description]
            return items_in(header, enumerate(cursor.fetchall(), 1), columns=columns, decimal=decimal)
    except errors as error:
        raise Unusable(f"The query failed: {error}") from None
