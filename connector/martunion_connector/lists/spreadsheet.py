"""XLSX with nothing but the standard library: a zip of XML parts, of which four matter."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

from martunion_connector.errors import Unusable
from martunion_connector.items import Read, items_in

LARGEST = 300_000_000
"""Bytes of one part when unpacked."""
MOST_COLUMNS = 1000
OLD = b"\xd0\xcf\x11\xe0"
_CELL = re.compile(r"([A-Z]{1,3})\d+")


def read_spreadsheet(path: Path, *, columns: Mapping[str, str], sheet: str = "", decimal: str = "") -> Read:
    """The list on this sheet, else on the first. Raises Unusable, OSError."""
    with path.open("rb") as file:
        if file.read(4) == OLD:
            raise Unusable(f"{path.name} is an old .xls or has a password: save it as .xlsx without one.")
    try:
        with zipfile.ZipFile(path) as book:
            shared = _shared(book)
            rows = _rows(book, _sheet(book, sheet, path), shared)
            header = next(rows, None)
            if header is None:
                raise Unusable(f"{path.name}: the sheet is empty; its first row has to name the columns.")
            return items_in(header[1], rows, columns=columns, decimal=decimal)
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, ValueError, EOFError, NotImplementedError) as error:
        raise Unusable(f"{path.name} is no whole .xlsx file ({error}).") from None


def _sheet(book: zipfile.ZipFile, wanted: str, path: Path) -> str:
    """The part that holds this sheet."""
    named = {}
    for one in _parsed(book, "xl/workbook.xml").iter():
        if _local(one.tag) == "sheet":
            link = next((value for key, value in one.attrib.items() if _local(key) == "id"), "")
            named[one.get("name", "")] = link
    if wanted and wanted not in named:
        raise Unusable(f"{path.name} has no sheet {wanted!r}; it has: {', '.join(map(repr, named))}.")
    if not named:
        raise Unusable(f"{path.name} has no sheet.")
    link = named[wanted] if wanted else next(iter(named.values()))
    for one in _parsed(book, "xl/_rels/workbook.xml.rels").iter():
        if one.get("Id") == link:
            target = one.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise Unusable(f"{path.name}: the sheet {wanted or next(iter(named))!r} is missing in the file.")


def _shared(book: zipfile.ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in book.namelist():
        return []
    return [_said(one) for one in _parsed(book, name) if _local(one.tag) == "si"]


def _said(element: ElementTree.Element) -> str:
    """Text in runs, without the readings that stand above Japanese."""
    found = []
    for one in element:
        if _local(one.tag) == "t":
            found.append(one.text or "")
        elif _local(one.tag) == "r":
            found.append(_said(one))
    return "".join(found)


def _rows(book: zipfile.ZipFile, name: str, shared: list[str]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    with _part(book, name) as file:
        for _event, row in ElementTree.iterparse(file):
            if _local(row.tag) != "row":
                continue
            number = int(row.get("r") or number + 1)
            cells: list[str] = []
            for cell in row:
                place = _place(cell.get("r", ""), len(cells))
                if place >= MOST_COLUMNS:
                    continue
                cells += [""] * (place + 1 - len(cells))
                cells[place] = _value(cell, shared)
            row.clear()
            if any(text.strip() for text in cells):
                yield number, cells


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return next((_said(one) for one in cell if _local(one.tag) == "is"), "")
    text = next((one.text or "" for one in cell if _local(one.tag) == "v"), "")
    if kind == "s":
        return shared[int(text)] if text.isdigit() and int(text) < len(shared) else ""
    if kind == "n" and text:
        # What was typed as 12.1 may be kept as 12.100000000000001.
        try:
            return f"{float(text):.12g}" if "e" not in f"{float(text):.12g}" else f"{float(text):.0f}"
        except ValueError:
            return text
    return text if kind != "e" else ""


def _place(name: str, usual: int) -> int:
    found = _CELL.fullmatch(name)
    if found is None:
        return usual
    place = 0
    for letter in found.group(1):
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _parsed(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with _part(book, name) as file:
        return ElementTree.parse(file).getroot()


def _part(book: zipfile.ZipFile, name: str) -> zipfile.ZipExtFile:
    info = book.getinfo(name)
    if info.file_size > LARGEST:
        raise Unusable(f"{name} in the file is larger than {LARGEST // 1_000_000} MB.")
    if info.flag_bits & 1:
        raise Unusable("The file has a password: save it without one.")
    return book.open(info)  # type: ignore[return-value]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
