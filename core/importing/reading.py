"""Rows out of CSV, XLSX and JSON files, one at a time."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter
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
WESTERN = 15
"""At most so many percent of a Western European text are letters with marks."""
UNPACKED = 1_000_000_000
PACKED_TO = 100
SMALL = 100_000_000
"""A workbook is a packed archive: one that unpacks to more bytes than UNPACKED, or, past a small size, to more than a
hundred times its own, is not opened. What people keep in workbooks packs to a tenth."""
SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 1_000
"""A sheet may say of itself that it is wider and longer than any: only so much of it is gone through."""

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


def encoding_of(path: Path, *, likely: tuple[str, ...] = ()) -> str:
    """The file's encoding, told from its first bytes and, where these are plain ASCII, from a look further on.

    `likely` ones are taken before any guess where the file can be read in them: short texts in Big5 or EUC-KR are hard
    to tell apart by their bytes, and easy by the country.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    if sample.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in sample:
        return _wide_encoding(sample, path)
    if _reads_as(path, "utf-8"):
        return "utf-8"
    # Anything can be read as Western European, whose texts are mostly ASCII all the same.
    is_western = sum(byte > 127 for byte in sample) * 100 < WESTERN * len(sample)
    for encoding in likely:
        if (encoding != "cp1252" or is_western) and _reads_as(path, encoding):
            return encoding
    guesses = from_bytes(sample if not sample.isascii() else path.read_bytes())
    best = guesses.best()
    if best is None:
        raise Unreadable(_("The encoding of %(path)s cannot be told. Name it in the map.") % {"path": path.name})
    # Western and Central European files look alike to a guesser; most spreadsheets write the Western one.
    western = any("cp1252" in guess.could_be_from_charset and guess.chaos <= best.chaos for guess in guesses)
    return "cp1252" if western and best.encoding.startswith(("cp125", "latin", "iso8859")) else best.encoding


def _wide_encoding(sample: bytes, path: Path) -> str:
    """Without a mark, two bytes a letter are known by where the zeros of its delimiters and digits stand."""
    at = Counter(place % 2 for place, byte in enumerate(sample) if not byte)
    encoding = "utf-16-le" if at[1] > at[0] else "utf-16-be"
    if min(at[0], at[1]) * 10 > max(at[0], at[1]) or not _reads_as(path, encoding):
        raise Unreadable(_("%(path)s is no text: save it as CSV or XLSX first.") % {"path": path.name})
    return encoding


def _reads_as(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding) as file:
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
                delimiter = delimiter_of(file.readline())
                file.seek(0)
            reader = csv.reader(file, delimiter=delimiter)
            header = _distinct(next(reader, []))
            if not any(header):
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


def delimiter_of(first_line: str) -> str:
    """What stands between the cells, told from the headings."""
    return max(DELIMITERS, key=first_line.count)


def _distinct(names: list[str]) -> list[str]:
    """The headings as they stand there; the second of one name gets a number, or its cells would hide the first's."""
    seen: Counter[str] = Counter()
    header = []
    for name in (unguarded(name.strip()) for name in names):
        seen[name] += 1
        header.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return header


def _xlsx_rows(path: Path) -> Iterator[RawRow]:
    try:
        with zipfile.ZipFile(path) as packed:
            most = min(UNPACKED, max(SMALL, PACKED_TO * path.stat().st_size))
            if sum(part.file_size for part in packed.infolist()) > most:
                raise Unreadable(_("%(path)s is too large when unpacked. Send it in parts.") % {"path": path.name})
        book = load_workbook(path, read_only=True, data_only=True)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(_("%(path)s is not an XLSX file: %(error)s") % {"path": path.name, "error": error}) from error
    try:
        header = _distinct(_sheet_header(book, path))
        for line, values in enumerate(_sheet_rows(book, path, first=2, last=SHEET_ROWS, width=len(header)), start=2):
            if values.count(None) < len(values):
                texts = (unguarded(_as_text(value)) for value in values)
                yield RawRow(path.name, line, {name: text for name, text in zip(header, texts, strict=False) if name})
    finally:
        book.close()


def _sheet_header(book: Any, path: Path) -> list[str]:
    names = [str(name or "") for name in next(_sheet_rows(book, path, first=1, last=1), ())]
    while names and not names[-1].strip():
        names.pop()
    if not names:
        raise Unreadable(_("%(path)s is empty.") % {"path": path.name})
    if len(names) > SHEET_COLUMNS:
        raise Unreadable(
            _("%(path)s has %(count)s columns; at most %(most)s can be read.")
            % {"path": path.name, "count": len(names), "most": SHEET_COLUMNS}
        )
    return names


def _sheet_rows(book: Any, path: Path, *, first: int, last: int, width: int | None = None) -> Iterator[tuple[Any, ...]]:
    """These rows of the first sheet. A damaged archive shows itself only while it is unpacked."""
    try:
        sheet = book.worksheets[0]
        # What it says of its own size is not believed: every row would be filled up to it.
        sheet.reset_dimensions()
        yield from sheet.iter_rows(min_row=first, max_row=last, max_col=width, values_only=True)
    except Exception as error:
        raise Unreadable(_("%(path)s is damaged: %(error)s") % {"path": path.name, "error": error}) from error


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
                if not isinstance(item, dict):
                    raise Unreadable(_("%(path)s is not a JSON array of objects.") % {"path": path.name})
                line += 1
                yield RawRow(path.name, line, dict(_flat(item)))
                text = text[end:]
    except Unreadable:
        raise
    # A number of thousands of digits is a ValueError, what is nested too deeply a RecursionError.
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("%(path)s is not valid JSON: %(error)s") % {"path": path.name, "error": error}) from error


def _flat(item: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in item.items():
        key = _sayable(name)
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield prefix + key, _sayable("; ".join(_as_text(part) for part in value))
        else:
            yield prefix + key, _sayable(_as_text(value))


def _sayable(text: str) -> str:
    """JSON can name halves of letters, which no file and no database takes."""
    return text.encode("utf-8", "replace").decode()


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "year") else value.isoformat())
    return str(value)
