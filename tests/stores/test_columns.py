"""Files that are called otherwise than ours: asked what their columns mean, tried, then brought in."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from core.errors import Invalid, WrongState
from stores.models import ColumnMemory, FileRun, PlannedPrice, StockLevel, StockMovement, Variant
from stores.services.files.answering import begin_again, bring_in, choose_columns, read_again
from stores.services.files.kinds import file_kind
from stores.services.files.running import MOST_TRIES, STALLED, begin_import, run_file, stalled_files
from stores.services.imports.stock import StockImporter
from tests.factories.stores import StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory
from tests.manage.people import new_shop
from tests.stores.supply import NOW, supplied
from unions.models.storage import paper_storage

pytestmark = pytest.mark.django_db


def kept(path):
    with paper_storage().open(path) as file:
        return file.read()


def fresh(run):
    return FileRun.objects.select_related("store__union", "union").get(pk=run.pk)


def sent(store, kind, content, *, name="count.csv", is_dry=False):
    """What a worker makes of it at first."""
    file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
    run = begin_import(store=store, kind=kind, file=file, is_dry=is_dry, actor=None, now=NOW)
    run_file(run_id=run.pk, now=NOW)
    return fresh(run)


def said(run, chosen=None, *, decimal=None, time=None):
    """The columns are as guessed, or as `chosen`; tried."""
    layout = run.layout
    choose_columns(
        run=run,
        kind=file_kind(name=run.kind),
        chosen=chosen or layout["guess"],
        decimal=decimal or layout["decimal"],
        time=layout["time"] if time is None else time,
        now=NOW,
    )
    run_file(run_id=run.pk, now=NOW)
    return fresh(run)


def brought(run):
    bring_in(run=run, now=NOW)
    run_file(run_id=run.pk, now=NOW)
    return fresh(run)


def on_hand(variant):
    return StockLevel.objects.values_list("on_hand", flat=True).get(pk=variant.pk)


def test_foreign_headings_are_asked_about_tried_and_brought_in():
    there = supplied()
    run = sent(there.store, "stock", "Item code;Menge;Lieferant\nFLOUR;7;Mill\nSALT;many;Mill\nNONE;1;\n")
    assert (run.state, run.layout["columns"]) == ("mapping", ["Item code", "Menge", "Lieferant"])
    assert run.layout["rows"][0] == ["FLOUR", "7", "Mill"]
    assert run.layout["guess"] == {"sku": "Item code", "quantity": "Menge"}
    run = said(run)
    assert (run.state, run.is_dry, run.outcomes) == ("done", True, {"changed": 1, "refused": 2})
    assert run.refusals == [
        [3, "Menge", "Menge: must be a whole number, not “many”"],
        [4, "Item code", "Item code: “NONE” is not counted in this store"],
    ]
    assert on_hand(there.flour) == 10
    run = brought(run)
    assert (run.is_dry, run.outcomes, on_hand(there.flour)) == (False, {"changed": 1, "refused": 2}, 7)
    rows = list(csv.DictReader(io.StringIO(kept(run.report).decode("utf-8-sig"))))
    assert [(row["Item code"], row["refused_line"], row["refused_column"]) for row in rows] == [
        ("SALT", "3", "Menge"),
        ("NONE", "4", "Item code"),
    ]
    with pytest.raises(WrongState):
        bring_in(run=run, now=NOW)


def test_counts_come_in_by_bar_code_with_or_without_its_zeros():
    there = supplied()
    run = sent(there.store, "stock", "gtin,quantity\n4006381333931,7\n04006381333931,8\n4006381333932,1\n,1\n")
    assert (run.state, run.outcomes) == ("done", {"repeated": 1, "changed": 1, "refused": 2})
    assert [reason for _line, _column, reason in run.refusals] == [
        "gtin: “4006381333932” is not counted in this store",
        "gtin is missing",
    ]
    assert (on_hand(there.flour), on_hand(there.salt)) == (8, 1)
    run = sent(there.store, "stock", "EAN;Menge\n4006381333931;6\n")
    assert run.layout["guess"] == {"gtin": "EAN", "quantity": "Menge"}
    assert brought(said(run)).outcomes == {"changed": 1}
    assert on_hand(there.flour) == 6


def test_a_bar_code_of_another_article_is_refused_and_the_later_count_is_what_counts():
    there = supplied()
    VariantFactory(store=there.store, sku="BARE", stock=1)
    rows = (
        "SALT,4006381333931,5",
        "FLOUR,4006381333948,5",
        "FLOUR,,3",
        ",4006381333931,4",
        "BARE,4006381333955,2",
        ",,2",
    )
    run = sent(there.store, "stock", "\n".join(["sku,gtin,quantity", *rows]))
    assert run.outcomes == {"refused": 3, "repeated": 1, "changed": 2}
    assert run.refusals == [
        [2, "gtin", "gtin: “4006381333931” is not the bar code of “SALT”"],
        [3, "gtin", "gtin: “4006381333948” is not the bar code of “FLOUR”"],
        [7, "sku", "sku or gtin is missing"],
    ]
    assert (on_hand(there.flour), on_hand(there.salt)) == (4, 1)


def test_a_file_of_counts_has_a_number_or_a_bar_code():
    there = supplied()
    run = sent(there.store, "stock", "low_at,quantity\n1,7\n")
    assert run.state == "mapping"
    with pytest.raises(Invalid) as refusal:
        said(run, {"quantity": "quantity"})
    assert str(refusal.value) == "Which column is “Article number (SKU)”, “Barcode (GTIN, EAN)”?"


def test_the_mended_report_comes_in_with_the_columns_as_they_were_said():
    there = supplied()
    run = said(sent(there.store, "stock", "Was,Wieviel\nFLOUR,x\n"), {"sku": "Was", "quantity": "Wieviel"})
    assert run.outcomes == {"refused": 1}
    again = sent(there.store, "stock", kept(run.report).decode("utf-8-sig").replace("x", "4", 1))
    assert (again.state, again.layout["remembered"]) == ("mapping", True)
    assert again.layout["guess"] == {"sku": "Was", "quantity": "Wieviel"}
    assert brought(said(again)).outcomes == {"changed": 1}
    assert on_hand(there.flour) == 4


def test_columns_are_remembered_per_store_and_kind():
    there = supplied()
    said(sent(there.store, "stock", "Was,Wieviel\nFLOUR,3\n"), {"sku": "Was", "quantity": "Wieviel"})
    other = supplied(StoreFactory(union=there.store.union))
    assert "remembered" in (strange := sent(other.store, "stock", "Was,Wieviel\nFLOUR,3\n")).layout
    assert (strange.layout["remembered"], strange.layout["guess"]) == (False, {})
    assert sent(there.store, "products", "Was,Wieviel\nFLOUR,3\n").layout["remembered"] is False
    assert ColumnMemory.objects.get().columns == {"sku": "Was", "quantity": "Wieviel"}


@pytest.mark.parametrize(
    ("language", "encoding", "text"),
    [
        ("zh-hant", "utf-8", "貨號,數量\nTEA,12\n"),
        ("zh-hant", "cp950", "貨號,商品名稱,數量\nTEA,高山烏龍茶,12\n"),
        ("zh-hant", "utf-16", "貨號\t數量\nTEA\t12\n"),
        ("ko", "cp949", "상품코드,상품명,수량\nTEA,제주 녹차,12\n"),
        ("ko", "euc-kr", "품번;재고수량\nTEA;12\n"),
        ("ko", "utf-8-sig", "상품코드,수량\nTEA,12\n"),
        ("en", "utf-16-le", "Item no\tQty\nTEA\t12\n"),
        ("en", "cp1252", "Référence;Qty\nTEA;12\n"),
    ],
)
def test_what_real_shops_spreadsheets_write_is_read_and_guessed(language, encoding, text):
    store = StoreFactory(union=UnionFactory(languages=[language]))
    tea = VariantFactory(store=store, sku="TEA", stock=1)
    run = sent(store, "stock", text.encode(encoding), name="재고.txt" if "\t" in text else "盤點.csv")
    assert run.state == "mapping", run.problem
    assert run.layout["columns"][0] == text[: len(run.layout["columns"][0])]
    chosen = {"sku": run.layout["columns"][0], **run.layout["guess"]}
    run = brought(said(run, chosen))
    assert (run.outcomes, on_hand(tea)) == ({"changed": 1}, 12)


def test_letters_that_came_out_wrong_are_read_again():
    store = StoreFactory()
    VariantFactory(store=store, sku="TEA", stock=1)
    run = sent(store, "stock", "상품코드,수량\nTEA,3\n".encode("cp949"))
    read_again(run=run, encoding="cp949", now=NOW)
    run_file(run_id=run.pk, now=NOW)
    run = fresh(run)
    assert (run.state, run.layout["columns"]) == ("mapping", ["상품코드", "수량"])
    with pytest.raises(Invalid):
        read_again(run=run, encoding="rot13", now=NOW)


def test_decimal_commas_are_seen_and_a_wrong_sign_never_makes_a_hundredfold():
    store = StoreFactory()
    text = "sku;title;price\nA;Apple;1.234,50\nB;Bread;2,5\n"
    run = sent(store, "products", text)
    assert (run.state, run.layout["decimal"]) == ("mapping", ",")
    wrong = said(run, decimal=".")
    assert wrong.outcomes == {"refused": 2}
    assert [column for _line, column, _reason in wrong.refusals] == ["price", "price"]
    right = brought(said(wrong, decimal=","))
    assert right.outcomes == {"created": 2}
    assert dict(Variant.objects.values_list("sku", "price")) == {"A": 123450, "B": 250}


def test_planned_prices_come_in_by_the_union_s_clock_and_twice_is_once():
    there = supplied(StoreFactory(union=UnionFactory(time_zone="Asia/Seoul")))
    text = "품번,판매가,시작일,종료일\nFLOUR,2.50,2026.04.01 09:00,2026.04.08 09:00\nFLOUR,1,2026.04.02 09:00,\n"
    run = sent(there.store, "price-plans", text + "SALT,1,2020.01.01 09:00,\n")
    assert run.layout["guess"] == {"sku": "품번", "price": "판매가", "starts_at": "시작일", "ends_at": "종료일"}
    assert run.layout["time"] == "%Y.%m.%d %H:%M"
    run = said(run)
    assert (run.outcomes, PlannedPrice.objects.count()) == ({"created": 1, "refused": 2}, 0)
    assert [reason for _line, _column, reason in run.refusals] == [
        "Another price is planned for this variant at that time.",
        "This moment is over already.",
    ]
    run = brought(run)
    plan = PlannedPrice.objects.get()
    assert (plan.price, plan.starts_at.isoformat()) == (250, "2026-04-01T00:00:00+00:00")
    assert brought(said(sent(there.store, "price-plans", text))).outcomes == {"unchanged": 1, "refused": 1}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", b"sku,quantity\n", "import.csv has no rows below its first line."),
        ("a.csv", b" \n\n", "import.csv is empty."),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x00", "import.csv is no text"),
        ("a.xlsx", b"sku,quantity\nA,1\n", "import.xlsx is not an XLSX file"),
    ],
)
def test_files_that_are_none_are_refused_with_a_reason_and_can_be_tried_again(name, content, problem):
    there = supplied()
    run = sent(there.store, "stock", content, name=name)
    assert run.state == "failed"
    assert run.problem.startswith(problem)
    begin_again(run=run, now=NOW)
    assert fresh(run).state == "waiting"
    assert StockMovement.objects.exclude(kind="received").count() == 0


def test_an_empty_or_huge_file_is_refused_at_the_door():
    there = supplied()
    with pytest.raises(Invalid, match="file is empty"):
        sent(there.store, "stock", b"")
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _piece in range(1001):
            part.write(b" " * 1_000_000)
    run = sent(there.store, "stock", bomb.getvalue(), name="bomb.xlsx")
    assert (run.state, run.problem) == ("failed", "import.xlsx is too large when unpacked. Send it in parts.")


def test_workbooks_keep_what_begins_like_a_formula_as_it_was():
    there = supplied()
    Variant.objects.get(pk=there.flour.pk).product.__class__.objects.filter(pk=there.flour.product_id).update(
        title="=Flour", description="odd \x0b sign"
    )
    from tests.stores.test_files import exported

    for _round in range(2):
        run = sent(there.store, "products", exported(there.store, "products", "xlsx"), name="goods.xlsx")
        there.flour.product.refresh_from_db()
        assert (run.state, there.flour.product.title) == ("done", "=Flour")
    assert run.outcomes == {"unchanged": 2}


def test_two_columns_of_one_name_are_told_apart():
    there = supplied()
    run = sent(there.store, "stock", "sku,count,count\nFLOUR,3,8\n")
    assert run.layout["columns"] == ["sku", "count", "count (2)"]
    assert brought(said(run, {"sku": "sku", "quantity": "count (2)"})).outcomes == {"changed": 1}
    assert on_hand(there.flour) == 8


def test_fifty_thousand_rows_come_in_and_the_refused_ones_come_back():
    there = supplied()
    lines = [f"SKU-{number},{number % 90}" for number in range(49_998)]
    lines[20_000:20_000] = ["FLOUR,77", "SALT,78"]
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["Artikelnummer", "Bestand"])
    for line in lines:
        sheet.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    run = said(sent(there.store, "stock", out.getvalue(), name="count.xlsx"))
    assert (run.rows, run.outcomes, on_hand(there.flour)) == (50_000, {"changed": 2, "refused": 49_998}, 10)
    run = brought(run)
    assert (run.outcomes, on_hand(there.flour), on_hand(there.salt)) == ({"changed": 2, "refused": 49_998}, 77, 78)
    assert (len(run.refusals), kept(run.report).count(b"\n")) == (100, 49_999)


class Killed(BaseException):
    """As sudden as a kill."""


def test_killed_half_way_it_is_begun_again_and_every_row_counts_once(monkeypatch):
    store = StoreFactory()
    variants = [VariantFactory(store=store, sku=f"A-{number:04}", stock=1) for number in range(6)]
    text = "sku,quantity\n" + "".join(f"A-{number:04},9\n" for number in range(6))
    take, calls = StockImporter.take, []

    def dies(self, groups, **more):
        calls.append(len(groups))
        if len(calls) == 2:
            raise Killed
        take(self, groups, **more)

    monkeypatch.setattr("core.importing.running.BATCH", 3)
    monkeypatch.setattr(StockImporter, "take", dies)
    with pytest.raises(Killed):
        sent(store, "stock", text)
    run = fresh(FileRun.objects.get())
    assert (run.state, [on_hand(variant) for variant in variants]) == ("running", [9, 9, 9, 1, 1, 1])
    later = run.moved_at + STALLED * 2
    assert stalled_files(now=later) == [run.pk]
    run_file(run_id=run.pk, now=later)
    run = fresh(run)
    assert (run.state, run.outcomes) == ("done", {"unchanged": 3, "changed": 3})
    assert [on_hand(variant) for variant in variants] == [9] * 6
    assert StockMovement.objects.filter(kind="adjusted").count() == 6


def test_a_file_that_kills_its_workers_is_given_up():
    there = supplied()
    run = sent(there.store, "stock", "Was,Wieviel\nFLOUR,3\n")
    FileRun.objects.filter(pk=run.pk).update(state="running", tries=MOST_TRIES)
    run_file(run_id=run.pk, now=fresh(run).moved_at + STALLED + timedelta(seconds=1))
    assert (fresh(run).state, fresh(run).problem[:24]) == ("failed", "Nobody could finish it, ")


def test_another_file_of_the_store_waits_until_the_first_is_through():
    there = supplied()
    first = sent(there.store, "stock", "Was,Wieviel\nFLOUR,3\n")
    FileRun.objects.filter(pk=first.pk).update(state="running")
    second = sent(there.store, "stock", "sku,quantity\nSALT,5\n")
    assert (second.state, on_hand(there.salt)) == ("waiting", 1)
    FileRun.objects.filter(pk=first.pk).update(state="done")
    run_file(run_id=second.pk, now=NOW)
    assert (fresh(second).state, on_hand(there.salt)) == ("done", 5)


def test_the_page_asks_shows_the_try_and_brings_in():
    shop = new_shop()
    client = shop.staff("stock")
    file = SimpleUploadedFile("count.csv", b"Item,Pieces\nLOAF-1,4\nNO,1\n")
    client.post(shop.url("files/in/stock/"), {"file": file, "is_dry": "on", "once": "a"})
    run = FileRun.objects.get()
    run_file(run_id=run.pk, now=NOW)
    url = shop.url(f"files/{run.ref}/")
    page = client.get(url).content.decode()
    assert "Which column is which?" in page
    assert "LOAF-1" in page
    twice = client.post(f"{url}columns/", {"column-0": "sku", "column-1": "sku", "decimal": ".", "once": "b"})
    assert (twice.status_code, "“Item” is this already." in twice.content.decode()) == (422, True)
    short = client.post(f"{url}columns/", {"column-0": "sku", "decimal": ".", "once": "c"})
    assert (short.status_code, "Which column is “Pieces counted”?" in short.content.decode()) == (422, True)
    answer = client.post(f"{url}columns/", {"column-0": "sku", "column-1": "quantity", "decimal": ".", "once": "d"})
    assert (answer.status_code, answer["Location"]) == (302, url)
    run_file(run_id=run.pk, now=NOW)
    page = client.get(url).content.decode()
    for words in ("This was only a try", "Bring it in now", "Item: “NO” is not counted in this store"):
        assert words in page
    assert shop.staff("orders").post(f"{url}go/", {"once": "e"}).status_code == 403
    assert shop.office().post(f"{url}go/", {"once": "e"}).status_code == 403
    client.post(f"{url}go/", {"once": "e"})
    client.post(f"{url}go/", {"once": "e"})
    run_file(run_id=run.pk, now=NOW)
    assert on_hand(shop.variant) == 4
    assert "Bring it in now" not in client.get(url).content.decode()
