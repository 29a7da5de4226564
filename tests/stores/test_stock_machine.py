"""Any sequence of steps leaves the database where a few lines of arithmetic say it should be."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from stores.models import StockHold, StockLevel
from stores.queries.stock import stock_differences
from stores.services.stock import (
    HOLD_LIMIT,
    HOLD_TIME,
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
from stores.services.supply.booking import book_sheet, receive_delivery
from stores.services.supply.scanning import open_sheet, set_pieces
from tests.factories.stores import VariantFactory

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
owners = st.sampled_from(["a", "b", "c"])
few = st.integers(1, 6)


class StockMachine(RuleBasedStateMachine):
    """One variant, three owners, a clock."""

    agreed: ClassVar[int] = 0
    """How often all of it was compared."""

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.variant = VariantFactory(stock=0)
        self.now = START
        self.on_hand = 0
        self.holds: dict[str, tuple[int, datetime, datetime]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)

    def free(self) -> int:
        return self.on_hand - sum(quantity for quantity, _until, _limit in self.holds.values())

    def drop_lapsed(self) -> None:
        self.holds = {owner: hold for owner, hold in self.holds.items() if hold[1] > self.now}

    def refuse_or(self, needed: int, step) -> bool:
        """The step goes through exactly if what it needs is free, lapsed holds counted as free when they matter."""
        if needed > self.free():
            self.drop_lapsed()
        if needed > self.free():
            with pytest.raises(OutOfStock) as refusal:
                step()
            assert refusal.value.facts["available"] == self.free()
            return False
        step()
        return True

    @rule(minutes=st.integers(1, 15))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(quantity=few)
    def lay_in(self, quantity: int) -> None:
        receive(variant=self.variant, quantity=quantity, actor=None, reason="", now=self.now)
        self.on_hand += quantity

    @precondition(lambda self: self.on_hand)
    @rule(quantity=few)
    def take_some_out(self, quantity: int) -> None:
        if self.refuse_or(
            quantity, lambda: take_out(variant=self.variant, quantity=quantity, actor=None, reason="", now=self.now)
        ):
            self.on_hand -= quantity

    @precondition(lambda self: self.on_hand)
    @rule(quantity=st.integers(0, 12))
    def count(self, quantity: int) -> None:
        if self.refuse_or(
            self.on_hand - quantity,
            lambda: adjust(variant=self.variant, quantity=quantity, actor=None, reason="", now=self.now),
        ):
            self.on_hand = quantity

    @rule(quantity=few, cost=st.integers(1, 500))
    def lay_in_by_a_sheet(self, quantity: int, cost: int) -> None:
        store = self.variant.store
        receive_delivery(store=store, pieces=[(self.variant, quantity, cost)], actor=None, now=self.now)
        self.on_hand += quantity

    @precondition(lambda self: self.on_hand)
    @rule(counted=st.integers(0, 12), sold=st.integers(0, 3))
    def count_by_a_sheet_while_shoppers_buy(self, counted: int, sold: int) -> None:
        """The difference is that of the moment of counting, whatever is sold before it is booked."""
        sheet = open_sheet(store=self.variant.store, kind="count", actor=None, now=self.now)
        set_pieces(sheet=sheet, variant=self.variant, quantity=counted, actor=None, now=self.now)
        difference = counted - self.on_hand
        if sold and self.refuse_or(sold, lambda: self.buy(sold)):
            self.on_hand -= sold
        if -difference > self.free():
            live = sum(quantity for quantity, until, _limit in self.holds.values() if until > self.now)
            if -difference > self.on_hand - live:
                # Refused as a whole: what had lapsed is not released by it either.
                with pytest.raises(OutOfStock):
                    book_sheet(sheet=sheet, actor=None, now=self.now)
                return
            self.drop_lapsed()
        book_sheet(sheet=sheet, actor=None, now=self.now)
        self.on_hand += difference

    def buy(self, quantity: int) -> None:
        wants = [HoldWant("counter", self.variant.pk, quantity)]
        set_holds(union=self.variant.union, wants=wants, now=self.now)
        sell_holds(union=self.variant.union, owners=["counter"], reference="P-2", actor=None, now=self.now)

    @rule(owner=owners, quantity=st.integers(0, 6))
    def set_aside(self, owner: str, quantity: int) -> None:
        wants = [HoldWant(owner, self.variant.pk, quantity)]

        def step() -> None:
            set_holds(union=self.variant.union, wants=wants, now=self.now)

        change = quantity - self.holds.get(owner, (0,))[0]
        if change > 0 and change > self.free():
            self.drop_lapsed()
            change = quantity - self.holds.get(owner, (0,))[0]
        if change > 0 and change > self.free():
            with pytest.raises(OutOfStock):
                step()
            return
        step()
        old = self.holds.pop(owner, None)
        if quantity:
            limit = old[2] if old and old[1] > self.now else self.now + HOLD_LIMIT
            self.holds[owner] = (quantity, min(self.now + HOLD_TIME, limit), limit)

    @rule(owner=owners)
    def prolong(self, owner: str) -> None:
        prolong_holds(owners=[owner], now=self.now)
        hold = self.holds.get(owner)
        if hold and hold[1] > self.now:
            self.holds[owner] = (hold[0], min(self.now + HOLD_TIME, hold[2]), hold[2])

    @rule(owner=owners)
    def release(self, owner: str) -> None:
        release_holds(owners=[owner], now=self.now, reason="")
        self.holds.pop(owner, None)

    @rule()
    def sweep(self) -> None:
        before = len(self.holds)
        self.drop_lapsed()
        assert release_lapsed_holds(now=self.now) == before - len(self.holds)

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def sell(self, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(sorted(self.holds)))
        sell_holds(union=self.variant.union, owners=[owner], reference="P-1", actor=None, now=self.now)
        self.on_hand -= self.holds.pop(owner)[0]

    @rule(quantity=few)
    def come_back(self, quantity: int) -> None:
        if StockLevel.objects.exists():
            give_back(
                union=self.variant.union,
                pieces=[(self.variant.pk, quantity)],
                reference="O-1",
                actor=None,
                now=self.now,
            )
            self.on_hand += quantity

    @invariant()
    def agrees(self) -> None:
        type(self).agreed += 1
        level = StockLevel.objects.filter(pk=self.variant.pk).values_list("on_hand", "held", "available").first()
        held = self.on_hand - self.free()
        assert (level or (0, 0, 0)) == (self.on_hand, held, self.free())
        rows = StockHold.objects.values_list("owner", "quantity", "expires_at", "last_until")
        assert {owner: tuple(rest) for owner, *rest in rows} == self.holds
        assert stock_differences(self.variant.union) == []
        self.variant.product.refresh_from_db(fields=["in_stock"])
        assert self.variant.product.in_stock == (self.free() > 0)


@pytest.mark.django_db
def test_stock_agrees_with_arithmetic():
    before = StockMachine.agreed
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Every step of every example was held against arithmetic.
    assert StockMachine.agreed > before + 25
