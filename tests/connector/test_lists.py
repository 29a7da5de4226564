"""Lists as shops write them: numbers, encodings, broken rows, spreadsheets, databases."""

import sqlite3
import zipfile
from datetime import datetime
from decimal import Decimal

import openpyxl
import pytest

from martunion_connector.errors import Unusable
from martunion_connector.lists.database import read_query
from martunion_connector.lists.spreadsheet import read_spreadsheet
from martunion_connector.lists.text import read_text_list
from martunion_connector.numbers import minor_units, number_in

NOON = datetime.fromisoformat("2026-12-24T12:00")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12.50", "12.50"),
        ("12,50", "12.50"),
        ("£1,234.50", "1234.50"),
        ("1.234,50 €", "1234.50"),
        ("1 234", "1234"),
        ("NT$ 1,200", "1200"),
        ("1,234", "1234"),
        ("1,234,567", "1234567"),
        ("12,5", "12.5"),
        ("0,999", "0.999"),
        (".5", "0.5"),
        ("1'234.50", "1234.50"),
        ("EUR 12,00.-", "12"),
        ("-3", "-3"),
        ("ask us", None),
        ("", None),
        ("3 for 2", None),
        ("10-12", None),
        ("99999999999999", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text, found):
    expected = None if found is None else Decimal(found)
    assert number_in(text) == expected


def test_a_named_decimal_mark_is_believed():
    assert number_in("1,234", decimal=",") == Decimal("1.234")
    assert number_in("1.234,5", decimal=",") == Decimal("1234.5")
    assert number_in(".5", decimal=".") == Decimal("0.5")


def test_minor_units_follow_the_currency():
    assert (minor_units(Decimal("12.5"), 2), minor_units(Decimal(1200), 0)) == (1250, 1200)
    assert (minor_units(Decimal("0.125"), 2), minor_units(Decimal("0.135"), 2)) == (12, 14)


def listed(path, text, *, written_in="utf-8", **how):
    path.write_bytes(text.encode(written_in))
    return read_text_list(path, columns=how.pop("columns", {}), **how)


def test_a_dirty_list_gives_what_can_be_used_and_says_what_cannot(tmp_path):
    read = listed(
        tmp_path / "list.csv",
        "\ufeff\r\nSKU; Name ;Unit Price;QTY;Tags\r\n"
        'L-1;"Lamp; brass";12,50;3;reading\r\n'
        ";;;;\r\n"
        "L-2;Shelf;ask us;1;\r\n"
        "L-3;;5,00;1;\r\n"
        "L-4;Box;4,00;many;\r\n"
        "L-5;Rope;2,00\r\n"
        "L-6;Hook;0,00;1;\r\n"
        "L-7;Nail;0,10;-5;;too;many\r\n",
    )
    assert [(item.sku, item.title, item.price, item.stock) for item in read.items] == [
        ("L-1", "Lamp; brass", Decimal("12.50"), 3),
        ("L-5", "Rope", Decimal("2.00"), None),
        ("L-7", "Nail", Decimal("0.10"), 0),
    ]
    assert read.items[0].known_as == {"lamp", "brass", "reading", "l", "1"}
    assert read.wrong == (
        "row 5: the price of 'Shelf' is 'ask us', which is no price",
        "row 6: it has no title",
        "row 7: the stock of 'Box' is 'many', which is no number",
        "row 9: the price of 'Hook' is '0,00', which is no price",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found_out(tmp_path, encoding):
    read = listed(tmp_path / "list.csv", "title,price\nCafé crème,2.50\n", written_in=encoding)
    assert [item.title for item in read.items] == ["Café crème"]
    assert len(read.notes) == (encoding == "cp1252")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_marks_between_columns_are_found_out(tmp_path, mark):
    read = listed(tmp_path / "list.txt", f"name{mark}price{mark}stock\nLamp{mark}12.50{mark}3\n")
    assert [(item.title, item.price, item.stock) for item in read.items] == [("Lamp", Decimal("12.50"), 3)]


def test_columns_have_names_in_three_languages_or_those_of_the_configuration(tmp_path):
    read = listed(tmp_path / "list.csv", "品名,售價,庫存\n檯燈,1200,4\n")
    assert [(item.title, item.price, item.stock) for item in read.items] == [("檯燈", Decimal(1200), 4)]
    named = {"title": "Artikel", "price": "VK", "available_at": "ab"}
    read = listed(tmp_path / "list.csv", "sep=;\nArtikel;VK;ab\nLampe;9,90;2026-12-24T10:00+01:00\n", columns=named)
    assert read.items[0].available_at == datetime.fromisoformat("2026-12-24T10:00+01:00")


@pytest.mark.parametrize(
    ("text", "how", "says"),
    [
        ("", {}, "is empty"),
        ("a,b\n1,2\n", {}, "No column looks like title or price; there are: 'a', 'b'"),
        ("title,price\nLamp,1\n", {"columns": {"title": "Artikel"}}, "There is no column 'Artikel' for title"),
        ("title,price\nCafé,1\n", {"encoding": "ascii"}, "is not written in ascii"),
        ("title,price\nLamp,1\n", {"encoding": "klingon"}, "is not written in klingon"),
    ],
)
def test_lists_that_cannot_be_used_say_why(tmp_path, text, how, says):
    with pytest.raises(Unusable, match=says.replace("(", r"\(")):
        listed(tmp_path / "list.csv", text, **how)


def workbook(path):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Stock")
    rows = [
        ["Code", None, "Name", "Price", "On hand", "Ready"],
        [None] * 6,
        ["007", "x", "Lamp & <shade>", 12.1, 3, None],
    ]
    for row in rows:
        sheet.append(row)
    sheet.append([8, None, "檯燈", "1,200", None, NOON])
    sheet.append([9, None, "No price", None, 1])
    book.save(path)
    return path


def test_a_spreadsheet_is_read_with_its_blanks_and_kinds_of_cells(tmp_path):
    path = workbook(tmp_path / "stock.xlsx")
    read = read_spreadsheet(path, columns={}, sheet="Stock")
    assert [(item.sku, item.title, item.price, item.stock) for item in read.items] == [
        ("007", "Lamp & <shade>", Decimal("12.1"), 3),
        ("8", "檯燈", Decimal(1200), None),
    ]
    assert read.wrong == ("row 5: the price of 'No price' is '', which is no price",)
    with pytest.raises(Unusable, match="has no sheet 'Lager'; it has: 'Notes', 'Stock'"):
        read_spreadsheet(path, columns={}, sheet="Lager")
    with pytest.raises(Unusable, match="the sheet is empty"):
        read_spreadsheet(path, columns={})


def test_the_day_of_a_spreadsheet_is_a_day(tmp_path):
    path = workbook(tmp_path / "stock.xlsx")
    read = read_spreadsheet(path, columns={"available_at": "Ready"}, sheet="Stock")
    assert read.items[1].available_at.replace(tzinfo=None) == NOON


def test_inline_and_rich_texts_of_other_programs_are_read(tmp_path):
    path = tmp_path / "written.xlsx"
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "xl/workbook.xml",
            f'<workbook {main} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r1" Target="/xl/worksheets/sheet1.xml"/></Relationships>',
        )
        book.writestr(
            "xl/sharedStrings.xml",
            f"<sst {main}><si><r><t>Pri</t></r><r><t>ce</t></r></si>"
            "<si><t>燈</t><rPh sb='0' eb='1'><t>not this</t></rPh></si></sst>",
        )
        book.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet {main}><sheetData><row><c t="inlineStr"><is><t>Name</t></is></c><c t="s"><v>0</v></c></row>'
            '<row><c t="s"><v>1</v></c><c><v>12.100000000000001</v></c></row>'
            '<row><c t="str"><v>Lamp</v></c><c t="e"><v>#N/A</v></c></row></sheetData></worksheet>',
        )
    read = read_spreadsheet(path, columns={})
    assert [(item.title, item.price) for item in read.items] == [("燈", Decimal("12.1"))]
    assert read.wrong == ("row 3: the price of 'Lamp' is '', which is no price",)


def test_files_that_are_no_spreadsheet_say_so(tmp_path):
    path = tmp_path / "stock.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))
    with pytest.raises(Unusable, match=r"an old \.xls or has a password"):
        read_spreadsheet(path, columns={})
    path.write_bytes(workbook(tmp_path / "whole.xlsx").read_bytes()[:3000])
    with pytest.raises(Unusable, match=r"is no whole \.xlsx file"):
        read_spreadsheet(path, columns={})
    with pytest.raises(Unusable, match=r"give it the ending \.xlsx"):
        read_text_list(tmp_path / "whole.xlsx", columns={})


def test_a_query_is_a_list(tmp_path):
    path = tmp_path / "till.sqlite"
    till = sqlite3.connect(path)
    with till:
        till.execute("CREATE TABLE goods (no TEXT, label TEXT, gross REAL, left_over INTEGER)")
        till.executemany(
            "INSERT INTO goods VALUES (?, ?, ?, ?)", [("1", "Lamp", 12.5, 3), ("2", "Gone", 1, 0), ("3", None, 1, 1)]
        )
    till.close()
    read = read_query(
        "SELECT no AS sku, label AS title, gross AS price, left_over AS stock FROM goods", columns={}, database=path
    )
    assert [(item.sku, item.title, item.price, item.stock) for item in read.items] == [
        ("1", "Lamp", Decimal("12.5"), 3),
        ("2", "Gone", Decimal(1), 0),
    ]
    assert read.wrong == ("row 3: it has no title",)
    again = read_query("SELECT label AS title, gross AS price FROM goods", columns={}, module="sqlite3",
                       connect={"database": str(path)})  # fmt: skip
    assert len(again.items) == 2
    for sql, says in (("SELECT nothing FROM goods", "The query failed"), ("DELETE FROM goods", "The query failed")):
        with pytest.raises(Unusable, match=says):
            read_query(sql, columns={}, database=path)
    with pytest.raises(Unusable, match="There is no database"):
        read_query("SELECT 1", columns={}, database=tmp_path / "none")
    with pytest.raises(Unusable, match="is not installed"):
        read_query("SELECT 1", columns={}, module="no_such_driver")
