"""Any steps of one urgent sale: every piece is in one place, nobody has more than they may, nothing is lost."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import DomainError
from orders.models import Cart, CartLine, Order, OrderLine
from orders.services.calling_off import call_off_pieces
from orders.services.cancelling import cancel_order
from orders.services.cart import remove_line, set_quantity
from orders.services.purchase import NEVER_PAID, mark_paid, payment_failed
from orders.services.urgent import stop_waiting, take_urgent, wait_for_urgent
from stores.errors import UrgentBegun, UrgentBusy, UrgentLimit, UrgentOver, UrgentSoldOut
from stores.models import StockHold, StockLevel, UrgentBooking, UrgentClaim, UrgentLevel, UrgentPlace
from stores.queries.urgent import sale_figures
from stores.services.stock import OutOfStock
from stores.services.urgent import SalePlan, change_sale, end_sale, finish_sales
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, market
from tests.factories.urgent import HOUR, buy, is_proven, ready, urgent_sale

SHELF, PIECES, MOST = 9, 3, 2
START = NOW + timedelta(minutes=20)
REFUSALS = (UrgentOver, UrgentLimit, UrgentSoldOut, UrgentBusy)
who = st.integers(0, 3)
few = st.integers(1, 3)


class SaleMachine(RuleBasedStateMachine):
    """One sale of three pieces, at most two for each of two people and two guests, and a clock."""

    agreed: ClassVar[int] = 0
    bought_at_its_price: ClassVar[int] = 0
    let_in: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.place = market(stock=SHELF)
        self.now = NOW
        self.sale = urgent_sale(
            self.place.bread, starts_at=START, ends_at=START + HOUR, quantity=PIECES, per_shopper=MOST
        )
        self.users = [UserFactory(), UserFactory(), None, None]
        self.accounts = 0
        self.tokens = ["", "", "c" * 43, "d" * 43]
        self.emails = [f"shopper{number}@example.com" for number in range(4)]

    def teardown(self) -> None:
        try:
            self.everything_ends_well()
        finally:
            transaction.set_rollback(True)
            self.rollback.__exit__(None, None, None)

    def everything_ends_well(self) -> None:
        """Long after it: nothing is claimed, nobody waits, what was not bought is back, and the shelf has no hold."""
        finish_sales(now=self.now + 4 * HOUR)
        level = UrgentLevel.objects.get(pk=self.sale.pk)
        assert (level.left, level.held, level.sold) == (0, 0, self.bought())
        assert level.returned == level.allotted - self.bought()
        assert not UrgentPlace.objects.exists()
        assert not StockHold.objects.filter(owner__startswith="urgent-sale:").exists()
        assert is_proven(self.sale)

    def cart_of(self, number: int) -> Cart | None:
        carts = Cart.objects.filter(state=Cart.State.OPEN).select_related("union")
        user = self.users[number]
        return carts.filter(user=user).first() if user else carts.filter(token=self.tokens[number]).first()

    def line_of(self, number: int) -> CartLine | None:
        cart = self.cart_of(number)
        return CartLine.objects.filter(cart=cart).first() if cart else None

    def bought(self) -> int:
        return UrgentBooking.objects.aggregate(pieces=Sum("quantity"))["pieces"] or 0

    def tried(self, *refusals: type[DomainError], step: Any) -> bool:
        """A refusal leaves everything as it was."""
        before = list(UrgentClaim.objects.order_by("pk").values()), list(UrgentLevel.objects.values())
        try:
            with transaction.atomic():
                step()
        except refusals:
            assert before == (list(UrgentClaim.objects.order_by("pk").values()), list(UrgentLevel.objects.values()))
            return False
        return True

    @initialize(minutes=st.sampled_from([0, 0, 0, 5]))
    def begin_there(self, minutes: int) -> None:
        self.now = START - timedelta(minutes=minutes)

    @rule(minutes=st.sampled_from([1, 3, 4, 11]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(number=who, quantity=few)
    def claim(self, number: int, quantity: int) -> None:
        def step() -> None:
            cart = take_urgent(
                union=self.place.union,
                user=self.users[number],
                token=self.tokens[number],
                ref=self.sale.ref,
                quantity=quantity,
                now=self.now,
            )
            self.tokens[number] = "" if self.users[number] else cart.token

        self.tried(*REFUSALS, step=step)

    @precondition(lambda self: CartLine.objects.filter(cart__state=Cart.State.OPEN).exists())
    @rule(number=who, quantity=few)
    def change(self, number: int, quantity: int) -> None:
        line = self.line_of(number)
        if line is not None:
            cart, pk = self.cart_of(number), line.pk
            assert cart is not None
            self.tried(
                *REFUSALS,
                OutOfStock,
                step=lambda: set_quantity(cart=cart, line_id=pk, quantity=quantity, now=self.now),
            )

    @precondition(lambda self: CartLine.objects.filter(cart__state=Cart.State.OPEN).exists())
    @rule(number=who)
    def free(self, number: int) -> None:
        line, cart = self.line_of(number), self.cart_of(number)
        if line is not None and cart is not None:
            remove_line(cart=cart, line_id=line.pk, now=self.now)

    @rule(number=who, quantity=st.integers(1, MOST))
    def queue_up(self, number: int, quantity: int) -> None:
        def step() -> None:
            _sale, self.tokens[number] = wait_for_urgent(
                union=self.place.union,
                user=self.users[number],
                token=self.tokens[number],
                ref=self.sale.ref,
                quantity=quantity,
                now=self.now,
            )

        self.tried(UrgentOver, UrgentLimit, UrgentSoldOut, step=step)

    @precondition(lambda self: UrgentPlace.objects.exists())
    @rule(number=who)
    def give_up_waiting(self, number: int) -> None:
        stop_waiting(
            union=self.place.union,
            user=self.users[number],
            token=self.tokens[number],
            ref=self.sale.ref,
            now=self.now,
        )

    @precondition(lambda self: CartLine.objects.filter(cart__state=Cart.State.OPEN).exists())
    @rule(number=who)
    def buy_what_is_claimed(self, number: int) -> None:
        line, cart = self.line_of(number), self.cart_of(number)
        if line is None or cart is None:
            return
        self.accounts += 1
        token = f"bank:approves-{self.accounts}"
        cart = ready(cart, self.place, token=token, email=self.emails[number], now=self.now)
        if self.tried(UrgentLimit, OutOfStock, step=lambda: buy(cart, now=self.now)):
            sold = OrderLine.objects.order_by("-pk")[0]
            assert (sold.unit_price, sold.quantity) == (200 if sold.urgent_id else 350, line.quantity)
            type(self).bought_at_its_price += sold.urgent_id is not None

    def orders(self, *states: str) -> list[Order]:
        return list(Order.objects.filter(state__in=states).select_related("union", "purchase").order_by("pk"))

    @precondition(lambda self: self.orders("placed"))
    @rule(data=st.data(), is_paid=st.booleans())
    def the_bank_answers(self, data: st.DataObject, is_paid: bool) -> None:
        order = data.draw(st.sampled_from(self.orders("placed")), "order")
        answer = mark_paid if is_paid else payment_failed
        answer(union=self.place.union, reference=order.purchase.number, now=self.now)
        if not is_paid and order.purchase.user_id is None:
            # The guest goes on with the cart that holds everything again.
            number = self.emails.index(order.purchase.email)
            again = Cart.objects.filter(state=Cart.State.OPEN, lines__variant=self.place.bread, user=None)
            fresh = again.exclude(token__in=self.tokens).order_by("-pk").first()
            if fresh is not None:
                self.tokens[number] = fresh.token

    @precondition(lambda self: self.orders("placed", "paid"))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.orders("placed", "paid")), "order")
        cancel_order(order=order, actor=None, reason="not wanted", now=self.now)

    @precondition(lambda self: self.orders("paid"))
    @rule(data=st.data())
    def call_one_off(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.orders("paid")), "order")
        call_off_pieces(order=order, pieces={order.lines.get().pk: 1}, actor=None, reason="one less", now=self.now)

    @rule()
    def settle(self) -> None:
        finish_sales(now=self.now)
        assert not UrgentClaim.objects.filter(held__gt=0, expires_at__lte=self.now).exists()
        assert not UrgentBooking.objects.filter(is_booked=False).exists()
        level = UrgentLevel.objects.get(pk=self.sale.pk)
        is_running = self.sale.state_at(self.now) == "running"
        # Free pieces and people who wait for them: never both.
        assert not UrgentPlace.objects.exists() or (is_running and level.left == 0)
        assert is_running or self.now < START or level.left == 0

    @precondition(lambda self: self.now < START)
    @rule(quantity=st.integers(MOST, SHELF + 1))
    def plan_it_differently(self, quantity: int) -> None:
        plan = SalePlan(
            variant=self.place.bread,
            quantity=quantity,
            price=200,
            per_shopper=MOST,
            starts_at=START,
            ends_at=START + HOUR,
        )

        def step() -> None:
            self.sale = change_sale(sale=self.sale, plan=plan, actor=None, now=self.now)

        self.tried(OutOfStock, UrgentOver, UrgentBegun, step=step)

    @precondition(lambda self: self.now > START + timedelta(minutes=20))
    @rule()
    def end_it(self) -> None:
        def step() -> None:
            self.sale = end_sale(sale=self.sale, actor=None, now=self.now)

        self.tried(UrgentOver, step=step)

    @invariant()
    def every_piece_is_in_one_place(self) -> None:
        type(self).agreed += 1
        level = UrgentLevel.objects.get(pk=self.sale.pk)
        type(self).let_in += level.served > 0
        assert min(level.held, level.sold, level.returned, level.left) >= 0
        assert level.left + level.held + level.sold + level.returned == level.allotted
        figures = sale_figures([self.sale])[self.sale.pk]
        claimed = UrgentClaim.objects.aggregate(pieces=Sum("held"))["pieces"] or 0
        assert (figures.claimed, figures.bought) == (claimed, self.bought())
        assert level.allotted == level.left + claimed + self.bought() + level.returned
        # What orders say they bought, less what nobody paid, is what the sale says it sold.
        sold = OrderLine.objects.exclude(order__cancel_reason=str(NEVER_PAID))
        of_sale = sold.filter(urgent=self.sale).aggregate(pieces=Sum("quantity"))["pieces"] or 0
        assert of_sale == self.bought()
        # The shelf: all there ever was, less what left it.
        gone = sold.exclude(order__state="cancelled").aggregate(pieces=Sum(F("quantity") - F("cancelled")))["pieces"]
        unbooked = UrgentBooking.objects.filter(is_booked=False).aggregate(pieces=Sum("quantity"))["pieces"] or 0
        shelf = StockLevel.objects.get(variant=self.place.bread)
        assert shelf.on_hand == SHELF - (gone or 0) + unbooked
        assert shelf.available >= 0 and is_proven(self.sale)

    @invariant()
    def nobody_has_more_than_they_may(self) -> None:
        assert not UrgentClaim.objects.filter(most__lt=F("held") + F("bought")).exists()
        bought = OrderLine.objects.filter(urgent=self.sale).exclude(order__cancel_reason=str(NEVER_PAID))
        by_address = bought.values("order__purchase__email").annotate(pieces=Sum("quantity"))
        assert all(row["pieces"] <= MOST for row in by_address)


@pytest.mark.timeout(300)
@pytest.mark.django_db
def test_urgent_sale_agrees_with_arithmetic():
    before = SaleMachine.agreed
    run_state_machine_as_test(
        SaleMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Every step of every example was held against arithmetic.
    assert SaleMachine.agreed > before + 25


@pytest.mark.django_db
def test_machine_comes_to_the_till_and_through_the_queue():
    """Where chance may or may not lead the walks above: its own steps, one after the other, by hand."""
    machine = SaleMachine()
    bought, let_in = SaleMachine.bought_at_its_price, SaleMachine.let_in
    try:
        machine.begin_there(minutes=0)
        for step in (
            lambda: machine.claim(number=0, quantity=2),
            lambda: machine.claim(number=1, quantity=1),
            lambda: machine.queue_up(number=2, quantity=1),
            lambda: machine.buy_what_is_claimed(number=1),
            lambda: machine.free(number=0),
            machine.settle,
            lambda: machine.buy_what_is_claimed(number=2),
        ):
            step()
            machine.every_piece_is_in_one_place()
            machine.nobody_has_more_than_they_may()
    finally:
        machine.teardown()
    assert SaleMachine.bought_at_its_price > bought
    assert SaleMachine.let_in > let_in
