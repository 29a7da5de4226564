"""The relay's own connections to PostgreSQL, used from the event loop: no thread per message, and none that waits."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

import psycopg
from django.db import connections
from psycopg.rows import tuple_row

KEEP_TO_INDEXES = "; ".join(f"SET enable_{way} = off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"))
"""Each row by its index: what is best for a small table is slow for a large one, and a plan is kept."""
PLANS_KEPT = 10.0
"""Seconds. PostgreSQL keeps a plan until somebody analyses its tables; where these were vacuumed while all but empty,
even "by its index" means the whole index. A plan made anew sees how large they are."""
AWAY = (psycopg.OperationalError, psycopg.InterfaceError)


class Line:
    """One connection in autocommit, made when first needed and again after it was lost; one statement at a time."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()
        self._planned_at = 0.0

    async def rows(self, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run a statement that returns rows. Raises one of AWAY when the server cannot be reached."""
        async with self._turn:
            cursor = await self._execute(statement, parameters)
            return await cursor.fetchall()

    async def run(self, statement: str, parameters: dict[str, Any]) -> None:
        """Run a statement that returns nothing."""
        async with self._turn:
            await self._execute(statement, parameters)

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _execute(self, statement: str, parameters: dict[str, Any]) -> psycopg.AsyncCursor[Any]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True)
                await self._connection.execute(KEEP_TO_INDEXES)
                self._planned_at = monotonic()
            elif monotonic() - self._planned_at >= PLANS_KEPT:
                await self._connection.execute("DISCARD PLANS")
                self._planned_at = monotonic()
            return await self._connection.execute(statement, parameters, prepare=True)
        except AWAY:
            await self.close()
            raise


def connection_parameters() -> dict[str, Any]:
    """What Django connects with, without what only its own cursors understand."""
    parameters = dict(connections["default"].get_connection_params())
    for own in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(own, None)
    return {**parameters, "row_factory": tuple_row}
