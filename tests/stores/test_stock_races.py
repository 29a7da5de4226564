"""Many at once for a few pieces: real threads, real connections, real PostgreSQL."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction
from django_scopes import scopes_disabled

from stores.models import StockHold, StockLevel, StockMovement
from stores.queries.stock import stock_differences
from stores.services.stock import (
    HoldWant,
    OutOfStock,
    adjust,
    receive,
    release_holds,
    release_lapsed_holds,
    sell_holds,
    set_holds,
    take_out,
)
from tests.factories.stores import VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at_once(jobs: Iterable[Callable[[], Any]]) -> list[Any]:
    """Start all jobs in the same moment, each with a connection of its own; an OutOfStock is an answer too."""
    jobs = list(jobs)
    start = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            with scopes_disabled():
                connection.ensure_connection()
                start.wait(timeout=30)
                return job()
        except OutOfStock as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_forty_shoppers_for_ten_pieces_hold_ten():
    variant = VariantFactory(stock=10)

    def take(number: int) -> str:
        set_holds(union=variant.union, wants=[HoldWant(f"cart-line:{number}", variant.pk, 1)], now=NOW)
        return "held"

    answers = at_once(lambda number=number: take(number) for number in range(40))
    assert answers.count("held") == 10
    assert StockLevel.objects.values_list("on_hand", "held", "available").get() == (10, 10, 0)
    assert StockHold.objects.count() == 10
    variant.product.refresh_from_db()
    assert variant.product.in_stock is False
    assert stock_differences(variant.union) == []


def test_forty_buyers_of_two_variants_in_opposite_order_do_not_block_each_other():
    first = VariantFactory(stock=10)
    second = VariantFactory(product=first.product, stock=10)

    def buy(number: int) -> str:
        pair = [first, second] if number % 2 else [second, first]
        wants = [HoldWant(f"cart-line:{number}-{variant.pk}", variant.pk, 1) for variant in pair]
        owners = [want.owner for want in wants]
        set_holds(union=first.union, wants=wants, now=NOW)
        sell_holds(union=first.union, owners=owners, reference=f"P-{number}", actor=None, now=NOW)
        return "sold"

    answers = at_once(lambda number=number: buy(number) for number in range(40))
    assert answers.count("sold") == 10
    assert set(StockLevel.objects.values_list("on_hand", "held")) == {(0, 0)}
    assert StockMovement.objects.filter(kind="sold").count() == 20
    assert stock_differences(first.union) == []


def test_one_owner_from_many_tabs_holds_once():
    variant = VariantFactory(stock=100)

    def take() -> str:
        set_holds(union=variant.union, wants=[HoldWant("cart-line:1", variant.pk, 3)], now=NOW)
        return "held"

    assert at_once([take] * 12) == ["held"] * 12
    assert StockHold.objects.values_list("owner", "quantity").get() == ("cart-line:1", 3)
    assert StockLevel.objects.values_list("on_hand", "held").get() == (100, 3)
    assert stock_differences(variant.union) == []


def test_a_hold_is_either_sold_or_released():
    variant = VariantFactory(stock=20)
    owners = [f"cart-line:{number}" for number in range(10)]
    set_holds(union=variant.union, wants=[HoldWant(owner, variant.pk, 2) for owner in owners], now=NOW)
    later = NOW + timedelta(minutes=20)

    def sell(owner: str) -> str:
        wants = [HoldWant(owner, variant.pk, 2)]
        sell_holds(union=variant.union, owners=[owner], wants=wants, reference=owner, actor=None, now=later)
        return "sold"

    jobs: list[Callable[[], Any]] = []
    for owner in owners:
        jobs.append(lambda owner=owner: sell(owner))
        jobs.append(lambda owner=owner: release_holds(owners=[owner], now=later, reason="left"))
    jobs += [lambda: release_lapsed_holds(now=later)] * 4
    assert at_once(jobs).count("sold") == 10
    assert StockLevel.objects.values_list("on_hand", "held").get() == (0, 0)
    assert not StockHold.objects.exists()
    assert stock_differences(variant.union) == []


def waits_for_a_lock() -> bool:
    """Whether anybody in this database stands before a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("what", ["take_out", "hold", "release", "count"])
def test_who_waited_for_a_level_reckons_with_both_of_its_figures(what):
    """Whatever the other changed of on hand and held, the one that waited neither refuses nor fails for old ones."""
    variant = VariantFactory(stock=20)
    owner = HoldWant("other", variant.pk, 20 if what in ("take_out", "count") else 0)
    set_holds(union=variant.union, wants=[owner, HoldWant("mine", variant.pk, 5 if what == "release" else 0)], now=NOW)
    changed, waiting = Event(), Event()

    def first() -> None:
        with transaction.atomic():
            if owner.quantity:
                release_holds(owners=["other"], now=NOW, reason="")
                take_out(variant=variant, quantity=15, actor=None, reason="", now=NOW)
            else:
                receive(variant=variant, quantity=80, actor=None, reason="", now=NOW)
                set_holds(union=variant.union, wants=[HoldWant("other", variant.pk, 60)], now=NOW)
            changed.set()
            while not waits_for_a_lock():
                waiting.wait(0.02)

    def second() -> None:
        changed.wait(30)
        if what == "take_out":
            take_out(variant=variant, quantity=3, actor=None, reason="", now=NOW)
        elif what == "hold":
            set_holds(union=variant.union, wants=[HoldWant("mine", variant.pk, 7)], now=NOW)
        elif what == "release":
            release_holds(owners=["mine"], now=NOW, reason="")
        else:
            adjust(variant=variant, quantity=4, actor=None, reason="", now=NOW)

    assert at_once([first, second]) == [None, None]
    figures = {"take_out": (2, 0), "hold": (100, 67), "release": (100, 60), "count": (4, 0)}
    assert StockLevel.objects.values_list("on_hand", "held").get() == figures[what]
    assert stock_differences(variant.union) == []
