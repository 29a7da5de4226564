"""Sheets: taken out, carried over, counted."""

import io

import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.errors import Invalid, NotFound
from stores.models import SheetLine, StockLevel, StockMovement, StockSheet
from stores.queries.stock import stock_differences
from stores.queries.supply import SheetSums, sheet_sums
from stores.services.stock import HoldWant, OutOfStock, sell_holds, set_holds
from stores.services.supply.barcodes import NoBarcodeSeen, barcode_in
from stores.services.supply.booking import NotThere, book_sheet, receive_delivery
from stores.services.supply.scanning import (
    UnknownCode,
    WrongCount,
    discard_sheet,
    fill_in,
    open_sheet,
    scan,
    set_pieces,
    take_off,
)
from tests.factories.stores import CategoryFactory, StoreFactory, VariantFactory
from tests.stores.supply import NOW, supplied

pytestmark = pytest.mark.django_db


def begun(there, kind, **about):
    return open_sheet(store=there.store, kind=kind, actor=None, now=NOW, **about)


def put(sheet, variant, pieces):
    return set_pieces(sheet=sheet, variant=variant, quantity=pieces, actor=None, now=NOW)


def test_taking_out_says_why():
    there = supplied()
    with pytest.raises(Invalid):
        begun(there, "take_out")
    sheet = begun(there, "take_out", cause="damage", note="wet")
    put(sheet, there.flour, 3)
    book_sheet(sheet=sheet, actor=None, now=NOW)
    movement = StockMovement.objects.latest("pk")
    assert (movement.kind, movement.quantity, movement.reference, movement.reason) == (
        "taken_out",
        -3,
        sheet.number,
        "wet",
    )
    assert there.on_hand(there.flour) == 7


def test_what_carts_hold_is_not_taken_out_and_the_sheet_stays_open():
    there = supplied()
    set_holds(union=there.store.union, wants=[HoldWant("c", there.flour.pk, 8)], now=NOW)
    sheet = begun(there, "take_out", cause="theft")
    put(sheet, there.salt, 1)
    put(sheet, there.flour, 3)
    with pytest.raises(OutOfStock):
        book_sheet(sheet=sheet, actor=None, now=NOW)
    sheet.refresh_from_db()
    assert (sheet.state, there.on_hand(there.flour), there.on_hand(there.salt)) == ("open", 10, 1)


def test_carrying_over_moves_both_stores_under_one_number_with_the_cost():
    there = supplied()
    sister = StoreFactory(membership=there.store.membership)
    twin = VariantFactory(store=sister, sku="FLOUR", stock=2)
    receive_delivery(store=there.store, pieces=[(there.flour, 1, 250)], actor=None, now=NOW)
    sheet = begun(there, "transfer", other_store=sister)
    put(sheet, there.flour, 4)
    book_sheet(sheet=sheet, actor=None, now=NOW)
    moved = StockMovement.objects.filter(reference=sheet.number).order_by("pk")
    assert list(moved.values_list("variant", "kind", "quantity")) == [
        (there.flour.pk, "taken_out", -4),
        (twin.pk, "received", 4),
    ]
    assert (there.on_hand(there.flour), there.on_hand(twin)) == (7, 6)
    assert StockLevel.objects.get(pk=twin.pk).unit_cost == 250
    assert stock_differences(there.store.union) == []


def test_carrying_over_stays_in_the_enterprise_and_needs_the_article_there():
    there = supplied()
    with pytest.raises(Invalid):
        begun(there, "transfer", other_store=StoreFactory(union=there.store.union))
    sheet = begun(there, "transfer", other_store=StoreFactory(membership=there.store.membership))
    put(sheet, there.flour, 4)
    with pytest.raises(NotThere):
        book_sheet(sheet=sheet, actor=None, now=NOW)
    assert there.on_hand(there.flour) == 10


def test_what_is_sold_between_counting_and_booking_changes_nothing_about_the_difference():
    there = supplied()
    sheet = begun(there, "count")
    put(sheet, there.flour, 9)
    set_holds(union=there.store.union, wants=[HoldWant("c", there.flour.pk, 4)], now=NOW)
    sell_holds(union=there.store.union, owners=["c"], reference="S", actor=None, now=NOW)
    line = sheet.lines.get()
    assert (line.expected, line.difference) == (10, -1)
    assert StockMovement.objects.get(pk=line.movement_id).quantity == 10
    book_sheet(sheet=sheet, actor=None, now=NOW)
    assert there.on_hand(there.flour) == 5
    assert StockMovement.objects.filter(kind="adjusted").values_list("quantity", "reference").get() == (
        -1,
        sheet.number,
    )
    assert stock_differences(there.store.union) == []


def test_what_was_not_counted_is_put_on_the_sheet_as_none_within_its_scope():
    there = supplied()
    bread = CategoryFactory(union=there.store.union)
    there.salt.product.category = bread
    there.salt.product.save()
    sheet = begun(there, "count", category=bread)
    assert fill_in(sheet=sheet, actor=None, now=NOW) == 1
    book_sheet(sheet=sheet, actor=None, now=NOW)
    assert (there.on_hand(there.salt), there.on_hand(there.flour)) == (0, 10)


def test_all_that_an_order_awaits_is_put_on_its_sheet():
    there = supplied()
    order = there.order(flour=6, salt=2)
    sheet = begun(there, "lay_in", purchase_order=order)
    put(sheet, there.flour, 5)
    assert fill_in(sheet=sheet, actor=None, now=NOW) == 1
    assert sorted(sheet.lines.values_list("quantity", flat=True)) == [2, 5]
    take_off(sheet=sheet, variant=there.salt, actor=None, now=NOW)
    book_sheet(sheet=sheet, actor=None, now=NOW)
    order.refresh_from_db()
    assert (order.state, SheetLine.objects.get().unit_cost) == ("partly_received", 300)


def test_a_stranger_code_is_refused_and_a_sheet_thrown_away_moves_nothing():
    there = supplied()
    foreign = VariantFactory(sku="FOREIGN")
    sheet = begun(there, "lay_in")
    for code in ("FOREIGN", "4006381333932", "9*FOREIGN", "9x4006381333932", "AB*CD"):
        with pytest.raises(UnknownCode):
            scan(sheet=sheet, code=code, actor=None, now=NOW)
    with pytest.raises(NotFound):
        put(sheet, foreign, 1)
    with pytest.raises(Invalid):
        book_sheet(sheet=sheet, actor=None, now=NOW)
    put(sheet, there.flour, 4)
    discard_sheet(sheet=sheet, actor=None, now=NOW)
    assert (StockSheet.objects.get().state, there.on_hand(there.flour)) == ("discarded", 10)


@pytest.mark.parametrize("count", ["-1*", "99999999999*", "1000001 *", "1.5*", "1,5 x ", "0*", "*", "two*"])
def test_a_wrong_count_in_front_of_a_code_is_asked_for_again(count):
    there = supplied()
    sheet = begun(there, "lay_in")
    for code in ("FLOUR", "4006381333931"):
        with pytest.raises(WrongCount):
            scan(sheet=sheet, code=f"{count}{code}", actor=None, now=NOW)
    assert str(WrongCount()) == "How many? A whole number from 1 to 1,000,000."
    assert not sheet.lines.exists()


def test_counts_up_to_a_million_go_on_a_line_and_no_more_than_that():
    there = supplied()
    sheet = begun(there, "lay_in")
    assert scan(sheet=sheet, code="12*FLOUR", actor=None, now=NOW).quantity == 12
    assert scan(sheet=sheet, code="999988 x 4006381333931", actor=None, now=NOW)
    with pytest.raises(Invalid) as refusal:
        scan(sheet=sheet, code="FLOUR", actor=None, now=NOW)
    assert str(refusal.value) == "A line has at most 1,000,000 pieces."
    assert scan(sheet=sheet, code="1000000*SALT", actor=None, now=NOW).quantity == 1_000_000
    assert sheet.lines.get(variant=there.flour).quantity == 1_000_000


@pytest.mark.parametrize("code", ["", "  ", "9*", "9 x"])
def test_no_code_is_not_an_unknown_one(code):
    there = supplied()
    sheet = begun(there, "lay_in")
    with pytest.raises(Invalid) as refusal:
        scan(sheet=sheet, code=code, actor=None, now=NOW)
    assert (str(refusal.value), refusal.value.field) == ("Type or scan a code.", "code")


def test_an_article_whose_own_number_looks_like_a_count_is_found():
    there = supplied()
    odd = VariantFactory(store=there.store, sku="1.5*FLOUR")
    sheet = begun(there, "lay_in")
    assert scan(sheet=sheet, code="1.5*flour", actor=None, now=NOW).variant == odd


def test_what_a_sheet_comes_to_leaves_out_what_nobody_knows():
    there = supplied()
    sheet = begun(there, "count")
    put(sheet, there.flour, 12)
    put(sheet, there.salt, 1)
    assert sheet_sums(sheet) == SheetSums(2, 13, 0, 0, 1)
    receive_delivery(store=there.store, pieces=[(there.flour, 1, 250)], actor=None, now=NOW)
    put(sheet, there.salt, 5)
    assert sheet_sums(sheet) == SheetSums(2, 17, 500, 1, 1)
    delivery = begun(there, "lay_in", supplier=there.mill)
    put(delivery, there.salt, 5)
    assert sheet_sums(delivery) == SheetSums(1, 5, 0, 0, 1)


def test_a_bar_code_is_read_from_a_photo():
    code = zxingcpp.create_barcode("4006381333931", zxingcpp.BarcodeFormat.EAN13)
    picture = io.BytesIO()
    image = zxingcpp.write_barcode_to_image(code, scale=4)
    Image.frombytes("L", (image.shape[1], image.shape[0]), bytes(image)).save(picture, "PNG")
    assert barcode_in(picture=SimpleUploadedFile("p.png", picture.getvalue())) == "4006381333931"
    with pytest.raises(NoBarcodeSeen):
        barcode_in(picture=SimpleUploadedFile("p.png", b"nothing"))
