"""Rows out of CSV, XLSX and JSON files, one at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from core.errors import Invalid
from core.spreadsheets import unguarded

SAMPLE = 256 * 1024
DELIMITERS = ",;\t|"
SUFFIXES = {".csv", ".tsv", ".txt", ".xlsx", ".json"}

csv.field_size_limit(10 * 1024 * 1024)


class Unreadable(Invalid):
    """The file as a whole cannot be read."""

    code = "file_unreadable"


@dataclass(slots=True)
class RawRow:
    """One row as it stands in the file. `line` is the line (CSV), row (XLSX) or item (JSON), counted from 1."""

    file: str
    line: int
    cells: dict[str, str]


def files_of(path: Path) -> list[Path]:
    """The file itself, or the readable files of a folder in name order. Raises Unreadable."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        if not files:
            raise Unreadable(_("There is no CSV, XLSX or JSON file in %(path)s.") % {"path": path})
        return files
    if not path.is_file():
        raise Unreadable(_("There is no file %(path)s.") % {"path": path})
    return [path]


def rows_of(path: Path, *, encoding: str = "", delimiter: str = "") -> Iterator[RawRow]:
    """Every row of the file with its cells as text under the file's own column names. Raises Unreadable."""
    match path.suffix.lower():
        case ".xlsx":
            return _xlsx_rows(path)
        case ".json":
            return _json_rows(path)
        case _:
            return _csv_rows(path, encoding=encoding, delimiter=delimiter)


def encoding_of(path: Path) -> str:
    """The file's encoding, told from its first bytes and, where these are plain ASCII, from a look further on."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    if sample.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if _is_utf8(path):
        return "utf-8"
    guesses = from_bytes(sample if not sample.isascii() else path.read_bytes())
    best = guesses.best()
    if best is None:
        raise Unreadable(_("The encoding of %(path)s cannot be told. Name it in the map.") % {"path": path.name})
    # Western and Central European files look alike to a guesser; most spreadsheets write the Western one.
    likely = any("cp1252" in guess.could_be_from_charset and guess.chaos <= best.chaos for guess in guesses)
    return "cp1252" if likely and best.encoding.startswith(("cp125", "latin", "iso8859")) else best.encoding


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(SAMPLE):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _csv_rows(path: Path, *, encoding: str, delimiter: str) -> Iterator[RawRow]:
    encoding = encoding or encoding_of(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            if not delimiter:
                first = file.readline()
                delimiter = max(DELIMITERS, key=first.count)
                file.seek(0)
            reader = csv.reader(file, delimiter=delimiter)
            header = [unguarded(name.strip()) for name in next(reader, [])]
            if not header:
                raise Unreadable(_("%(path)s is empty.") % {"path": path.name})
            width = len(header)
            line = reader.line_num + 1
            for cells in reader:
                if cells:
                    if len(cells) < width:
                        cells += [""] * (width - len(cells))
                    yield RawRow(path.name, line, dict(zip(header, map(unguarded, cells), strict=False)))
                line = reader.line_num + 1
    except (UnicodeDecodeError, LookupError, csv.Error) as error:
        raise Unreadable(
            _("%(path)s cannot be read as %(encoding)s: %(error)s")
            % {"path": path.name, "encoding": encoding, "error": error}
        ) from error


def _xlsx_rows(path: Path) -> Iterator[RawRow]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise Unreadable(_("%(path)s is not an XLSX file: %(error)s") % {"path": path.name, "error": error}) from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        header = [str(name or "").strip() for name in next(rows, ())]
        if not any(header):
            raise Unreadable(_("%(path)s is empty.") % {"path": path.name})
        for line, values in enumerate(rows, start=2):
            if any(value is not None for value in values):
                cells = {name: _as_text(value) for name, value in zip(header, values, strict=False) if name}
                yield RawRow(path.name, line, cells)
    finally:
        book.close()


def _json_rows(path: Path) -> Iterator[RawRow]:
    """The objects of a JSON array; nested objects become columns with dots: `location.lat`."""
    decoder = json.JSONDecoder()
    line = 0
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(SAMPLE).lstrip()
            if not text.startswith("["):
                raise Unreadable(_("%(path)s is not a JSON array of objects.") % {"path": path.name})
            text = text[1:]
            while True:
                text = text.lstrip(" \r\n\t,")
                if text.startswith("]"):
                    return
                try:
                    item, end = decoder.raw_decode(text)
                except json.JSONDecodeError:
                    more = file.read(SAMPLE)
                    if not more:
                        raise
                    text += more
                    continue
                line += 1
                yield RawRow(path.name, line, dict(_flat(item)))
                text = text[end:]
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Unreadable(_("%(path)s is not valid JSON: %(error)s") % {"path": path.name, "error": error}) from error


def _flat(item: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in item.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield prefix + key, "; ".join(_as_text(part) for part in value)
        else:
            yield prefix + key, _as_text(value)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "year") else value.isoformat())
    return str(value)
