"""Suppliers, orders placed there, deliveries, notices and what to order."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from core.errors import Invalid, NotFound, WrongState
from core.outbox import deliver_waiting
from stores.models import LowStock, PurchaseOrder, SoldDay, StockLevel, StockMovement, StockSheet, Supplier, Variant
from stores.queries.stock import stock_differences
from stores.queries.supply import days_of_cover, order_proposal, stock_value, variant_by_code
from stores.services.stock import HoldWant, sell_holds, set_holds, take_out
from stores.services.supply.booking import MoreThanOrdered, book_sheet, receive_delivery
from stores.services.supply.low import QUIET, keep_sold_days, notice_low_stock
from stores.services.supply.ordering import (
    Wanted,
    call_off_order,
    order_what_is_short,
    put_line,
    send_order,
    write_order,
)
from stores.services.supply.scanning import fill_in, open_sheet, scan
from stores.services.supply.suppliers import (
    GoodTerms,
    NotYourSupplier,
    SupplierDetails,
    SupplierNameTaken,
    save_good,
    save_supplier,
)
from tests.factories.stores import StoreFactory, StoreStaffFactory, VariantFactory
from tests.factories.unions import UnionFactory
from tests.stores.supply import NOW, supplied

pytestmark = pytest.mark.django_db


def sell(variant, pieces, at=NOW):
    wants = [HoldWant("o", variant.pk, pieces)]
    set_holds(union=variant.union, wants=wants, now=at)
    sell_holds(union=variant.union, owners=["o"], reference="S-1", actor=None, now=at)


def test_a_supplier_of_the_union_is_seen_but_not_changed_by_a_store():
    there = supplied()
    shared = Supplier.objects.create(union=there.store.union, name="Coop", ref="SU-COOP")
    with pytest.raises(NotYourSupplier):
        save_supplier(store=there.store, details=SupplierDetails("Mine"), actor=None, now=NOW, supplier=shared)
    with pytest.raises(SupplierNameTaken):
        save_supplier(store=there.store, details=SupplierDetails("Mill"), actor=None, now=NOW)
    save_good(supplier=shared, variant=there.flour, terms=GoodTerms(price=290), actor=None, now=NOW)
    with pytest.raises(NotFound):
        save_good(supplier=there.mill, variant=VariantFactory(), terms=GoodTerms(price=1), actor=None, now=NOW)
    assert list(Supplier.objects.order_by("name").values_list("name", flat=True)) == ["Coop", "Mill"]


def test_only_one_supplier_is_the_first_choice():
    there = supplied()
    other = save_supplier(store=there.store, details=SupplierDetails("Other"), actor=None, now=NOW)
    for supplier in (there.mill, other):
        save_good(
            supplier=supplier, variant=there.flour, terms=GoodTerms(price=310, is_preferred=True), actor=None, now=NOW
        )
    assert list(there.flour.supplied.filter(is_preferred=True).values_list("supplier__name", flat=True)) == ["Other"]


def test_an_order_takes_the_list_price_and_is_mailed_to_the_supplier():
    there = supplied()
    order = write_order(
        store=there.store, supplier=there.mill, wanted=[Wanted(there.flour, 12)], actor=None, now=NOW, note="Please"
    )
    put_line(order=order, wanted=Wanted(there.salt, 5, 99), actor=None, now=NOW)
    put_line(order=order, wanted=Wanted(there.salt, 0), actor=None, now=NOW)
    send_order(order=order, actor=None, now=NOW)
    line = order.lines.get()
    assert (line.variant, line.quantity, line.unit_price, line.code) == (there.flour, 12, 300, "M-1")
    assert (order.state, order.expected_on.isoformat()) == ("sent", "2026-03-07")
    with pytest.raises(WrongState):
        put_line(order=order, wanted=Wanted(there.salt, 5), actor=None, now=NOW)
    deliver_waiting(now=NOW + timedelta(days=400))
    [letter] = [one for one in mail.outbox if one.to == ["mill@example.com"]]
    assert f"Order {order.number}" in letter.subject
    assert "12 × Flour" in letter.body
    assert "your number M-1" in letter.body


def test_goods_are_expected_today_or_later_where_the_union_is():
    there = supplied(StoreFactory(union=UnionFactory(time_zone="Asia/Seoul")))
    late = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # the third in Seoul
    order = write_order(store=there.store, supplier=there.mill, wanted=[Wanted(there.flour, 12)], actor=None, now=late)
    with pytest.raises(Invalid) as refusal:
        send_order(order=order, actor=None, now=late, expected_on=date(2026, 3, 2))
    assert (refusal.value.field, str(refusal.value)) == (
        "expected_on",
        "This day is over: goods are expected today or later.",
    )
    order.refresh_from_db()
    assert (order.state, order.expected_on) == ("draft", None)
    send_order(order=order, actor=None, now=late, expected_on=date(2026, 3, 3))
    assert (order.state, order.expected_on) == ("sent", date(2026, 3, 3))


def test_no_pieces_take_off_what_stands_there_and_add_nothing():
    there = supplied()
    order = write_order(store=there.store, supplier=there.mill, wanted=[Wanted(there.flour, 12)], actor=None, now=NOW)
    with pytest.raises(Invalid) as refusal:
        put_line(order=order, wanted=Wanted(there.salt, 0), actor=None, now=NOW)
    assert (refusal.value.field, str(refusal.value)) == ("quantity", "Give a quantity of at least one.")
    assert order.lines.count() == 1
    put_line(order=order, wanted=Wanted(there.flour, 0), actor=None, now=NOW)
    assert order.lines.count() == 0


def test_an_empty_order_is_not_sent_and_strangers_are_not_ordered():
    there = supplied()
    order = write_order(store=there.store, supplier=there.mill, wanted=[], actor=None, now=NOW)
    stranger = VariantFactory(store=StoreFactory(union=there.store.union))
    with pytest.raises(Invalid):
        send_order(order=order, actor=None, now=NOW)
    with pytest.raises(NotFound):
        put_line(order=order, wanted=Wanted(stranger, 1, 5), actor=None, now=NOW)
    with pytest.raises(NotFound):
        write_order(store=StoreFactory(), supplier=there.mill, wanted=[], actor=None, now=NOW)
    assert (order.state, order.lines.count()) == ("draft", 0)


def test_deliveries_come_in_parts_and_the_order_knows():
    there = supplied()
    order = there.order(flour=10, salt=4)
    first = receive_delivery(
        store=there.store,
        purchase_order=order,
        pieces=[(there.flour, 6, None)],
        delivery_note="D1",
        actor=None,
        now=NOW,
    )
    order.refresh_from_db()
    assert (order.state, there.on_hand(there.flour)) == ("partly_received", 16)
    movement = StockMovement.objects.latest("pk")
    assert (movement.kind, movement.quantity, movement.reference, movement.reason) == (
        "received",
        6,
        first.number,
        "D1",
    )
    receive_delivery(
        store=there.store,
        purchase_order=order,
        pieces=[(there.flour, 4, None), (there.salt, 4, None)],
        delivery_note="D2",
        actor=None,
        now=NOW,
    )
    order.refresh_from_db()
    assert (order.state, order.closed_at) == ("received", NOW)
    assert (there.on_hand(there.flour), there.on_hand(there.salt)) == (20, 5)
    assert stock_differences(there.store.union) == []


def test_the_same_delivery_note_is_booked_once():
    there = supplied()
    order = there.order(flour=10)
    pieces = [(there.flour, 4, None)]
    sheets = [
        receive_delivery(
            store=there.store, purchase_order=order, pieces=pieces, delivery_note="D1", actor=None, now=NOW
        ).number
        for _ in range(2)
    ]
    assert len(set(sheets)) == 1
    assert (there.on_hand(there.flour), order.lines.get().received) == (14, 4)


def test_more_than_was_ordered_is_refused_and_nothing_moves():
    there = supplied()
    order = there.order(flour=10, salt=2)
    with pytest.raises(MoreThanOrdered) as refusal:
        receive_delivery(
            store=there.store,
            purchase_order=order,
            pieces=[(there.salt, 2, None), (there.flour, 11, None)],
            actor=None,
            now=NOW,
        )
    assert refusal.value.facts == {"sku": "FLOUR", "rest": 10}
    order.refresh_from_db()
    assert (order.state, set(order.lines.values_list("received", flat=True))) == ("sent", {0})
    assert (there.on_hand(there.flour), there.on_hand(there.salt)) == (10, 1)
    assert not StockSheet.objects.filter(state="booked").exists()


def test_calling_off_closes_an_order():
    there = supplied()
    untouched, begun = there.order(), there.order()
    receive_delivery(store=there.store, purchase_order=begun, pieces=[(there.flour, 1, None)], actor=None, now=NOW)
    for order in (untouched, begun):
        call_off_order(order=order, actor=None, now=NOW)
    assert (untouched.state, begun.state) == ("cancelled", "received")
    with pytest.raises(WrongState):
        receive_delivery(store=there.store, purchase_order=begun, pieces=[(there.flour, 1, None)], actor=None, now=NOW)
    with pytest.raises(WrongState):
        call_off_order(order=begun, actor=None, now=NOW)
    assert there.on_hand(there.flour) == 11


def test_the_cost_of_a_piece_is_the_average_of_what_was_paid():
    there = supplied()
    receive_delivery(store=there.store, pieces=[(there.flour, 10, 300)], actor=None, now=NOW)
    assert StockLevel.objects.get(pk=there.flour.pk).unit_cost == 300
    receive_delivery(store=there.store, pieces=[(there.flour, 20, 360)], actor=None, now=NOW)
    assert StockLevel.objects.get(pk=there.flour.pk).unit_cost == 330
    [row] = stock_value(there.store)
    assert (row.articles, row.pieces, row.cost, row.without_cost) == (2, 41, 40 * 330, 1)


def test_what_runs_short_is_proposed_in_packs_and_ordered_in_one_press():
    there = supplied()
    StockLevel.objects.filter(pk=there.flour.pk).update(low_at=10, reorder_quantity=13)
    StockLevel.objects.filter(pk=there.salt.pk).update(low_at=3)
    VariantFactory(store=there.store, sku="LONELY", stock=1)
    StockLevel.objects.filter(variant__sku="LONELY").update(low_at=5)
    groups = order_proposal(there.store)
    assert [(group.supplier, [(row.sku, row.quantity) for row in group.rows]) for group in groups] == [
        ("Mill", [("FLOUR", 18), ("SALT", 3)]),
        ("", [("LONELY", 5)]),
    ]
    assert groups[0].total == 18 * 300 + 3 * 120
    [order] = order_what_is_short(store=there.store, actor=None, now=NOW)
    assert (order.state, order.lines.count()) == ("draft", 2)
    assert order_what_is_short(store=there.store, actor=None, now=NOW) == []
    assert PurchaseOrder.objects.count() == 1


def test_low_stock_is_told_once_for_each_crossing():
    there = supplied()
    staff = StoreStaffFactory(store=there.store, permissions=["stock"]).user
    StoreStaffFactory(store=there.store, permissions=["orders"])
    StockLevel.objects.filter(pk=there.flour.pk).update(low_at=8)
    assert notice_low_stock(now=NOW) == 0
    take_out(variant=there.flour, quantity=2, actor=None, reason="x", now=NOW)
    assert [notice_low_stock(now=NOW) for _ in range(2)] == [1, 0]
    receive_delivery(store=there.store, pieces=[(there.flour, 5, None)], actor=None, now=NOW)
    assert notice_low_stock(now=NOW) == 0
    assert LowStock.objects.get().over_at == NOW
    take_out(variant=there.flour, quantity=6, actor=None, reason="x", now=NOW)
    assert notice_low_stock(now=NOW) == 0
    assert notice_low_stock(now=NOW + QUIET) == 1
    deliver_waiting(now=NOW + timedelta(days=400))
    letters = [one for one in mail.outbox if "runs low" in one.subject]
    assert [one.to for one in letters] == [[staff.email]]
    assert "FLOUR: 7 left, mark at 8" in letters[0].body


def test_cover_is_reckoned_from_the_sales_of_whole_days():
    there = supplied()
    sell(there.flour, 2)
    sell(there.flour, 1, NOW - timedelta(days=3))
    take_out(variant=there.flour, quantity=1, actor=None, reason="x", now=NOW)
    keep_sold_days(since=NOW - timedelta(days=10))
    assert keep_sold_days(since=NOW - timedelta(days=10)) == 0
    assert sorted(SoldDay.objects.values_list("day", "pieces")) == sorted(
        [((NOW - timedelta(days=3)).date(), 1), (NOW.date(), 2)]
    )
    assert (days_of_cover(6, 3), days_of_cover(0, 3), days_of_cover(6, 0)) == (56, 0, None)


@pytest.mark.parametrize("code", ["FLOUR", "flour", "4006381333931", "04006381333931", " 4006381333931 "])
def test_an_article_is_found_by_number_and_bar_code(code):
    there = supplied()
    assert variant_by_code(there.store.pk, there.store.union_id, code) == there.flour
    assert variant_by_code(StoreFactory(union=there.store.union).pk, there.store.union_id, code) is None


def test_a_sheet_booked_twice_moves_once():
    there = supplied()
    sheet = open_sheet(store=there.store, kind="lay_in", actor=None, now=NOW)
    scan(sheet=sheet, code="3*FLOUR", actor=None, now=NOW)
    scan(sheet=sheet, code="4006381333931", actor=None, now=NOW)
    book_sheet(sheet=sheet, actor=None, now=NOW)
    with pytest.raises(WrongState):
        book_sheet(sheet=sheet, actor=None, now=NOW)
    with pytest.raises(WrongState):
        scan(sheet=sheet, code="FLOUR", actor=None, now=NOW)
    assert there.on_hand(there.flour) == 14


def test_an_article_that_stands_twice_on_a_delivery_has_come_with_both():
    there = supplied()
    order = there.order(flour=10)
    pieces = [(there.flour, 6, 300), (there.salt, 1, None), (there.flour, 4, 350)]
    receive_delivery(store=there.store, pieces=pieces, actor=None, now=NOW, purchase_order=order)
    assert there.on_hand(there.flour) == 20
    order.refresh_from_db()
    assert order.state == PurchaseOrder.State.RECEIVED
    line = StockSheet.objects.get(store=there.store).lines.get(variant=there.flour)
    assert (line.quantity, line.unit_cost) == (10, 320)


def test_an_article_that_is_ordered_twice_is_ordered_together():
    there = supplied()
    wanted = [Wanted(there.flour, 6), Wanted(there.salt, 2), Wanted(there.flour, 4, 290)]
    order = write_order(store=there.store, supplier=there.mill, wanted=wanted, actor=None, now=NOW)
    lines = order.lines.order_by("variant__sku").values_list("variant__sku", "quantity", "unit_price")
    assert list(lines) == [("FLOUR", 10, 290), ("SALT", 2, 120)]


def test_stock_of_mistyped_cost_and_count_is_still_told():
    there = supplied()
    StockLevel.objects.filter(pk=there.flour.pk).update(on_hand=10**9, unit_cost=2**53)
    row = stock_value(there.store)[0]
    assert row.cost == 10**9 * 2**53
    assert row.price == 10**9 * there.flour.price + there.salt.price


@pytest.mark.parametrize("articles", [1, 3])
def test_ordering_laying_in_and_counting_ask_as_often_for_three_articles_as_for_one(
    articles, django_assert_num_queries
):
    there = supplied()
    goods = [there.flour, there.salt, VariantFactory(store=there.store, sku="YEAST", stock=2)][:articles]
    with django_assert_num_queries(5):
        wanted = [Wanted(variant, 6, 100) for variant in goods]
        order = write_order(store=there.store, supplier=there.mill, wanted=wanted, actor=None, now=NOW)
    send_order(order=order, actor=None, now=NOW)
    with django_assert_num_queries(28):
        pieces = [(variant, 6, None) for variant in goods]
        receive_delivery(store=there.store, purchase_order=order, pieces=pieces, actor=None, now=NOW)
    Variant.objects.exclude(pk__in=[variant.pk for variant in goods]).update(tracks_stock=False)
    sheet = open_sheet(store=there.store, kind="count", actor=None, now=NOW)
    with django_assert_num_queries(9):
        assert fill_in(sheet=sheet, actor=None, now=NOW) == articles
    assert sorted(sheet.lines.values_list("quantity", "expected")) == sorted(
        (0, there.on_hand(variant)) for variant in goods
    )
