"""One run of an import: read, map, bring together, take in batches, report what was refused."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from django.db import transaction
from django_scopes import scope

from core.errors import DomainError
from core.importing.maps import Field, Map, Record
from core.importing.reading import RawRow, files_of, rows_of
from core.importing.staging import Stage
from core.spreadsheets import guarded

BATCH = 1_000
BATCH_ROWS = 10_000
SHOWN_REFUSALS = 100
Progress = Callable[[str, int, int], None]


class Reader(Protocol):
    """How the rows of a file are read."""

    def __call__(self, path: Path, *, encoding: str, delimiter: str) -> Iterator[RawRow]: ...


class Importer(Protocol):
    """What an app offers for one kind of thing. It may have `one_of`: fields of which a row needs at least one."""

    fields: dict[str, Field]
    group_by: tuple[str, ...]

    def take(self, groups: list[list[Record]], *, union: Any, chart: Map, now: datetime) -> None:
        """Write the groups inside the caller's transaction and set every record's outcome, or refuse it."""


@dataclass
class Summary:
    """Counts of a run; `outcomes` add up to `rows`."""

    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    refusals: list[tuple[int, str, str]] = field(default_factory=list)
    """The first refused rows: line, the file's own name of the column (where one is to blame), reason."""

    def note(self, records: Iterable[Record], columns: dict[str, str]) -> None:
        for record in records:
            self.outcomes[record.outcome] += 1
            if record.reason:
                self.reasons[record.reason] += 1
            if record.outcome == "refused" and len(self.refusals) < SHOWN_REFUSALS:
                self.refusals.append((record.line, columns.get(record.field, ""), record.reason))


class RefusedReport:
    """The refused rows in their own columns, with file, line, column and reason behind: mend it and feed it again."""

    def __init__(self, path: Path | None, names: dict[str, str]) -> None:
        self.path = path
        self.names = names
        self.columns: list[str] = []
        self._file: Any = None
        self._writer: Any = None

    def note(self, records: Iterable[Record]) -> None:
        for record in records:
            if record.outcome != "refused" or self.path is None:
                continue
            if self._writer is None:
                self.columns = [name for name in record.cells if name not in REPORT_COLUMNS]
                self._file = self.path.open("w", encoding="utf-8-sig", newline="")
                self._writer = csv.writer(self._file)
                self._writer.writerow(guarded([*self.columns, *REPORT_COLUMNS]))
            cells = [record.cells.get(name, "") for name in self.columns]
            self._writer.writerow(
                guarded([*cells, record.file, record.line, self.names.get(record.field, ""), record.reason])
            )

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


REPORT_COLUMNS = ("refused_file", "refused_line", "refused_column", "refused_reason")


class DryRun(Exception):
    """Raised at the end of a dry run to undo it."""


def run_import(
    *,
    path: Path,
    importer: Importer,
    chart: Map,
    union_at: Callable[[str], Any],
    report: Path | None,
    dry_run: bool,
    progress: Progress,
    now: datetime,
    rows: Reader = rows_of,
    undo_each: bool = False,
) -> Summary:
    """Import a file or folder and say what became of every row.

    Each batch is a transaction: a killed run leaves whole batches and can be repeated. A dry run is one transaction
    that is undone; with `undo_each` every batch is one, so that a shop that is open meanwhile is not held up by what
    the try has locked. `union_at` gives the union of a slug, or raises a DomainError that refuses the rows.
    """
    summary = Summary()
    refused = RefusedReport(report, chart.columns)
    as_one = dry_run and not undo_each
    try:
        with _undone() if as_one else ExitStack():
            run = _Run(importer, chart, union_at, summary, refused, progress, now, rows, dry_run and undo_each)
            run.all_of(path)
            if as_one:
                raise DryRun
    finally:
        refused.close()
    return summary


@contextmanager
def _undone() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except DryRun:
        pass


@dataclass
class _Run:
    importer: Importer
    chart: Map
    union_at: Callable[[str], Any]
    summary: Summary
    refused: RefusedReport
    progress: Progress
    now: datetime
    rows: Reader
    undo_each: bool

    def all_of(self, path: Path) -> None:
        if not self.importer.group_by:
            for batch in _batches([record] for record in self._mapped(path)):
                self._take(batch)
            return
        stage = Stage()
        try:
            keyed = ((self._group_of(record), record) for record in self._mapped(path))
            while chunk := list(islice(keyed, BATCH * 5)):
                stage.put(chunk)
            done = 0
            for batch in _batches(stage.groups()):
                self._take(batch)
                done += sum(map(len, batch))
                self.progress("take", done, stage.ordinal)
        finally:
            stage.close()

    def _mapped(self, path: Path) -> Iterator[Record]:
        files = files_of(path)
        sizes = [file.stat().st_size for file in files]
        before = 0
        for file, size in zip(files, sizes, strict=True):
            for raw in self.rows(file, encoding=self.chart.encoding, delimiter=self.chart.delimiter):
                record = self.chart.apply(raw)
                self.summary.rows += 1
                if record.outcome:
                    self.summary.note([record], self.chart.columns)
                    self.refused.note([record])
                else:
                    yield record
                if not self.summary.rows % 5_000:
                    self.progress("read", before, sum(sizes))
            before += size
            self.progress("read", before, sum(sizes))

    def _group_of(self, record: Record) -> str:
        return "\x1f".join(str(record.values[name]) for name in self.importer.group_by)

    def _take(self, batch: list[list[Record]]) -> None:
        """Write a batch, union by union, each in a transaction of its own."""
        by_union: dict[str, list[list[Record]]] = {}
        for group in batch:
            by_union.setdefault(group[0].union, []).append(group)
        for slug, groups in by_union.items():
            try:
                union = self.union_at(slug)
                with _undone() if self.undo_each else transaction.atomic(), scope(union=union):
                    self.importer.take(groups, union=union, chart=self.chart, now=self.now)
                    if self.undo_each:
                        raise DryRun
            except DomainError as error:
                for record in (record for group in groups for record in group):
                    record.refuse(str(error))
            for group in groups:
                self.summary.note(group, self.chart.columns)
                self.refused.note(group)


def _batches(groups: Iterable[list[Record]]) -> Iterator[list[list[Record]]]:
    """Groups by the batch: at most BATCH groups, and no more once they hold BATCH_ROWS rows."""
    batch: list[list[Record]] = []
    rows = 0
    for group in groups:
        batch.append(group)
        rows += len(group)
        if len(batch) >= BATCH or rows >= BATCH_ROWS:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch
