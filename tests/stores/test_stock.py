"""Stock never goes below zero, is never sold twice, and every change is a movement that explains the level."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from core.errors import Invalid, NotFound, constraint_of
from stores.models import StockHold, StockLevel, StockMovement
from stores.queries.stock import StockDifference, stock_differences
from stores.services.stock import (
    HoldLost,
    HoldWant,
    OutOfStock,
    adjust,
    give_back,
    prolong_holds,
    receive,
    release_holds,
    release_lapsed_holds,
    sell_holds,
    set_holds,
    take_out,
)
from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def minutes(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def level(variant) -> tuple[int, int, int]:
    row = StockLevel.objects.get(pk=variant.pk)
    return row.on_hand, row.held, row.available


def hold(variant, quantity, *, owner="cart-line:1", now=NOW):
    set_holds(union=variant.union, wants=[HoldWant(owner, variant.pk, quantity)], now=now)


def movements(variant) -> list[tuple[str, int, int]]:
    rows = StockMovement.objects.filter(variant=variant).order_by("id")
    return list(rows.values_list("kind", "quantity", "held_change"))


def test_set_holds_sets_pieces_aside():
    variant = VariantFactory(stock=5)
    hold(variant, 3)
    assert level(variant) == (5, 3, 2)
    assert StockHold.objects.values_list("owner", "quantity", "expires_at", "last_until").get() == (
        "cart-line:1",
        3,
        minutes(10),
        minutes(60),
    )
    assert movements(variant) == [("received", 5, 0), ("reserved", 0, 3)]


def test_set_holds_makes_the_hold_exactly_that_quantity():
    variant = VariantFactory(stock=5)
    hold(variant, 3)
    hold(variant, 4)
    hold(variant, 4)
    hold(variant, 1)
    assert level(variant) == (5, 1, 4)
    assert movements(variant)[1:] == [("reserved", 0, 3), ("reserved", 0, 1), ("released", 0, -3)]


def test_set_holds_of_nothing_releases():
    variant = VariantFactory(stock=5)
    hold(variant, 3)
    hold(variant, 0)
    assert level(variant) == (5, 0, 5)
    assert not StockHold.objects.exists()


def test_set_holds_refuses_more_than_there_is_and_changes_nothing():
    first, second = VariantFactory(stock=5), None
    second = VariantFactory(product=first.product, stock=2)
    with pytest.raises(OutOfStock) as refusal:
        set_holds(
            union=first.union,
            wants=[HoldWant("a", first.pk, 5), HoldWant("b", second.pk, 3)],
            now=NOW,
        )
    assert refusal.value.facts == {"variant_id": second.pk, "available": 2}
    assert (level(first), level(second)) == ((5, 0, 5), (2, 0, 2))
    assert not StockHold.objects.exists()
    assert StockMovement.objects.filter(kind="reserved").count() == 0


def test_set_holds_counts_two_owners_of_one_variant_together():
    variant = VariantFactory(stock=5)
    with pytest.raises(OutOfStock):
        set_holds(union=variant.union, wants=[HoldWant("a", variant.pk, 3), HoldWant("b", variant.pk, 3)], now=NOW)
    set_holds(union=variant.union, wants=[HoldWant("a", variant.pk, 3), HoldWant("b", variant.pk, 2)], now=NOW)
    assert level(variant) == (5, 5, 0)


def test_set_holds_passes_over_what_is_not_counted():
    service = VariantFactory(tracks_stock=False)
    hold(service, 1000)
    assert not StockHold.objects.exists()
    assert not StockLevel.objects.exists()


def test_set_holds_refuses_a_counted_variant_never_laid_in():
    variant = VariantFactory(stock=0)
    with pytest.raises(OutOfStock) as refusal:
        hold(variant, 1)
    assert refusal.value.facts == {"variant_id": variant.pk, "available": 0}


def test_set_holds_refuses_a_variant_of_another_union():
    variant, stranger = VariantFactory(), VariantFactory()
    with pytest.raises(NotFound):
        set_holds(union=variant.union, wants=[HoldWant("a", stranger.pk, 1)], now=NOW)
    assert level(stranger) == (10, 0, 10)


def test_set_holds_releases_what_has_lapsed_before_refusing():
    variant = VariantFactory(stock=2)
    hold(variant, 2, owner="slow")
    with pytest.raises(OutOfStock):
        hold(variant, 1, owner="quick", now=minutes(9))
    hold(variant, 1, owner="quick", now=minutes(10))
    assert level(variant) == (2, 1, 1)
    assert list(StockHold.objects.values_list("owner", flat=True)) == ["quick"]


def test_prolong_holds_ends_at_the_limit():
    variant = VariantFactory(stock=2)
    hold(variant, 2)
    for minute in (5, 14, 23, 32, 41, 50, 55):
        prolong_holds(owners=["cart-line:1"], now=minutes(minute))
    assert StockHold.objects.get().expires_at == minutes(60)
    prolong_holds(owners=["cart-line:1"], now=minutes(59))
    assert StockHold.objects.get().expires_at == minutes(60)


def test_set_holds_does_not_move_the_limit_of_a_live_hold():
    variant = VariantFactory(stock=5)
    hold(variant, 2)
    prolong_holds(owners=["cart-line:1"], now=minutes(9))
    hold(variant, 3, now=minutes(18))
    assert StockHold.objects.values_list("expires_at", "last_until").get() == (minutes(28), minutes(60))


def test_set_holds_takes_a_lapsed_hold_anew():
    variant = VariantFactory(stock=5)
    hold(variant, 2)
    hold(variant, 3, now=minutes(11))
    assert StockHold.objects.values_list("quantity", "expires_at", "last_until").get() == (
        3,
        minutes(21),
        minutes(71),
    )
    assert level(variant) == (5, 3, 2)


def test_prolong_holds_does_not_wake_a_lapsed_hold():
    variant = VariantFactory(stock=2)
    hold(variant, 2)
    prolong_holds(owners=["cart-line:1"], now=minutes(10))
    assert StockHold.objects.get().expires_at == minutes(10)


def test_release_holds_twice_releases_once():
    variant = VariantFactory(stock=5)
    hold(variant, 3)
    release_holds(owners=["cart-line:1"], now=NOW, reason="left the cart")
    release_holds(owners=["cart-line:1"], now=NOW, reason="left the cart")
    assert level(variant) == (5, 0, 5)
    assert movements(variant)[1:] == [("reserved", 0, 3), ("released", 0, -3)]


def test_release_lapsed_holds_leaves_live_ones():
    variant = VariantFactory(stock=5)
    hold(variant, 1, owner="old")
    hold(variant, 2, owner="young", now=minutes(5))
    assert release_lapsed_holds(now=minutes(10)) == 1
    assert release_lapsed_holds(now=minutes(10)) == 0
    assert level(variant) == (5, 2, 3)
    assert StockHold.objects.get().owner == "young"


def test_sell_holds_takes_the_pieces_away():
    variant, actor = VariantFactory(stock=5), UserFactory()
    hold(variant, 3)
    sell_holds(union=variant.union, owners=["cart-line:1"], reference="P-1", actor=actor, now=NOW)
    assert level(variant) == (2, 0, 2)
    assert not StockHold.objects.exists()
    sold = StockMovement.objects.get(kind="sold")
    assert (sold.quantity, sold.held_change, sold.reference, sold.actor) == (-3, -3, "P-1", actor)


def test_sell_holds_sells_once():
    variant = VariantFactory(stock=5)
    hold(variant, 3)
    sell_holds(union=variant.union, owners=["cart-line:1"], reference="P-1", actor=None, now=NOW)
    with pytest.raises(HoldLost):
        sell_holds(union=variant.union, owners=["cart-line:1"], reference="P-1", actor=None, now=NOW)
    assert level(variant) == (2, 0, 2)


def test_sell_holds_takes_afresh_what_lapsed():
    variant = VariantFactory(stock=5)
    wants = [HoldWant("cart-line:1", variant.pk, 3)]
    set_holds(union=variant.union, wants=wants, now=NOW)
    release_lapsed_holds(now=minutes(10))
    sell_holds(union=variant.union, owners=["cart-line:1"], wants=wants, reference="P-1", actor=None, now=minutes(11))
    assert level(variant) == (2, 0, 2)


def test_sell_holds_refuses_what_lapsed_and_is_gone():
    variant = VariantFactory(stock=3)
    other = VariantFactory(product=variant.product, stock=3)
    wants = [HoldWant("a", variant.pk, 3), HoldWant("b", other.pk, 1)]
    set_holds(union=variant.union, wants=wants, now=NOW)
    hold(variant, 1, owner="quick", now=minutes(11))
    with pytest.raises(OutOfStock) as refusal:
        sell_holds(union=variant.union, owners=["a", "b"], wants=wants, reference="P-1", actor=None, now=minutes(11))
    assert refusal.value.facts == {"variant_id": variant.pk, "available": 2}
    assert level(variant) == (3, 1, 2)
    assert level(other)[0] == 3
    assert not StockMovement.objects.filter(kind="sold").exists()


def test_sell_holds_evens_out_a_hold_of_another_quantity():
    variant = VariantFactory(stock=5)
    hold(variant, 4)
    sell_holds(
        union=variant.union,
        owners=["cart-line:1"],
        wants=[HoldWant("cart-line:1", variant.pk, 2)],
        reference="P-1",
        actor=None,
        now=NOW,
    )
    assert level(variant) == (3, 0, 3)
    assert movements(variant)[-1] == ("sold", -2, -4)


def test_sell_holds_passes_over_services():
    service = VariantFactory(tracks_stock=False)
    wants = [HoldWant("cart-line:1", service.pk, 2)]
    sell_holds(union=service.union, owners=["cart-line:1"], wants=wants, reference="P-1", actor=None, now=NOW)
    assert not StockMovement.objects.exists()


def test_give_back_lays_in_and_passes_over_services():
    variant = VariantFactory(stock=5)
    service = VariantFactory(product=variant.product, tracks_stock=False)
    give_back(
        union=variant.union,
        pieces=[(variant.pk, 2), (service.pk, 1)],
        reference="O-1",
        actor=None,
        now=NOW,
        reason="cancelled",
    )
    assert level(variant) == (7, 0, 7)
    assert movements(variant)[-1] == ("returned", 2, 0)
    assert not StockLevel.objects.filter(pk=service.pk).exists()


def test_take_out_leaves_what_is_reserved():
    variant = VariantFactory(stock=5)
    hold(variant, 3)
    with pytest.raises(OutOfStock):
        take_out(variant=variant, quantity=3, actor=None, reason="broken", now=NOW)
    assert level(variant) == (5, 3, 2)
    take_out(variant=variant, quantity=2, actor=None, reason="broken", now=NOW)
    assert level(variant) == (3, 3, 0)


def test_adjust_sets_the_counted_figure():
    variant = VariantFactory(stock=5)
    adjust(variant=variant, quantity=7, actor=None, reason="counted", now=NOW)
    adjust(variant=variant, quantity=7, actor=None, reason="counted", now=NOW)
    adjust(variant=variant, quantity=4, actor=None, reason="counted", now=NOW)
    assert level(variant) == (4, 0, 4)
    assert movements(variant) == [("received", 5, 0), ("adjusted", 2, 0), ("adjusted", -3, 0)]


def test_adjust_below_what_is_reserved_is_refused():
    variant = VariantFactory(stock=5)
    hold(variant, 3)
    with pytest.raises(OutOfStock):
        adjust(variant=variant, quantity=2, actor=None, reason="counted", now=NOW)
    assert level(variant) == (5, 3, 2)


@pytest.mark.parametrize("quantity", [0, -1])
def test_receive_refuses_nothing(quantity):
    variant = VariantFactory(stock=5)
    with pytest.raises(Invalid):
        receive(variant=variant, quantity=quantity, actor=None, reason="", now=NOW)
    assert level(variant) == (5, 0, 5)


def test_product_knows_whether_anything_is_left():
    product = ProductFactory()
    small, large = VariantFactory(product=product, stock=1), VariantFactory(product=product, stock=1)

    def in_stock() -> bool:
        product.refresh_from_db()
        return product.in_stock

    hold(small, 1, owner="a")
    assert in_stock()
    hold(large, 1, owner="b")
    assert not in_stock()
    release_holds(owners=["a"], now=NOW, reason="")
    assert in_stock()


def test_movement_cannot_be_edited_or_removed():
    VariantFactory(stock=5)
    for change in (
        lambda: StockMovement.objects.update(quantity=6),
        lambda: StockMovement.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            change()
        assert constraint_of(refusal.value) == "stock_movement_append_only"
    assert StockMovement.objects.get().quantity == 5


def test_movement_outlives_the_person():
    variant, actor = VariantFactory(stock=0), UserFactory()
    receive(variant=variant, quantity=5, actor=actor, reason="", now=NOW)
    actor.delete()
    assert StockMovement.objects.get().actor is None


def test_stock_differences_finds_a_level_changed_past_the_books():
    variant, other = VariantFactory(stock=5), VariantFactory(stock=5)
    hold(variant, 2)
    assert stock_differences(variant.union) == []
    StockLevel.objects.filter(pk=variant.pk).update(on_hand=6)
    assert stock_differences(variant.union) == [StockDifference(variant.pk, variant.sku, 6, 5, 2, 2, 2)]
    assert stock_differences(other.union) == []


def test_set_holds_is_one_statement(django_assert_num_queries):
    variant = VariantFactory(stock=5)
    other = VariantFactory(product=variant.product, stock=5)
    wants = [HoldWant("a", variant.pk, 1), HoldWant("b", other.pk, 1)]
    with django_assert_num_queries(1):
        set_holds(union=variant.union, wants=wants[:1], now=NOW)
    with django_assert_num_queries(1):
        set_holds(union=variant.union, wants=wants, now=NOW)
    with django_assert_num_queries(1):
        sell_holds(union=variant.union, owners=["a", "b"], reference="P-1", actor=None, now=NOW)
