"""The pages of suppliers, orders placed there and sheets, as staff use them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stores.models import PurchaseOrder, StockLevel, StockSheet, Supplier
from stores.services.supply.booking import book_sheet, receive_delivery
from stores.services.supply.ordering import Wanted, write_order
from stores.services.supply.scanning import open_sheet, set_pieces
from stores.services.supply.suppliers import GoodTerms, SupplierDetails, save_good, save_supplier
from tests.factories.stores import StoreFactory, VariantFactory
from tests.stores.supply import NOW, supplied

pytestmark = pytest.mark.django_db

COUNTS = {
    "reserve/": 6,
    "stock-value/": 4,
    "suppliers/": 4,
    "suppliers/{supplier}/": 7,
    "purchase-orders/": 6,
    "purchase-orders/{purchase}/": 6,
    "stock-sheets/": 6,
    "stock-sheets/{sheet}/": 6,
}


def test_a_store_goes_from_a_supplier_to_goods_on_the_shelf(shop):
    client = shop.staff("stock")
    form = {"name": "Mill", "lead_days": "3", "is_active": "on", "once": "a"}
    answer = client.post(shop.url("suppliers/new/"), form)
    mill = Supplier.objects.get()
    assert answer.headers["Location"] == shop.url(f"suppliers/{mill.ref}/")
    good = {"article": "LOAF-1", "price": "1.20", "pack_size": "6", "minimum": "1", "once": "b"}
    client.post(shop.url(f"suppliers/{mill.ref}/"), good)
    assert mill.goods.values_list("price", "pack_size").get() == (120, 6)
    StockLevel.objects.update(low_at=10, reorder_quantity=5)
    assert "LOAF-1" in client.get(shop.url("reserve/")).content.decode()
    answer = client.post(shop.url("purchase-orders/propose/"), {"once": "c"})
    order = PurchaseOrder.objects.get()
    assert answer.headers["Location"] == shop.url(f"purchase-orders/{order.number}/")
    assert order.lines.values_list("quantity", "unit_price").get() == (6, 120)
    client.post(shop.url(f"purchase-orders/{order.number}/send/"), {})
    order.refresh_from_db()
    assert order.state == "sent"
    client.post(
        shop.url("stock-sheets/new/lay_in/"), {"purchase_order": order.number, "delivery_note": "D-1", "once": "d"}
    )
    sheet = shop.url(f"stock-sheets/{StockSheet.objects.get().number}/")
    client.post(sheet, {"code": "LOAF-1", "once": "e"})
    client.post(sheet, {"code": "LOAF-1", "once": "e"})
    assert StockSheet.objects.get().lines.get().quantity == 1
    client.post(sheet, {"code": "4*LOAF-1", "once": "f"})
    client.post(sheet + "book/", {})
    client.post(sheet + "book/", {})
    assert StockLevel.objects.values_list("on_hand", "unit_cost").get() == (15, 120)
    order.refresh_from_db()
    assert order.state == "partly_received"


def test_wrong_codes_and_prices_stand_beside_their_fields(shop):
    there = supplied(shop.store)
    client = shop.staff("stock")
    sheet = open_sheet(store=shop.store, kind="lay_in", actor=None, now=NOW)
    page = client.post(shop.url(f"stock-sheets/{sheet.number}/"), {"code": "NOBODY", "once": "a"})
    assert page.context["form"].errors["code"] == ["No article of this store has this number or bar code."]
    order = write_order(store=shop.store, supplier=there.mill, wanted=[], actor=None, now=NOW)
    page = client.post(
        shop.url(f"purchase-orders/{order.number}/"), {"article": "LOAF-1", "quantity": "2", "once": "b"}
    )
    assert list(page.context["form"].errors) == ["price"]
    page = client.post(shop.url(f"suppliers/{there.mill.ref}/"), {"article": "NONE", "price": "1", "once": "c"})
    assert set(page.context["form"].errors) == {"pack_size", "minimum"}
    page = client.post(shop.url("suppliers/new/"), {"name": "Mill", "lead_days": "3", "once": "d"})
    assert page.context["form"].errors["name"] == ["There is a supplier of this name already."]


def test_a_wrong_day_stands_beside_its_field_and_the_order_waits(shop):
    there = supplied(shop.store)
    client = shop.staff("stock")
    order = write_order(store=shop.store, supplier=there.mill, wanted=[Wanted(there.flour, 6)], actor=None, now=NOW)
    address = shop.url(f"purchase-orders/{order.number}/")
    page = client.post(address + "send/", {"expected_on": "2020-01-01"})
    assert page.context["send_form"].errors["expected_on"] == ["This day is over: goods are expected today or later."]
    assert 'value="2020-01-01"' in page.content.decode()
    # The page now stands at the address that sends: its other forms name theirs.
    assert page.content.decode().count(f'method="post" action="{address}"') == 3
    page = client.post(address, {"article": "SALT", "quantity": "0", "once": "a"})
    assert page.context["form"].errors["quantity"] == ["Give a quantity of at least one."]
    order.refresh_from_db()
    assert (order.state, order.lines.count()) == ("draft", 1)
    client.post(address + "send/", {"expected_on": "2126-01-01"})
    order.refresh_from_db()
    assert (order.state, order.expected_on.year) == ("sent", 2126)


def test_a_wrong_scan_says_what_is_wrong_and_stays(shop):
    client = shop.staff("stock")
    sheet = open_sheet(store=shop.store, kind="lay_in", actor=None, now=NOW)
    address = shop.url(f"stock-sheets/{sheet.number}/")
    for typed, said in (
        ("", "Type or scan a code."),
        ("-1*LOAF-1", "How many? A whole number from 1 to 1,000,000."),
        ("99999999999*LOAF-1", "How many? A whole number from 1 to 1,000,000."),
    ):
        page = client.post(address, {"code": typed, "once": "a"})
        assert page.context["form"].errors["code"] == [said]
        assert page.context["form"]["code"].value() == typed
    assert f'value="{typed}"' in page.content.decode()
    assert not sheet.lines.exists()


def test_a_wrong_number_of_pieces_stays_beside_its_article(shop):
    client = shop.staff("stock")
    sheet = open_sheet(store=shop.store, kind="lay_in", actor=None, now=NOW)
    set_pieces(sheet=sheet, variant=shop.variant, quantity=4, actor=None, now=NOW)
    address = shop.url(f"stock-sheets/{sheet.number}/")
    for typed in ("-3", "many", "1.5", "1000001"):
        page = client.post(address + "pieces/", {"article": "LOAF-1", "quantity": typed})
        body = page.content.decode()
        assert "LOAF-1: a whole number from 0 to 1,000,000." in body
        assert f'value="{typed}" aria-label="Pieces of LOAF-1" aria-invalid="true"' in body
        # The page now stands at the address that changes pieces: scans go to the sheet's.
        assert f'action="{address}"' in body
        assert f'hx-post="{address}"' in body
    assert sheet.lines.get().quantity == 4
    sheet.lines.all().delete()
    page = client.post(address + "pieces/", {"article": "LOAF-1", "quantity": "many"}, follow=True)
    assert "LOAF-1: a whole number from 0 to 1,000,000." in page.content.decode()


def test_a_long_sheet_shows_what_was_scanned_last_and_the_rest_on_further_pages(shop):
    client = shop.staff("stock")
    sheet = open_sheet(store=shop.store, kind="count", actor=None, now=NOW)
    for at in range(52):
        article = VariantFactory(store=shop.store, sku=f"A-{at}")
        set_pieces(sheet=sheet, variant=article, quantity=2, actor=None, now=NOW + timedelta(seconds=at))
    address = shop.url(f"stock-sheets/{sheet.number}/")
    scanned = client.post(address, {"code": "A-0", "once": "a"}, headers={"HX-Request": "true"}).context
    first, second = (client.get(address, {"page": page}).context["page"].object_list for page in (1, 2))
    assert [len(scanned["page"].object_list), len(first), len(second)] == [50, 50, 2]
    assert [scanned["page"].object_list[0].variant.sku, second[1].variant.sku] == ["A-0", "A-1"]
    assert (scanned["sums"].lines, scanned["sums"].pieces, scanned["missing"]) == (52, 105, 1)
    # What is wrong in a line of a further page is not hidden there.
    wrong = client.post(address + "pieces/", {"article": "A-1", "quantity": "many"})
    assert wrong.context["page"].object_list[0].variant.sku == "A-1"
    assert 'value="many" aria-label="Pieces of A-1" aria-invalid="true"' in wrong.content.decode()


def test_a_booked_sheet_says_where_the_cost_is_not_known(shop):
    there = supplied(shop.store)
    client = shop.staff("stock")
    sheet = open_sheet(store=shop.store, kind="lay_in", actor=None, now=NOW)
    set_pieces(sheet=sheet, variant=shop.variant, quantity=5, actor=None, now=NOW)
    book_sheet(sheet=sheet, actor=None, now=NOW)
    body = client.get(shop.url(f"stock-sheets/{sheet.number}/")).content.decode()
    assert "5 pieces · cost not known" in body
    assert "0.00" not in body
    receive_delivery(store=shop.store, pieces=[(there.flour, 1, 250)], actor=None, now=NOW)
    count = open_sheet(store=shop.store, kind="count", actor=None, now=NOW)
    set_pieces(sheet=count, variant=there.flour, quantity=13, actor=None, now=NOW)
    set_pieces(sheet=count, variant=there.salt, quantity=3, actor=None, now=NOW)
    book_sheet(sheet=count, actor=None, now=NOW)
    body = " ".join(client.get(shop.url(f"stock-sheets/{count.number}/")).content.decode().split())
    assert "difference at cost: £5.00 *" in body
    assert "For 1 article the cost is not known: it is not in the sum." in body


def test_a_shortage_is_named_and_the_sheet_stays(shop):
    client = shop.staff("stock")
    sheet = open_sheet(store=shop.store, kind="take_out", cause="theft", actor=None, now=NOW)
    set_pieces(sheet=sheet, variant=shop.variant, quantity=11, actor=None, now=NOW)
    answer = client.post(shop.url(f"stock-sheets/{sheet.number}/book/"), {}, follow=True)
    assert "LOAF-1: only 10 are free" in answer.content.decode()
    sheet.refresh_from_db()
    assert sheet.state == "open"


def test_a_count_is_blind_until_it_is_booked(shop):
    client = shop.staff("stock")
    sheet = open_sheet(store=shop.store, kind="count", actor=None, now=NOW)
    set_pieces(sheet=sheet, variant=shop.variant, quantity=8, actor=None, now=NOW)
    address = shop.url(f"stock-sheets/{sheet.number}/")
    assert "Expected" not in client.get(address).content.decode()
    client.post(address + "book/", {})
    body = client.get(address).content.decode()
    assert "Expected" in body
    assert "-2" in body
    assert StockLevel.objects.get(pk=shop.variant.pk).on_hand == 8


def test_what_belongs_to_another_store_is_not_there(shop):
    there = supplied(StoreFactory(union=shop.store.union))
    order = there.order()
    sheet = open_sheet(store=there.store, kind="lay_in", actor=None, now=NOW)
    client = shop.owner()
    for path in (f"suppliers/{there.mill.ref}/", f"purchase-orders/{order.number}/", f"stock-sheets/{sheet.number}/"):
        assert client.get(shop.url(path)).status_code == 404


@pytest.mark.parametrize(("path", "count"), COUNTS.items(), ids=COUNTS)
def test_page_runs_as_many_queries_with_three_rows_as_with_one(shop, path, count):
    there = supplied(shop.store)
    order = there.order(flour=3)
    sheet = open_sheet(store=shop.store, kind="lay_in", actor=None, now=NOW, purchase_order=order)
    client = shop.owner()
    counts = []
    for at in (1, 2, 3):
        for _ in range(at):
            variant = VariantFactory(store=shop.store, stock=at)
            StockLevel.objects.filter(pk=variant.pk).update(low_at=99)
            save_good(supplier=there.mill, variant=variant, terms=GoodTerms(price=5), actor=None, now=NOW)
            write_order(
                store=shop.store, supplier=there.mill, wanted=[Wanted(variant, 1)], actor=None, now=NOW
            ).lines.all()
            set_pieces(sheet=sheet, variant=variant, quantity=2, actor=None, now=NOW)
        open_sheet(store=shop.store, kind="take_out", cause="theft", actor=None, now=NOW)
        save_supplier(store=shop.store, details=SupplierDetails(f"Mill {at}"), actor=None, now=NOW)
        names = {"supplier": there.mill.ref, "purchase": order.number, "sheet": sheet.number}
        address = shop.url(path.format(**names))
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts.append(len([one for one in captured if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts == [count] * 3, "\n".join(one["sql"][:150] for one in captured)
