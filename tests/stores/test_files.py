"""Everything of a store as files, out and in."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from core.errors import Invalid
from orders.models import Shipment
from orders.services.tracking import record_event
from stores.models import FileRun, PriceChange, StockLevel, Supplier, SupplierGood, Variant
from stores.services.files.kinds import file_kinds
from stores.services.files.running import (
    LASTS,
    STALLED,
    begin_export,
    begin_import,
    forget_files,
    run_file,
    stalled_files,
)
from tests.factories.orders import NOW as SOLD
from tests.factories.stores import StoreFactory, VariantFactory
from tests.manage.people import new_shop
from tests.stores.full import full_shop
from tests.stores.supply import NOW, supplied
from unions.models import Look
from unions.models.storage import paper_storage
from unions.services.looks import copy_looks

pytestmark = pytest.mark.django_db


def kept(path):
    with paper_storage().open(path) as file:
        return file.read()


def exported(store, kind, shape="csv"):
    run = begin_export(store=store, kind=kind, shape=shape, actor=None, now=NOW)
    run_file(run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert (run.state, run.percent, run.problem) == ("done", 100, "")
    return kept(run.path)


def rows_in(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def imported(store, kind, text, *, is_dry=False, name="rows.csv"):
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    run = begin_import(store=store, kind=kind, file=file, is_dry=is_dry, actor=None, now=NOW)
    run_file(run_id=run.pk, now=NOW)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_every_kind_comes_out_with_its_columns(shape):
    shop = full_shop()
    parcel = Shipment.objects.get(order__store=shop.store)
    record_event(
        shipment=parcel, state="in_transit", at=SOLD, now=SOLD, source="manual", external_id="1", place="Truro",
        words="on the road", actor=None,
    )  # fmt: skip
    for kind in file_kinds(allowed=lambda permission: True):
        content = exported(shop.store, kind.name, shape)
        if shape == "csv":
            rows = rows_in(content)
            head = list(rows[0])
        else:
            sheet = load_workbook(io.BytesIO(content)).active
            head = [cell.value for cell in sheet[1]]
            rows = list(sheet.iter_rows(min_row=2))
        assert (head, len(rows) >= 1) == (list(kind.head), True), kind.name


def test_a_file_holds_the_store_and_no_other():
    there = supplied()
    VariantFactory(store=StoreFactory(union=there.store.union), sku="FOREIGN")
    Variant.objects.filter(pk=there.flour.pk).update(gtin="5012345678900")
    rows = rows_in(exported(there.store, "stock"))
    said = [(row["sku"], row["gtin"], row["quantity"]) for row in rows]
    assert said == [("FLOUR", "5012345678900", "10"), ("SALT", "", "1")]


@pytest.mark.parametrize("kind", ["products", "stock", "suppliers"])
def test_what_came_out_changes_nothing_when_it_comes_in_again(kind):
    there = supplied()
    run = imported(there.store, kind, exported(there.store, kind))
    assert (run.state, run.outcomes) == ("done", {"unchanged": 2})


def test_goods_come_in_with_their_price_history_and_a_report_of_refused_rows():
    there = supplied()
    text = "sku,title,price\nNEW,New thing,4.50\nFLOUR,Flour,9.00\nBAD,Bad,-1\n"
    dry = imported(there.store, "products", text, is_dry=True)
    assert dry.outcomes == {"created": 1, "changed": 1, "refused": 1}
    assert not Variant.objects.filter(sku="NEW").exists()
    run = imported(there.store, "products", text)
    assert (run.outcomes, run.rows) == ({"created": 1, "changed": 1, "refused": 1}, 3)
    assert Variant.objects.get(sku="NEW").price == 450
    assert PriceChange.objects.get(variant=there.flour).price == 900
    [refused] = rows_in(kept(run.report))
    assert (refused["sku"], refused["refused_line"]) == ("BAD", "4")
    assert imported(there.store, "products", text).outcomes == {"unchanged": 2, "refused": 1}


def test_a_column_store_does_not_lead_into_another_store():
    there = supplied()
    other = VariantFactory(store=StoreFactory(union=there.store.union), sku="FLOUR")
    imported(there.store, "stock", f"store,sku,quantity\n{other.store.slug},FLOUR,3\n")
    assert (there.on_hand(there.flour), StockLevel.objects.get(pk=other.pk).on_hand) == (3, 10)


def test_suppliers_come_in_with_goods_and_prices():
    there = supplied()
    text = "supplier,email,lead_days,sku,price,pack_size\nMill,,3,FLOUR,2.90,6\nDairy,d@example.com,1,SALT,1,1\n"
    text += "Dairy,,,NONE,1,1\nDairy,nonsense,,SALT,1,1\n"
    run = imported(there.store, "suppliers", text)
    assert run.outcomes == {"changed": 1, "created": 1, "refused": 2}
    there.mill.refresh_from_db()
    assert (there.mill.lead_days, there.mill.email) == (3, "mill@example.com")
    assert SupplierGood.objects.get(supplier=there.mill, variant=there.flour).price == 290
    assert Supplier.objects.get(name="Dairy").goods.get().price == 100


def test_a_file_of_another_shape_or_kind_is_refused():
    there = supplied()
    for kind, name in (("movements", "x.csv"), ("stock", "x.pdf"), ("nothing", "x.csv")):
        with pytest.raises(Invalid):
            imported(there.store, kind, "a", name=name)


def test_a_dead_worker_s_file_is_begun_again_and_old_ones_go():
    there = supplied()
    run = begin_export(store=there.store, kind="stock", shape="csv", actor=None, now=NOW)
    later = run.moved_at + STALLED * 2
    FileRun.objects.filter(pk=run.pk).update(state="running")
    run_file(run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert (run.state, stalled_files(now=later)) == ("running", [run.pk])
    run_file(run_id=run.pk, now=later)
    run.refresh_from_db()
    assert run.state == "done"
    assert forget_files(now=NOW + LASTS) == 0
    assert forget_files(now=NOW + LASTS + timedelta(seconds=1)) == 1
    assert not paper_storage().exists(run.path)


def test_the_pages_ask_show_progress_and_hand_out():
    shop = new_shop()
    client = shop.staff("stock")
    answer = client.post(shop.url("files/out/stock/"), {"shape": "csv", "once": "a"})
    run = FileRun.objects.get()
    assert answer.headers["Location"] == shop.url(f"files/{run.ref}/")
    page = client.get(shop.url(f"files/{run.ref}/"))
    assert "every 1s" in page.content.decode()
    assert client.get(shop.url(f"files/{run.ref}/?get=1")).status_code == 404
    run_file(run_id=run.pk, now=NOW)
    sent = client.get(shop.url(f"files/{run.ref}/?get=1"))
    assert rows_in(b"".join(sent.streaming_content))[0]["sku"] == "LOAF-1"
    assert shop.staff("orders").get(shop.url(f"files/{run.ref}/?get=1")).status_code == 403
    kinds = [kind.name for kind in client.get(shop.url("files/")).context["kinds"]]
    assert kinds == ["stock", "movements", "suppliers", "purchase-orders"]
    file = SimpleUploadedFile("count.csv", b"sku,quantity\nLOAF-1,4\n")
    client.post(shop.url("files/in/stock/"), {"file": file, "once": "b"})
    run_file(run_id=FileRun.objects.latest("pk").pk, now=NOW)
    assert StockLevel.objects.get(pk=shop.variant.pk).on_hand == 4


def test_who_fetches_the_customers_is_written_down_and_who_fetches_the_stock_not():
    shop = new_shop()
    client = shop.staff("orders", "stock")
    for kind in ("customers", "stock"):
        run = begin_export(store=shop.store, kind=kind, shape="csv", actor=None, now=NOW)
        run_file(run_id=run.pk, now=NOW)
        answer = client.get(shop.url(f"files/{run.ref}/?get=1"))
        assert b"".join(answer.streaming_content)
    copy_looks()
    look = Look.objects.get()
    assert (look.kind, look.reference, look.place) == ("customer", f"{shop.store.slug}-customers.csv", shop.store.name)
