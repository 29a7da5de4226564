"""Rows as files for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook

from core.spreadsheets import guarded

SHAPES = ("csv", "xlsx")


def table_file(*, name: str, shape: str, head: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    """A download `name.csv` (UTF-8 with the mark Excel needs) or `name.xlsx`."""
    content = _xlsx(head, rows) if shape == "xlsx" else _csv(head, rows)
    kind = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        if shape == "xlsx"
        else "text/csv; charset=utf-8"
    )
    disposition = f'attachment; filename="{name}.{shape}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})


def _csv(head: list[str], rows: Iterable[list[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(guarded(head))
    for row in rows:
        writer.writerow(guarded(row))
    return out.getvalue().encode("utf-8-sig")


def _xlsx(head: list[str], rows: Iterable[list[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(head)
    for row in rows:
        sheet.append(guarded(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
