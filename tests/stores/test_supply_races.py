"""Deliveries, counts and transfers against each other and against sales: real threads on real PostgreSQL."""

import pytest

from core.errors import DomainError
from stores.models import StockMovement, StockSheet, SupplierGood
from stores.queries.stock import stock_differences
from stores.services.stock import HoldWant, OutOfStock, sell_holds, set_holds
from stores.services.supply.booking import book_sheet, receive_delivery
from stores.services.supply.ordering import order_what_is_short
from stores.services.supply.scanning import open_sheet, set_pieces
from stores.services.supply.suppliers import GoodTerms, SupplierDetails, save_good, save_supplier
from tests.factories.stores import StoreFactory, VariantFactory
from tests.stores.supply import NOW, supplied
from tests.stores.test_stock_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def tried(job):
    """The job with its refusal as an answer."""

    def run():
        try:
            return job()
        except DomainError as refusal:
            return refusal

    return run


def sold(variant, number):
    owner = f"cart-line:{number}"
    set_holds(union=variant.union, wants=[HoldWant(owner, variant.pk, 1)], now=NOW)
    sell_holds(union=variant.union, owners=[owner], reference=f"P-{number}", actor=None, now=NOW)
    return "sold"


def test_ten_receipts_of_an_order_of_twelve_lay_in_twelve():
    there = supplied()
    order = there.order(flour=12)

    def receive(number):
        return receive_delivery(
            store=there.store,
            purchase_order=type(order).objects.get(pk=order.pk),
            pieces=[(there.flour, 3, None)],
            delivery_note=f"D{number}",
            actor=None,
            now=NOW,
        )

    answers = at_once(tried(lambda number=number: receive(number)) for number in range(10))
    assert sum(isinstance(answer, StockSheet) for answer in answers) == 4
    order.refresh_from_db()
    assert (order.state, order.lines.get().received, there.on_hand(there.flour)) == ("received", 12, 22)
    assert stock_differences(there.store.union) == []


def test_one_delivery_note_sent_eight_times_at_once_is_booked_once():
    there = supplied()
    order = there.order(flour=12)

    def receive():
        return receive_delivery(
            store=there.store,
            purchase_order=type(order).objects.get(pk=order.pk),
            pieces=[(there.flour, 3, None)],
            delivery_note="D1",
            actor=None,
            now=NOW,
        ).number

    answers = at_once(tried(receive) for _ in range(8))
    assert len(set(answers)) == 1
    assert (order.lines.get().received, there.on_hand(there.flour)) == (3, 13)


def test_a_sheet_booked_by_two_people_at_once_moves_once():
    there = supplied()
    sheet = open_sheet(store=there.store, kind="lay_in", actor=None, now=NOW)
    set_pieces(sheet=sheet, variant=there.flour, quantity=5, actor=None, now=NOW)
    answers = at_once(
        tried(lambda: book_sheet(sheet=StockSheet.objects.get(pk=sheet.pk), actor=None, now=NOW)) for _ in range(6)
    )
    assert sum(isinstance(answer, StockSheet) for answer in answers) == 1
    assert there.on_hand(there.flour) == 15


def test_a_count_among_sales_loses_no_sale():
    there = supplied()
    sheet = open_sheet(store=there.store, kind="count", actor=None, now=NOW)
    set_pieces(sheet=sheet, variant=there.flour, quantity=8, actor=None, now=NOW)
    jobs = [tried(lambda number=number: sold(there.flour, number)) for number in range(12)]
    jobs.insert(4, tried(lambda: book_sheet(sheet=StockSheet.objects.get(pk=sheet.pk), actor=None, now=NOW).state))
    answers = at_once(jobs)
    gone = answers.count("sold")
    sheet.refresh_from_db()
    if sheet.state == "booked":
        assert gone == 8
        assert there.on_hand(there.flour) == 0
    else:
        assert gone == 10 or any(isinstance(answer, OutOfStock) for answer in answers)
        assert there.on_hand(there.flour) == 10 - gone
    assert stock_differences(there.store.union) == []


def test_transfers_in_opposite_directions_and_sales_do_not_block_and_lose_nothing():
    there = supplied()
    sister = StoreFactory(membership=there.store.membership)
    VariantFactory(store=sister, sku="SALT", stock=10)
    twin = VariantFactory(store=sister, sku="FLOUR", stock=10)

    def carry(store, other, variant):
        sheet = open_sheet(store=store, kind="transfer", other_store=other, actor=None, now=NOW)
        set_pieces(sheet=sheet, variant=variant, quantity=2, actor=None, now=NOW)
        book_sheet(sheet=sheet, actor=None, now=NOW)
        return "carried"

    jobs = []
    for number in range(4):
        jobs.append(tried(lambda: carry(there.store, sister, there.flour)))
        jobs.append(tried(lambda: carry(sister, there.store, twin)))
        jobs.append(tried(lambda number=number: sold(there.flour, number)))
    answers = at_once(jobs)
    assert all(answer in ("carried", "sold") or isinstance(answer, OutOfStock) for answer in answers)
    assert there.on_hand(there.flour) + there.on_hand(twin) == 20 - answers.count("sold")
    carried = StockMovement.objects.filter(reference__startswith="ST-")
    assert sum(carried.values_list("quantity", flat=True)) == 0
    assert stock_differences(there.store.union) == []


def test_what_is_short_is_ordered_once_by_two_presses():
    there = supplied()
    type(there.flour.stock).objects.filter(pk=there.flour.pk).update(low_at=10)
    drafts = at_once(tried(lambda: len(order_what_is_short(store=there.store, actor=None, now=NOW))) for _ in range(4))
    assert sorted(drafts) == [0, 0, 0, 1]


def test_of_several_suppliers_preferred_at_once_one_is_the_first_choice():
    there = supplied()
    mills = [
        save_supplier(store=there.store, details=SupplierDetails(name=f"Mill {number}"), actor=None, now=NOW)
        for number in range(4)
    ]

    def prefer(mill):
        terms = GoodTerms(price=290, is_preferred=True)
        return save_good(supplier=mill, variant=there.flour, terms=terms, actor=None, now=NOW)

    at_once([lambda mill=mill: prefer(mill) for mill in mills])
    assert SupplierGood.objects.filter(variant=there.flour).count() == 5
    assert SupplierGood.objects.filter(variant=there.flour, is_preferred=True).count() == 1
