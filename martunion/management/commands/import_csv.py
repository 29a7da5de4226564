"""`python manage.py import_csv KIND FILE --union SLUG`: files from elsewhere, read into a union."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from core.errors import DomainError
from core.importing.maps import Map, Refused, read_map
from core.importing.reading import files_of, rows_of
from core.importing.running import Reader, Summary, run_import
from core.importing.taxonomies import folder_language, is_taxonomy, taxonomy_rows
from matching.services.indexing import fill_signal_words
from orders.services.imports.customers import CustomerImporter
from orders.services.imports.orders import OrderImporter
from orders.services.imports.tracking import TrackingImporter
from stores.services.imports.products import ProductImporter
from stores.services.imports.stock import StockImporter
from stores.services.imports.stores import StoreImporter
from unions.models import Union
from unions.queries import union_named
from unions.services.classes import load_business_classes
from unions.services.imports import ClassImporter, UnionUnknown, union_for_import
from unions.services.signal_imports import SignalCodeImporter

IMPORTERS: dict[str, Any] = {
    "classes": ClassImporter(),
    "stores": StoreImporter(),
    "products": ProductImporter(),
    "stock": StockImporter(),
    "customers": CustomerImporter(),
    "orders": OrderImporter(),
    "tracking": TrackingImporter(),
    "signal-codes": None,
}
SHARED = {"classes", "signal-codes"}
"""Kinds that belong to no union."""


class Command(BaseCommand):
    help = (
        "Import classes, signal codes, stores, products, stock, customers, orders or tracking from CSV, XLSX or JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(IMPORTERS))
        parser.add_argument("file", type=Path, help="a file, or a folder whose files are read in name order")
        parser.add_argument("--union", default="", help="slug of the union, unless the map tells it by a column")
        parser.add_argument("--map", type=Path, help="TOML map of columns, see docs/import/README.md")
        parser.add_argument("--report", type=Path, help="where refused rows go, in their own columns with a reason")
        parser.add_argument("--language", default="", help="of the titles of signal codes, such as ko or zh-CN")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then undo it")

    def handle(self, *args: Any, **options: Any) -> None:
        with scopes_disabled():
            try:
                summary = self._run(**options)
            except DomainError as error:
                raise CommandError(str(error)) from error
        self._say(summary, options)

    def _run(self, *, kind: str, file: Path, union: str, map: Path | None, **options: Any) -> Summary:
        if kind == "classes" and file.suffix.lower() == ".json":
            return _classes_tree(file, dry_run=options["dry_run"])
        importer = IMPORTERS[kind]
        rows: Reader = rows_of
        if kind == "signal-codes":
            files = files_of(file)
            if all(is_taxonomy(one) for one in files):
                rows = taxonomy_rows
            importer = SignalCodeImporter(
                options["language"] or (folder_language(files[0]) if rows is taxonomy_rows else "en")
            )
        unions = Unions(kind)
        chart = read_map(
            map,
            kind=kind,
            fields=importer.fields,
            union=union or (kind if kind in SHARED else ""),
            currency_of=unions.currency_of,
        )
        unions.chart = chart
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:>5}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
            tasks: dict[str, Any] = {}

            def progress(step: str, done: int, total: int) -> None:
                if step not in tasks:
                    tasks[step] = bars.add_task(step, total=total)
                bars.update(tasks[step], completed=done, total=total)

            summary = run_import(
                path=file,
                importer=importer,
                chart=chart,
                union_at=unions.at,
                report=options["report"],
                dry_run=options["dry_run"],
                progress=progress,
                now=timezone.now(),
                rows=rows,
            )
        if kind == "signal-codes" and not options["dry_run"]:
            fill_signal_words()
        return summary

    def _say(self, summary: Summary, options: dict[str, Any]) -> None:
        self.stdout.write(f"{summary.rows:,} rows read")
        for outcome, count in summary.outcomes.most_common():
            self.stdout.write(f"{count:>12,} {outcome.replace('_', ' ')}")
        for reason, count in summary.reasons.most_common(12):
            self.stdout.write(f"{count:>16,} × {reason}")
        if summary.outcomes["refused"] and options["report"]:
            self.stdout.write(f"The refused rows are in {options['report']}: mend them and import that file.")
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was kept.")


class Unions:
    """The unions of a run by slug, each looked up once; the map may say that missing ones are created."""

    chart: Map

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.currency_of = lru_cache(maxsize=None)(self._currency_of)
        self.at = lru_cache(maxsize=None)(self._at)

    def _currency_of(self, slug: str) -> str:
        union = union_named(slug)
        create = self.chart.union.get("create", {})
        if union is None and "currency" not in create:
            raise Refused(str(UnionUnknown.detail))
        return union.currency if union else str(create["currency"])

    def _at(self, slug: str) -> Union | None:
        return None if self.kind in SHARED else union_for_import(slug=slug, chart=self.chart)


def _classes_tree(file: Path, *, dry_run: bool) -> Summary:
    summary = Summary()
    with transaction.atomic():
        summary.rows = load_business_classes(path=file)
        transaction.set_rollback(dry_run)
    summary.outcomes["loaded"] = summary.rows
    return summary
