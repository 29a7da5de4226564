"""Keeps, in the database itself, a row and what it points at in one union.

A foreign key alone is content with any row of the other table. Two tables that both have a `union` get a key over
both columns in its place: `(union_id, order_id)` has to be found among the orders' `(union_id, id)`. It costs what the
simple key cost, and one unique index per table that is pointed at.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.migrations.operations.base import Operation, OperationCategory


class SameUnion(Operation):
    """In a migration: `SameUnion("orderline", "order")` puts the key over both columns in the place of the simple one.

    To be given once for every foreign key between two tables with a `union`; tests/architecture asks for it.
    """

    category = OperationCategory.ALTERATION
    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str, field: str) -> None:
        self.model_name = model_name
        self.field = field

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models stay as they are: Django still sees its one-column key."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Add the key over both columns, then drop the simple one. Fails on a row that points into another union."""
        at = self._places(app_label, schema_editor, to_state)
        _run(schema_editor, "CREATE UNIQUE INDEX IF NOT EXISTS {unique} ON {parent} (union_id, {key})", at)
        _run(
            schema_editor,
            "ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY (union_id, {column}) "
            "REFERENCES {parent} (union_id, {key}) DEFERRABLE INITIALLY DEFERRED",
            at,
        )
        for simple in self._simple_keys(app_label, schema_editor, to_state):
            _run(schema_editor, "ALTER TABLE {child} DROP CONSTRAINT {simple}", {**at, "simple": simple})
        self._forget_planned_key(app_label, schema_editor, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Put the simple key back; the index stays, another pair may need it."""
        at = self._places(app_label, schema_editor, to_state)
        _run(
            schema_editor,
            "ALTER TABLE {child} DROP CONSTRAINT {name}, ADD FOREIGN KEY ({column}) "
            "REFERENCES {parent} ({key}) DEFERRABLE INITIALLY DEFERRED",
            at,
        )

    def describe(self) -> str:
        return f"Keep {self.model_name} and its {self.field} in one union"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name}_{self.field}_same_union".lower()

    def _field(self, app_label: str, state: Any) -> Any:
        return state.apps.get_model(app_label, self.model_name)._meta.get_field(self.field)

    def _places(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any) -> dict[str, str]:
        """Quoted names of both tables, their columns, the key and the index."""
        field = self._field(app_label, state)
        child, parent = field.model._meta.db_table, field.remote_field.model._meta
        return {
            name: schema_editor.quote_name(text)
            for name, text in {
                "child": child,
                "column": field.column,
                "name": f"{child}_{field.name}_same_union",
                "parent": parent.db_table,
                "key": parent.pk.column,
                "unique": f"{parent.db_table}_in_union",
            }.items()
        }

    def _simple_keys(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any) -> list[str]:
        field = self._field(app_label, state)
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, field.model._meta.db_table)
        return [
            schema_editor.quote_name(name)
            for name, one in found.items()
            if one["foreign_key"] and one["columns"] == [field.column]
        ]

    def _forget_planned_key(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any) -> None:
        """A table of the same migration gets its simple keys at the end; this one is not wanted any more."""
        field = self._field(app_label, state)
        schema_editor.deferred_sql[:] = [
            planned
            for planned in schema_editor.deferred_sql
            if not (
                isinstance(planned, Statement)
                and "FOREIGN KEY" in planned.template
                and planned.references_column(field.model._meta.db_table, field.column)
            )
        ]


def _run(schema_editor: BaseDatabaseSchemaEditor, statement: str, places: dict[str, str]) -> None:
    schema_editor.execute(statement.format(**places), params=None)
