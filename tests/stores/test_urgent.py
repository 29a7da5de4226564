"""Planning, ending and settling urgent sales: pieces leave the shelf and come back, and every one is accounted for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from core.errors import Invalid, constraint_of
from stores.errors import UrgentBegun, UrgentBusy, UrgentLimit, UrgentOver, UrgentOverlaps, UrgentSoldOut
from stores.models import StockLevel, StockMovement, UrgentClaim, UrgentLevel, UrgentPlace, UrgentSale
from stores.queries.shop import product_of, product_row
from stores.queries.urgent import sale_figures, sale_view, shown_sales, standing_of, urgent_frame
from stores.services.stock import OutOfStock, adjust, take_out
from stores.services.urgent import (
    SalePlan,
    change_sale,
    end_sale,
    finish_sales,
    free_claim,
    leave_queue,
    plan_sale,
    set_claim,
    wait_in_queue,
)
from tests.factories.orders import NOW, market
from tests.factories.stores import VariantFactory
from tests.factories.urgent import HOUR, is_proven, urgent_sale

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def shelf(sale) -> tuple[int, int, int]:
    return shelf_of(sale.variant)


def shelf_of(variant) -> tuple[int, int, int]:
    level = StockLevel.objects.get(variant=variant)
    return level.on_hand, level.held, level.available


def level_of(sale) -> tuple[int, int, int, int]:
    level = UrgentLevel.objects.get(pk=sale.pk)
    return level.left, level.held, level.sold, level.returned


@pytest.fixture
def bread():
    return market().bread


def test_urgent_sale_takes_its_pieces_from_the_shelf_at_once(bread):
    sale = urgent_sale(bread, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    assert shelf(sale) == (10, 3, 7)
    assert level_of(sale) == (3, 0, 0, 0)
    moved = StockMovement.objects.filter(variant=bread).order_by("-id").first()
    assert (moved.kind, moved.held_change, moved.reference) == ("reserved", 3, f"urgent-sale:{sale.ref}")
    assert sale.state_at(NOW) == "planned" and sale.state_at(NOW + HOUR) == "running"
    assert sale.state_at(NOW + 2 * HOUR) == "over"
    assert is_proven(sale)


def test_urgent_sale_of_more_than_there_is_is_refused_and_nothing_is_kept(bread):
    with pytest.raises(OutOfStock):
        urgent_sale(bread, quantity=11)
    assert UrgentSale.objects.count() == 0
    assert StockLevel.objects.get(variant=bread).held == 0


def test_urgent_sale_price_is_frozen_from_a_percentage(bread):
    sale = urgent_sale(bread, price=None, percent=30)
    assert (sale.price, sale.list_price) == (245, 350)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"price": 350}, "price"),
        ({"price": None}, "price"),
        ({"percent": 30}, "price"),
        ({"price": None, "percent": 100}, "percent"),
        ({"quantity": 0}, "quantity"),
        ({"per_shopper": 4}, "per_shopper"),
        ({"ends_at": NOW}, "ends_at"),
        ({"ends_at": NOW + 32 * 24 * HOUR}, "ends_at"),
    ],
)
def test_urgent_sale_plan_is_refused_beside_the_field(bread, plan, field):
    with pytest.raises(Invalid) as refusal:
        urgent_sale(bread, **plan)
    assert refusal.value.field == field
    assert UrgentSale.objects.count() == 0


def test_urgent_sales_of_one_variant_never_overlap(bread):
    urgent_sale(bread)
    with pytest.raises(UrgentOverlaps):
        urgent_sale(bread, starts_at=NOW + HOUR / 2, ends_at=NOW + 2 * HOUR)
    assert UrgentSale.objects.count() == 1
    assert urgent_sale(bread, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    assert StockLevel.objects.get(variant=bread).held == 6


def test_urgent_level_never_gives_more_than_was_allotted(bread):
    sale = urgent_sale(bread)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        UrgentLevel.objects.filter(pk=sale.pk).update(held=4)
    assert constraint_of(error.value) == "urgent_level_never_too_many"


def test_planned_sale_can_be_changed_and_running_one_not(bread):
    sale = urgent_sale(bread, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    plan = SalePlan(
        variant=bread, quantity=5, starts_at=NOW + 2 * HOUR, ends_at=NOW + 3 * HOUR, price=150, per_shopper=2
    )
    changed = change_sale(sale=sale, plan=plan, actor=None, now=NOW)
    assert (changed.price, changed.per_shopper, changed.starts_at) == (150, 2, NOW + 2 * HOUR)
    assert shelf(sale) == (10, 5, 5) and level_of(sale) == (5, 0, 0, 0)
    with pytest.raises(UrgentBegun):
        change_sale(sale=sale, plan=plan, actor=None, now=NOW + 2 * HOUR)
    assert is_proven(sale)


def test_sale_called_off_before_it_begins_gives_everything_back(bread):
    sale = urgent_sale(bread, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    ended = end_sale(sale=sale, actor=None, now=NOW)
    assert ended.state_at(NOW) == "cancelled"
    assert shelf(sale) == (10, 0, 10) and level_of(sale) == (0, 0, 0, 3)
    with pytest.raises(UrgentOver):
        end_sale(sale=sale, actor=None, now=NOW)
    assert is_proven(sale)


def test_sale_ended_early_gives_back_what_nobody_claimed_and_the_rest_when_claims_lapse(bread):
    sale = urgent_sale(bread)
    set_claim(sale=sale, shopper="user:1", quantity=1, now=NOW + MINUTE)
    ended = end_sale(sale=sale, actor=None, now=NOW + 2 * MINUTE)
    assert ended.state_at(NOW + 2 * MINUTE) == "over"
    assert shelf(sale) == (10, 1, 9) and level_of(sale) == (0, 1, 0, 2)
    assert is_proven(sale)
    finish_sales(now=NOW + 12 * MINUTE)
    assert shelf(sale) == (10, 0, 10) and level_of(sale) == (0, 0, 0, 3)
    assert is_proven(sale)


def test_ended_sale_gives_back_to_whoever_runs_into_the_shortage(bread):
    sale = urgent_sale(bread, quantity=10)
    with pytest.raises(OutOfStock):
        take_out(variant=bread, quantity=1, actor=None, reason="broken", now=NOW + MINUTE)
    take_out(variant=bread, quantity=1, actor=None, reason="broken", now=NOW + HOUR)
    assert shelf(sale) == (9, 0, 9)
    assert is_proven(sale)


def test_claims_hold_ten_minutes_and_no_longer(bread):
    sale = urgent_sale(bread)
    claim = set_claim(sale=sale, shopper="user:1", quantity=2, now=NOW)
    assert (claim.held, claim.expires_at) == (2, NOW + 10 * MINUTE)
    assert level_of(sale) == (1, 2, 0, 0)
    finish_sales(now=NOW + 9 * MINUTE)
    assert level_of(sale) == (1, 2, 0, 0)
    finish_sales(now=NOW + 10 * MINUTE)
    assert level_of(sale) == (3, 0, 0, 0)
    assert is_proven(sale)


def test_claim_beyond_the_limit_of_one_shopper_is_refused(bread):
    sale = urgent_sale(bread, per_shopper=2)
    set_claim(sale=sale, shopper="user:1", quantity=2, now=NOW)
    with pytest.raises(UrgentLimit) as refusal:
        set_claim(sale=sale, shopper="user:1", quantity=3, now=NOW)
    assert refusal.value.facts == {"most": 2, "bought": 0}
    assert level_of(sale) == (1, 2, 0, 0)


def test_claims_before_the_start_and_at_the_end_are_refused_to_the_second(bread):
    sale = urgent_sale(bread, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    second = timedelta(seconds=1)
    for at in (NOW + HOUR - second, NOW + 2 * HOUR):
        with pytest.raises(UrgentOver):
            set_claim(sale=sale, shopper="user:1", quantity=1, now=at)
    assert set_claim(sale=sale, shopper="user:1", quantity=1, now=NOW + HOUR).held == 1
    assert set_claim(sale=sale, shopper="user:2", quantity=1, now=NOW + 2 * HOUR - second).held == 1


def test_who_comes_when_all_is_claimed_waits_in_order_and_is_let_in(bread):
    sale = urgent_sale(bread, quantity=2)
    set_claim(sale=sale, shopper="user:1", quantity=2, now=NOW)
    with pytest.raises(UrgentBusy):
        set_claim(sale=sale, shopper="user:2", quantity=1, now=NOW)
    for number, shopper in enumerate(("user:2", "user:3", "user:4")):
        wait_in_queue(sale=sale, shopper=shopper, quantity=1, now=NOW)
        assert standing_of(sale, shopper, now=NOW).before == number
    wait_in_queue(sale=sale, shopper="user:2", quantity=1, now=NOW)
    assert standing_of(sale, "user:2", now=NOW).before == 0
    leave_queue(sale=sale, shopper="user:3", now=NOW)
    set_claim(sale=sale, shopper="user:1", quantity=1, now=NOW)
    now = standing_of(sale, "user:2", now=NOW)
    assert (now.held, now.held_until, now.before) == (1, NOW + 3 * MINUTE, None)
    assert standing_of(sale, "user:4", now=NOW).before == 0
    with pytest.raises(UrgentBusy):
        set_claim(sale=sale, shopper="user:5", quantity=1, now=NOW)
    finish_sales(now=NOW + 3 * MINUTE)
    assert standing_of(sale, "user:2", now=NOW + 3 * MINUTE).held == 0
    assert standing_of(sale, "user:4", now=NOW + 3 * MINUTE).held == 1
    assert UrgentLevel.objects.get(pk=sale.pk).served == 2
    assert is_proven(sale)


def test_nobody_overtakes_those_who_wait(bread):
    sale = urgent_sale(bread, quantity=1)
    set_claim(sale=sale, shopper="user:1", quantity=1, now=NOW)
    wait_in_queue(sale=sale, shopper="user:2", quantity=1, now=NOW)
    later = NOW + 11 * MINUTE
    with pytest.raises(UrgentBusy):
        set_claim(sale=sale, shopper="user:3", quantity=1, now=later)
    # The refusal took its own work back; the worker does it, or the one whose turn it is.
    assert set_claim(sale=sale, shopper="user:2", quantity=1, now=later).held == 1
    assert not UrgentPlace.objects.exists()
    assert is_proven(sale)


def test_sold_out_is_said_only_when_nothing_can_come_back(bread):
    sale = urgent_sale(bread, quantity=1)
    set_claim(sale=sale, shopper="user:1", quantity=1, now=NOW)
    figures = sale_figures([sale])[sale.pk]
    assert (figures.left, figures.claimed, figures.is_sold_out) == (0, 1, False)
    UrgentClaim.objects.update(held=0, bought=1)
    UrgentLevel.objects.update(held=0, sold=1)
    frame = urgent_frame(sale, sale_figures([sale])[sale.pk], now=NOW)
    assert (frame["state"], frame["left"]) == ("sold_out", 0)
    with pytest.raises(UrgentSoldOut):
        set_claim(sale=sale, shopper="user:2", quantity=1, now=NOW)
    with pytest.raises(UrgentSoldOut):
        wait_in_queue(sale=sale, shopper="user:2", quantity=1, now=NOW)


def test_freed_claim_goes_back_to_the_sale(bread):
    sale = urgent_sale(bread)
    set_claim(sale=sale, shopper="user:1", quantity=2, now=NOW)
    free_claim(sale=sale, shopper="user:1", now=NOW)
    assert level_of(sale) == (3, 0, 0, 0)
    free_claim(sale=sale, shopper="user:1", now=NOW)
    assert level_of(sale) == (3, 0, 0, 0)


def test_count_of_the_shelf_cannot_go_below_what_the_sale_holds(bread):
    sale = urgent_sale(bread)
    with pytest.raises(OutOfStock):
        adjust(variant=bread, quantity=2, actor=None, reason="count", now=NOW)
    assert shelf(sale) == (10, 3, 7)


def test_shown_sales_are_running_then_planned_then_over(bread):
    place = market()
    other = VariantFactory(store=place.first, price=900)
    over = urgent_sale(place.bread, now=NOW - 3 * HOUR)
    planned = urgent_sale(place.lamp, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    running = urgent_sale(other)
    assert shown_sales(place.union, now=NOW) == [running, planned, over]
    assert shown_sales(place.union, now=NOW, store=place.second.slug) == [planned]
    assert shown_sales(place.union, now=NOW + 30 * HOUR) == []


def test_goods_of_another_store_or_uncounted_ones_are_refused(bread):
    place = market()
    plan = SalePlan(variant=place.lamp, quantity=1, starts_at=NOW, ends_at=NOW + HOUR, price=1)
    with pytest.raises(Exception) as refusal:
        plan_sale(store=place.first, plan=plan, actor=None, now=NOW)
    assert refusal.value.code == "not_found"
    service = VariantFactory(store=place.first, tracks_stock=False)
    with pytest.raises(Invalid):
        urgent_sale(service)


@pytest.mark.parametrize(
    ("held", "left", "is_exact"), [(0, 100, True), (1, 95, False), (5, 90, False), (80, 20, True), (99, 1, True)]
)
def test_many_pieces_are_told_roughly_and_never_too_many(held, left, is_exact):
    bread = market(stock=100).bread
    sale = urgent_sale(bread, quantity=100)
    UrgentLevel.objects.update(held=held)
    sale.level.refresh_from_db()
    view = sale_view(sale, sale_figures([sale])[sale.pk], now=NOW)
    row = product_row(sale.union, bread.store.slug, bread.product.slug, now=NOW)
    assert (view.left, view.is_exact) == (left, is_exact)
    assert [(one.left, one.is_exact) for one in product_of(row).sales] == [(left, is_exact)]


def test_a_store_with_many_sales_leaves_room_for_the_others_and_what_runs_comes_before_what_is_over():
    place = market()
    for number in range(3):
        urgent_sale(VariantFactory(store=place.first, price=900), quantity=1, ends_at=NOW + (1 + number) * MINUTE)
        urgent_sale(VariantFactory(store=place.first, price=900), now=NOW - 3 * HOUR)
    lamp = urgent_sale(place.lamp)
    shown = shown_sales(place.union, now=NOW, limit=3)
    assert [sale.store_id for sale in shown] == [place.first.pk, place.first.pk, place.second.pk]
    assert shown[-1] == lamp
    assert [str(sale.state_at(NOW)) for sale in shown_sales(place.union, now=NOW, limit=5)] == ["running"] * 4 + [
        "over"
    ]


@pytest.mark.parametrize("year", [1, 9999])
def test_a_sale_at_the_edge_of_time_is_refused(bread, year):
    begins = datetime(year, 12, 30, tzinfo=UTC)
    with pytest.raises(Invalid) as refusal:
        urgent_sale(bread, starts_at=begins, ends_at=begins + timedelta(hours=47, minutes=59))
    assert refusal.value.facts == {"field": "starts_at"}
    assert shelf_of(bread) == (10, 0, 10)
