"""Writing files: one kind of thing of a store, or everything of a union."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.tables import table_blocks, write_book
from stores.models import FileRun, Store
from stores.services.files.kinds import FileKind, file_kinds, office_tables
from stores.services.files.noting import note

SAY_EVERY = 500


@dataclass
class _Count:
    """Rows written of those that there were when it began."""

    run: FileRun
    total: int
    done: int = 0

    def over(self, lines: Iterator[list[Any]]) -> Iterator[list[Any]]:
        for line in lines:
            # A workbook knows no time zones.
            yield [cell.isoformat() if hasattr(cell, "isoformat") else cell for cell in line]
            self.done += 1
            if not self.done % SAY_EVERY:
                note(run=self.run, percent=min(99, self.done * 100 // max(self.total, 1)), rows=self.done)


def write_kind(*, run: FileRun, kind: FileKind, folder: Path) -> tuple[Path, int]:
    """One kind of a store; the file and how many rows it has."""
    assert run.store is not None
    count = _Count(run, kind.count(run.store))
    target = folder / f"export.{run.shape}"
    with target.open("wb") as out:
        for block in table_blocks(shape=run.shape, head=list(kind.head), rows=count.over(kind.lines(run.store))):
            out.write(block)
    return target, count.done


def write_union(*, run: FileRun, folder: Path) -> tuple[Path, int]:
    """Everything of a union: a table of each kind, with the store in front; as a ZIP archive of CSV or one workbook."""
    stores = list(Store.objects.filter(union=run.union_id).select_related("union").order_by("slug"))
    tables = office_tables()
    kinds = file_kinds(allowed=lambda permission: True)
    total = sum(table.count(run.union) for table in tables)
    total += sum(kind.count(store) for kind in kinds for store in stores)
    count = _Count(run, total)
    sheets = [(table.name, list(table.head), count.over(table.lines(run.union))) for table in tables]
    sheets += [(kind.name, ["store", *kind.head], count.over(_of_all(kind, stores))) for kind in kinds]
    target = folder / f"export.{run.shape}"
    if run.shape == "xlsx":
        write_book(target, sheets)
        return target, count.done
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, head, rows in sheets:
            with archive.open(f"{name}.csv", "w", force_zip64=True) as out:
                for block in table_blocks(shape="csv", head=head, rows=rows):
                    out.write(block)
    return target, count.done


def _of_all(kind: FileKind, stores: list[Store]) -> Iterator[list[Any]]:
    for store in stores:
        for line in kind.lines(store):
            yield [store.slug, *line]
