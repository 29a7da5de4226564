"""A first look into a file of somebody else's making: its headings, its first rows, which column may be which field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from core.importing.maps import Field
from core.importing.reading import Unreadable, encoding_of, rows_of
from core.importing.running import REPORT_COLUMNS

FIRST_ROWS = 5
MOST_COLUMNS = 100
LONGEST_CELL = 80
SAMPLE_ROWS = 200
NUMBERS = frozenset({"money", "decimal", "integer"})
COMMA = re.compile(r"[^\d]*\d{1,3}(\.\d{3})*,\d{1,2}[^\d]*\Z|[^\d]*\d+,\d{1,2}[^\d]*\Z")
POINT = re.compile(r"[^\d]*\d{1,3}(,\d{3})*\.\d{1,2}[^\d]*\Z|[^\d]*\d+\.\d{1,2}[^\d]*\Z")


@dataclass(frozen=True, slots=True)
class Look:
    """Headings in their order, some rows below them, how the file is written, and about how many rows there are (of a
    workbook nobody knows before it is read: 0).
    """

    columns: list[str]
    rows: list[list[str]]
    encoding: str
    about: int


def look_into(path: Path, *, encoding: str = "", likely: tuple[str, ...] = ()) -> Look:
    """Read the beginning of the file. Raises Unreadable, also for one that is empty or has nothing but headings."""
    is_book = path.suffix.lower() == ".xlsx"
    encoding = "" if is_book else encoding or encoding_of(path, likely=likely)
    rows = list(islice(rows_of(path, encoding=encoding), SAMPLE_ROWS))
    if not rows:
        raise Unreadable(_("%(path)s has no rows below its first line.") % {"path": path.name})
    columns = [name for name in rows[0].cells if name and name not in REPORT_COLUMNS]
    if not columns:
        raise Unreadable(_("The first line of %(path)s names no columns.") % {"path": path.name})
    if len(columns) > MOST_COLUMNS:
        raise Unreadable(
            _("%(path)s has %(count)s columns; at most %(most)s can be read.")
            % {"path": path.name, "count": len(columns), "most": MOST_COLUMNS}
        )
    about = 0 if is_book else len(rows)
    if about == SAMPLE_ROWS:
        read = sum(len(cell) + 1 for row in rows for cell in row.cells.values())
        about = max(about, path.stat().st_size * SAMPLE_ROWS // max(read, 1))
    shown = [[row.cells.get(name, "")[:LONGEST_CELL] for name in columns] for row in rows]
    return Look(columns, shown, encoding, about)


def guessed(
    columns: Iterable[str], *, fields: Mapping[str, Field], words: Mapping[str, Iterable[str]], last: Mapping[str, str]
) -> dict[str, str]:
    """A column for each field that one can be told for: as it was last time, by its very name, or by a word in it.

    `words` are what people call a field, in any language. No column is given twice.
    """
    there = list(columns)
    chosen = {name: column for name, column in last.items() if name in fields and column in there}
    plain = {column: simple(column) for column in there}
    called = {name: [simple(word) for word in (name, *words.get(name, ()))] for name in fields}
    for name in fields:
        free = [column for column in there if column not in chosen.values()]
        exact = next((column for word in called[name] for column in free if plain[column] == word), None)
        if name not in chosen and exact is not None:
            chosen[name] = exact
    # The longest word first: “unit price” is told before “unit”.
    parts = sorted(((word, name) for name in fields for word in called[name]), key=lambda each: -len(each[0]))
    for word, name in parts:
        if name in chosen or len(word) < (2 if not word.isascii() else 4):
            continue
        free = [column for column in there if column not in chosen.values() and word in plain[column]]
        if free:
            chosen[name] = free[0]
    return chosen


def simple(heading: str) -> str:
    """A heading without what people write around it: `Price (NT$) *` and `price` are the same."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return re.sub(r"\(.*?\)|\[.*?\]|[\W_]+", "", text)


def decimal_of(cells: Iterable[str]) -> str:
    """The sign before the hundredths, told from numbers that can be read in one way only."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    commas = sum(bool(COMMA.match(text)) for text in texts)
    points = sum(bool(POINT.match(text)) for text in texts)
    return "," if commas > points else "."


def number_columns(chosen: Mapping[str, str], fields: Mapping[str, Field]) -> set[str]:
    """The columns that hold numbers, as it was chosen."""
    return {column for name, column in chosen.items() if fields[name].type in NUMBERS}
