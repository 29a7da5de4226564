import json
import zipfile

import pytest
from openpyxl import Workbook

from core.importing.reading import Unreadable, files_of, rows_of


def cells(path, **options):
    return [row.cells for row in rows_of(path, **options)]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "名稱;價格\n烏龍茶;120\n"),
        ("utf-8-sig", "name;price\nCafé;3\n"),
        ("utf-16", "name;price\nCafé;3\n"),
        ("cp1252", "name;price\n" + "Crème brûlée à la façon de Noël, goût prononcé;3\n" * 30),
        ("big5", "名稱;價格\n" + "高山烏龍茶禮盒裝，本店自製;120\n" * 40),
        ("euc-kr", "이름;가격\n" + "제주 녹차 선물 세트, 매장에서 직접;9000\n" * 40),
    ],
)
def test_any_common_encoding_is_read(tmp_path, encoding, text):
    file = tmp_path / "goods.csv"
    file.write_bytes(text.encode(encoding))
    header, first = (line.split(";") for line in text.splitlines()[:2])
    assert cells(file)[0] == dict(zip(header, first, strict=True))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_out(tmp_path, delimiter):
    file = tmp_path / "goods.csv"
    file.write_text(f"a{delimiter}b\n1{delimiter}2\n")
    assert cells(file) == [{"a": "1", "b": "2"}]


def test_line_numbers_count_quoted_newlines_and_blank_lines(tmp_path):
    file = tmp_path / "goods.csv"
    file.write_text('a,b\n"two\nlines",1\n\nx,2\n')
    assert [(row.line, row.cells["a"]) for row in rows_of(file)] == [(2, "two\nlines"), (5, "x")]


def test_short_rows_are_filled_up(tmp_path):
    file = tmp_path / "goods.csv"
    file.write_text("a,b\n1\n")
    assert cells(file) == [{"a": "1", "b": ""}]


def test_xlsx_numbers_and_dates_become_text(tmp_path):
    from datetime import UTC, datetime

    book = Workbook()
    book.active.append(["sku", "price", "added"])
    book.active.append([17850.0, 2.5, datetime(2026, 1, 2, 3, 4, tzinfo=UTC).replace(tzinfo=None)])
    book.save(tmp_path / "goods.xlsx")
    assert cells(tmp_path / "goods.xlsx") == [{"sku": "17850", "price": "2.5", "added": "2026-01-02 03:04:00"}]


def test_json_objects_become_rows_with_dotted_columns(tmp_path):
    file = tmp_path / "stores.json"
    many = [{"id": number, "place": {"lat": 1.5}, "services": ["a", "b"]} for number in range(20_000)]
    file.write_text(json.dumps(many))
    rows = cells(file)
    assert len(rows) == 20_000
    assert rows[19_999] == {"id": "19999", "place.lat": "1.5", "services": "a; b"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("broken.json", b'[{"a": 1}, {"a": '),
        ("object.json", b'{"a": 1}'),
        ("fake.xlsx", b"not a workbook"),
    ],
)
def test_unreadable_file_is_refused_with_its_name(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=name):
        cells(tmp_path / name)


def test_wrongly_named_encoding_is_refused(tmp_path):
    file = tmp_path / "goods.csv"
    file.write_bytes("name\nCafé\n".encode("cp1252"))
    with pytest.raises(Unreadable, match="utf-8"):
        cells(file, encoding="utf-8")


def test_folder_is_read_in_name_order(tmp_path):
    for name in ("b.csv", "a.csv", "notes.md"):
        (tmp_path / name).write_text("x\n")
    assert [file.name for file in files_of(tmp_path)] == ["a.csv", "b.csv"]
    with pytest.raises(Unreadable):
        files_of(tmp_path / "missing.csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("numbers.json", b"[1, 2]"),
        ("mixed.json", b'[{"a": 1}, "b"]'),
        ("digits.json", b'[{"a": ' + b"9" * 5000 + b"}]"),
        ("deep.json", b'[{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]"),
    ],
)
def test_json_that_is_no_list_of_objects_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=name):
        cells(tmp_path / name)


def test_half_a_letter_in_json_is_a_question_mark(tmp_path):
    file = tmp_path / "goods.json"
    file.write_text('[{"sku": "A\\ud800", "\\udc00": ["\\ud800"]}]')
    assert cells(file) == [{"sku": "A?", "?": "?"}]


def odd_sheet(path, sheet):
    """A workbook whose sheet is this XML."""
    book = Workbook()
    book.active.append(["sku"])
    book.save(path)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
    '<sheetData><row r="1">{head}</row>{rows}</sheetData></worksheet>'
)
CELL = '<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_sheet_that_says_it_is_as_large_as_can_be_is_read_in_no_time(tmp_path):
    row = f'<row r="2">{CELL.format(at="A2", text="X-1")}{CELL.format(at="XFD2", text="far off")}</row>'
    far = f'<row r="1048576">{CELL.format(at="A1048576", text="X-2")}</row>'
    beyond = f'<row r="999999999999">{CELL.format(at="A1", text="X-3")}</row>'
    odd_sheet(tmp_path / "wide.xlsx", SHEET.format(head=CELL.format(at="A1", text="sku"), rows=row + far + beyond))
    assert [(one.line, one.cells) for one in rows_of(tmp_path / "wide.xlsx")] == [
        (2, {"sku": "X-1"}),
        (1048576, {"sku": "X-2"}),
    ]


def test_a_sheet_of_more_columns_than_anybody_has_is_refused(tmp_path):
    odd_sheet(tmp_path / "wide.xlsx", SHEET.format(head=CELL.format(at="XFD1", text="sku"), rows=""))
    with pytest.raises(Unreadable, match=r"wide.xlsx.*16384.*1000"):
        cells(tmp_path / "wide.xlsx")


def test_a_workbook_that_is_a_bomb_is_not_opened(tmp_path):
    odd_sheet(tmp_path / "bomb.xlsx", SHEET.format(head="", rows=" " * 101_000_000))
    assert (tmp_path / "bomb.xlsx").stat().st_size < 1_000_000
    with pytest.raises(Unreadable, match=r"bomb.xlsx is too large"):
        cells(tmp_path / "bomb.xlsx")
