"""What a check found, and the one moment at which all of it looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction


@dataclass(slots=True)
class Findings:
    """Differences in words for the union's office (`{"code", "text"}`), and what was compared."""

    differences: list[dict[str, str]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, text: str) -> None:
        self.differences.append({"code": code, "text": text})


@contextmanager
def one_snapshot() -> Iterator[None]:
    """All looks see the same moment, however much is sold meanwhile; inside a transaction its own view is used."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
