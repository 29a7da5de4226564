"""Whole rows of a model by a statement that is put together once: for what every single request reads.

Building and compiling a queryset costs several times what PostgreSQL needs to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

from core.statements import tuples_of

Row = TypeVar("Row", bound=Model)
Convert = Callable[..., Any]


def read_rows(model: type[Row], where: str, values: Mapping[str, Any]) -> list[Row]:
    """The rows for which the condition (SQL over the model's own columns) holds. No scope applies: name the union."""
    select, names, conversions = _shape(model)
    rows = tuples_of(f"{select} WHERE {where}", values)
    return [model.from_db(connection.alias, names, _converted(row, conversions)) for row in rows]


def read_row(model: type[Row], where: str, values: Mapping[str, Any]) -> Row | None:
    """The same for a condition that one row can meet."""
    rows = read_rows(model, where, values)
    return rows[0] if rows else None


@cache
def _shape(model: type[Model]) -> tuple[str, list[str], list[tuple[int, Convert]]]:
    fields = model._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    conversions = [
        (position, convert)
        for position, field in enumerate(fields)
        if (convert := getattr(field, "from_db_value", None)) is not None
    ]
    return (
        f"SELECT {columns} FROM {connection.ops.quote_name(model._meta.db_table)}",
        [f.attname for f in fields],
        conversions,
    )


def _converted(row: tuple[Any, ...], conversions: list[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for position, convert in conversions:
        values[position] = convert(values[position], None, connection)
    return values
