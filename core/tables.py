"""Rows as files for spreadsheets, of any length: what is written is sent on, nothing is kept until the end."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core.spreadsheets import guarded

SHAPES = ("csv", "xlsx")
BLOCK = 64 * 1024
"""So many bytes, or letters, are sent at a time."""
SHEET_ROWS = 1_000_000
"""A sheet of a workbook has at most 1,048,576 rows; what does not fit goes on on the next."""


def table_file(
    request: HttpRequest, *, name: str, shape: str, head: list[str], rows: Iterable[list[Any]]
) -> StreamingHttpResponse:
    """A download `name.csv` (UTF-8 with the mark Excel needs) or `name.xlsx`, sent while its rows are read.

    `rows` are read after the request has left its middlewares: what depends on the person's language or on a scope is
    to be settled before.
    """
    blocks = table_blocks(shape=shape, head=head, rows=rows)
    kind = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        if shape == "xlsx"
        else "text/csv; charset=utf-8"
    )
    # Either server takes the other's kind of iterator as well, but reads it to its end first.
    content = _from_thread(blocks) if isinstance(request, ASGIRequest) else blocks
    disposition = f'attachment; filename="{name}.{shape}"'
    return StreamingHttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})


def table_blocks(*, shape: str, head: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    """The file's bytes, block by block, while its rows are read."""
    return _xlsx(head, rows) if shape == "xlsx" else _csv(head, rows)


def _csv(head: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(guarded(head))
    for row in rows:
        writer.writerow(guarded(row))
        if out.tell() >= BLOCK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def write_book(path: Path, sheets: Iterable[tuple[str, list[str], Iterable[list[Any]]]]) -> None:
    """A workbook of several tables, each with its name, headings and rows, which are read one after the other."""
    book = Workbook(write_only=True)
    for name, head, rows in sheets:
        _fill(book, name, head, rows)
    book.save(path)


def _xlsx(head: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    book = Workbook(write_only=True)
    _fill(book, "", head, rows)
    # A workbook is a ZIP archive, whose directory comes last: it is on disk whole before its first byte goes out.
    with tempfile.TemporaryFile() as out:
        book.save(out)
        out.seek(0)
        yield from iter(partial(out.read, BLOCK), b"")


def _fill(book: Workbook, name: str, head: list[str], rows: Iterable[list[Any]]) -> None:
    left, number = iter(rows), 1
    while True:
        sheet = book.create_sheet(f"{name} {number}" if name and number > 1 else name or None)
        sheet.append(head)
        written = 0
        for row in islice(left, SHEET_ROWS):
            sheet.append([_printable(cell) for cell in guarded(row)])
            written += 1
        if written < SHEET_ROWS:
            return
        number += 1


def _printable(cell: Any) -> Any:
    """XML knows no control characters, and a description pasted from somewhere may hold one."""
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell


async def _from_thread(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read in the request's own thread, where its database connection is."""
    take = sync_to_async(partial(next, blocks, None))
    while (block := await take()) is not None:
        yield block
