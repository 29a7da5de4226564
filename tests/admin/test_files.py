"""Everything of a union as one file: for those who run its office, with nothing of another union in it."""

import csv
import io
import zipfile

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from core.errors import Invalid
from stores.models import FileRun
from stores.services.files.running import begin_union_export, run_file
from tests.admin.places import browser_of
from unions.models import AuditEntry, Look
from unions.models.storage import paper_storage
from unions.services.looks import copy_looks

PAGE = "/admin/stores/store/files/"
TABLES = [
    *("members", "stores", "union-customers", "earnings", "payouts", "products", "stock", "movements", "suppliers"),
    *("purchase-orders", "price-plans", "price-history", "urgent-sales", "orders", "customers", "parcels", "tracking"),
    *("returns", "responses"),
]


def made(place, shape):
    now = timezone.now()
    run = begin_union_export(union=place.union, shape=shape, actor=place.admin, now=now)
    run_file(run_id=run.pk, now=now)
    run.refresh_from_db()
    assert (run.state, run.percent, run.problem) == ("done", 100, "")
    with paper_storage().open(run.path) as file:
        return run, file.read()


def test_zip_holds_a_table_of_everything_of_the_union_and_of_no_other(here, there):
    run, content = made(here, "zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tables = {
            name.removesuffix(".csv"): list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            for name in archive.namelist()
        }
    assert set(tables) == set(TABLES)
    assert sum(len(rows) - 1 for rows in tables.values()) == run.rows
    text = str(tables)
    assert "Northland" in text
    assert "Southland" not in text
    for name in ("members", "stores", "union-customers", "earnings", "payouts", "products", "orders", "returns"):
        assert len(tables[name]) > 1, name
    assert tables["products"][0][:3] == ["store", "product", "sku"]
    assert {row[0] for row in tables["products"][1:]} <= {row[0] for row in tables["stores"][1:]}


def test_workbook_has_a_sheet_of_each(here, there):
    run, content = made(here, "xlsx")
    book = load_workbook(io.BytesIO(content), read_only=True)
    assert set(book.sheetnames) == set(TABLES)
    assert sum(sum(1 for _row in sheet.rows) - 1 for sheet in book) == run.rows


def test_office_asks_watches_and_fetches_and_the_log_says_so(here, there):
    client = browser_of(here.admin)
    assert "Nothing was asked for yet." in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"shape": "zip"}).status_code == 302
    assert client.post(PAGE, {"shape": "zip"}).status_code == 302
    run = FileRun.objects.get(store=None)
    assert (run.union, run.by, run.state) == (here.union, here.admin, "waiting")
    page = client.get(PAGE).content.decode()
    assert "every 2s" in page
    address = f"{PAGE}{run.ref}/?union={here.union.pk}"
    assert client.get(address).status_code == 404
    run_file(run_id=run.pk, now=timezone.now())
    assert address in client.get(PAGE).content.decode()
    sent = client.get(address)
    assert zipfile.is_zipfile(io.BytesIO(b"".join(sent.streaming_content)))
    assert sent["Cache-Control"].startswith("private, no-store")
    copy_looks()
    look = Look.objects.get(union=here.union, staff=here.admin, reference=run.name)
    assert (look.kind, look.reference, look.place) == ("customer", run.name, here.union.name)
    entry = AuditEntry.objects.get(kind="stores.filerun")
    assert (entry.union, entry.actor, entry.thing) == (here.union, here.admin, str(run.pk))


def test_support_looks_and_neither_asks_nor_fetches(here):
    run, _content = made(here, "zip")
    client = browser_of(here.support)
    page = client.get(PAGE)
    assert (page.status_code, run.name in page.content.decode()) == (200, True)
    assert 'name="shape"' not in page.content.decode()
    assert client.post(f"{PAGE}?union={here.union.pk}", {"shape": "zip"}).status_code == 403
    assert client.get(f"{PAGE}{run.ref}/?union={here.union.pk}").status_code == 403
    assert FileRun.objects.filter(store=None).count() == 1


def test_the_other_office_and_owners_and_strangers_get_nothing(here, there):
    run, _content = made(here, "zip")
    other = browser_of(there.admin)
    assert run.name not in other.get(PAGE).content.decode()
    assert other.get(f"{PAGE}?union={here.union.pk}").status_code == 403
    assert other.post(f"{PAGE}?union={here.union.pk}", {"shape": "zip"}).status_code == 403
    assert other.get(f"{PAGE}{run.ref}/").status_code == 404
    assert other.get(f"{PAGE}{run.ref}/?union={here.union.pk}").status_code == 403
    for person in (here.owner, None):
        assert browser_of(person).get(PAGE).status_code == 302
        assert browser_of(person).get(f"{PAGE}{run.ref}/").status_code == 302


def test_center_chooses_the_union(here, there, center):
    client = browser_of(center)
    assert "For which union?" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}?union={there.union.pk}", {"shape": "xlsx"})
    assert FileRun.objects.get(store=None).union == there.union


def test_an_unknown_shape_is_refused(here):
    with pytest.raises(Invalid):
        begin_union_export(union=here.union, shape="pdf", actor=here.admin, now=timezone.now())
    assert not FileRun.objects.filter(store=None).exists()
