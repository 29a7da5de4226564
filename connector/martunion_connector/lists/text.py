"""CSV and its relatives, in whatever way a till or an office program writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from martunion_connector.errors import Unusable
from martunion_connector.items import Read, items_in

MARKS = ",;\t|"
LARGEST = 200_000_000
csv.field_size_limit(1_000_000)


def read_text_list(
    path: Path, *, columns: Mapping[str, str], encoding: str = "", delimiter: str = "", decimal: str = ""
) -> Read:
    """The list in this file; its first row that is not empty names the columns. Raises Unusable, OSError."""
    if path.stat().st_size > LARGEST:
        raise Unusable(f"{path.name} is larger than {LARGEST // 1_000_000} MB.")
    text, note = _decoded(path, encoding)
    rows = _rows(text, path, delimiter)
    header = next(rows, None)
    if header is None:
        raise Unusable(f"{path.name} is empty: its first row has to name the columns, such as title,price,sku,stock.")
    read = items_in(header[1], rows, columns=columns, decimal=decimal)
    return Read(read.items, read.wrong, (note,) if note else ())


def _decoded(path: Path, encoding: str) -> tuple[str, str]:
    raw = path.read_bytes()
    if encoding:
        try:
            return raw.decode(encoding), ""
        except (UnicodeDecodeError, LookupError) as error:
            raise Unusable(f"{path.name} is not written in {encoding}: {error}.") from None
    if raw[:4] == b"PK\x03\x04":
        raise Unusable(f"{path.name} is a spreadsheet; give it the ending .xlsx.")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16"), ""
        except UnicodeDecodeError as error:
            raise Unusable(f"{path.name} begins as UTF-16 and is not: {error}.") from None
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), (
            f"{path.name} is not UTF-8 and was read as Windows-1252; if letters look wrong, name the encoding."
        )


def _rows(text: str, path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    # Excel's own hint.
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter = delimiter or first.strip()[4]
        text = text.split("\n", 1)[1] if "\n" in text else ""
        first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or max(MARKS, key=first.count))
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise Unusable(f"{path.name}, row {reader.line_num}: {error}.") from None
