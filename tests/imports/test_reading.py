import json

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
