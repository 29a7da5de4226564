"""What can be moved out of a store and into it, and what an office takes out besides.

Apps offer their kinds when they are ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.models import User
from core.importing.running import Importer
from core.money import as_decimal
from stores.models import Store
from unions.models import Union

AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of thing: its columns, its rows out of a store, and (where it can come in again) its importer.

    `rows` gives a query set that is read in pieces, `cells` the cells of one of its rows.
    """

    name: str
    title: str | Promise
    permission: str
    head: tuple[str, ...]
    rows: Callable[[Store], QuerySet[Any]]
    cells: Callable[[Any, str], list[Any]]
    importer: Importer | None = None
    bound: Callable[[Store, User | None], Importer] | None = None
    """Where the importer has to know for whom it works; `importer` tells the fields."""
    is_personal: bool = False
    """It holds names and addresses: who fetches it is written down."""
    of_office: Callable[[User | None], Importer] | None = None
    """Where a union's office takes it in, too, for all stores."""

    def importer_for(self, store: Store | None, actor: User | None) -> Importer:
        """What takes the rows into this store, or (without one) into all of the union's."""
        if store is None:
            found = self.of_office(actor) if self.of_office else None
        else:
            found = self.bound(store, actor) if self.bound else self.importer
        assert found is not None
        return found

    def count(self, store: Store) -> int:
        """How many rows there are now."""
        return self.rows(store).count()

    def lines(self, store: Store) -> Iterator[list[Any]]:
        """Every row's cells, a few thousand rows in memory at a time."""
        for row in self.rows(store).iterator(chunk_size=AT_ONCE):
            yield self.cells(row, store.union.currency)


@dataclass(frozen=True, slots=True)
class OfficeTable:
    """A table of a union that belongs to no one store: its members, its customers, its settlement."""

    name: str
    head: tuple[str, ...]
    rows: Callable[[Union], QuerySet[Any]]
    cells: Callable[[Any, str], list[Any]]

    def count(self, union: Union) -> int:
        """How many rows there are now."""
        return self.rows(union).count()

    def lines(self, union: Union) -> Iterator[list[Any]]:
        """Every row's cells, a few thousand rows in memory at a time."""
        for row in self.rows(union).iterator(chunk_size=AT_ONCE):
            yield self.cells(row, union.currency)


_kinds: dict[str, FileKind] = {}
_tables: dict[str, OfficeTable] = {}


def offer(*, kind: FileKind) -> None:
    """Let stores move this kind of thing."""
    _kinds[kind.name] = kind


def offer_table(*, table: OfficeTable) -> None:
    """Let offices take out this table."""
    _tables[table.name] = table


def office_tables() -> list[OfficeTable]:
    """All of them, in the order in which they were offered."""
    return list(_tables.values())


def file_kinds(*, allowed: Callable[[str], bool]) -> list[FileKind]:
    """What somebody with these permissions may move, in the order in which it was offered."""
    return [kind for kind in _kinds.values() if allowed(kind.permission)]


def file_kind(*, name: str) -> FileKind | None:
    """The kind of this name."""
    return _kinds.get(name)


def price_text(*, amount: int | None, currency: str) -> str:
    """Minor units as importers read them: `12.50`."""
    return "" if amount is None else f"{as_decimal(amount, currency):f}"
