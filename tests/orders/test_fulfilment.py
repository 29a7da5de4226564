"""Each step once, in order, with its money; cancelling one store's order leaves its siblings alone."""

from datetime import timedelta

import pytest

from core.errors import Invalid, WrongState
from core.models import OutboxEvent
from orders.errors import CaptureFailed, NotCancellable
from orders.models import Order, OrderChange, Shipment
from orders.queries.cart_review import review_cart
from orders.services import fulfilment
from orders.services.cancelling import cancel_order, release_forgotten_money, release_money
from orders.services.completing import complete_delivered_orders
from orders.services.fulfilment import (
    accept_order,
    complete_order,
    deliver_order,
    hand_over_order,
    next_moves,
    pack_order,
    ship_order,
)
from orders.services.purchase import pay, place_purchase
from payments.models import Earning, PaymentSplit, Refund
from stores.models import StockLevel, StockMovement
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory, market, ready_cart

pytestmark = pytest.mark.django_db


def level(variant) -> tuple[int, int]:
    return StockLevel.objects.values_list("on_hand", "held").get(pk=variant.pk)


def paid_orders(there, *, token="bank:approves") -> tuple[Order, Order]:
    cart = ready_cart(there, token=token)
    digest = review_cart(cart=cart, now=NOW).digest
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    pay(purchase=purchase, now=NOW)
    first, second = purchase.orders.select_related("union").order_by("id")
    return first, second


def states(*orders) -> list[str]:
    return [Order.objects.values_list("state", flat=True).get(pk=order.pk) for order in orders]


def split_of(order) -> PaymentSplit:
    return PaymentSplit.objects.get(reference=order.number)


def steps_of(order) -> list[tuple[str, str]]:
    return list(OrderChange.objects.filter(order=order).order_by("id").values_list("from_state", "to_state"))


def test_a_parcel_is_accepted_packed_shipped_and_delivered():
    there, manager = market(), UserFactory()
    bakery, lamps = paid_orders(there)
    accept_order(order=bakery, actor=manager, now=NOW)
    assert (split_of(bakery).captured, split_of(lamps).captured) == (1100, 0)
    pack_order(order=bakery, actor=manager, now=NOW)
    ship_order(
        order=bakery,
        actor=manager,
        now=NOW,
        carrier="Royal Mail",
        tracking_number="RM123",
        tracking_url="https://track.example/RM123",
    )
    shipment = Shipment.objects.get()
    assert (shipment.order, shipment.carrier, shipment.tracking_number, shipment.state) == (
        bakery,
        "Royal Mail",
        "RM123",
        "in_transit",
    )
    deliver_order(order=bakery, actor=manager, now=NOW + timedelta(days=2))
    shipment.refresh_from_db()
    assert (shipment.state, shipment.delivered_at) == ("delivered", NOW + timedelta(days=2))
    assert steps_of(bakery) == [
        ("", "placed"),
        ("placed", "paid"),
        ("paid", "accepted"),
        ("accepted", "packed"),
        ("packed", "shipped"),
        ("shipped", "delivered"),
    ]
    assert OrderChange.objects.filter(order=bakery, actor=manager).count() == 4
    assert states(bakery, lamps) == ["delivered", "paid"]
    assert list(
        OutboxEvent.objects.filter(aggregate=f"order:{bakery.pk}").order_by("id").values_list("kind", flat=True)
    ) == [
        "orders.order_paid",
        "orders.order_accepted",
        "orders.order_packed",
        "orders.order_shipped",
        "orders.shipment_in_transit",
        "orders.order_delivered",
    ]


def test_an_order_to_be_picked_up_is_handed_over_and_cannot_be_shipped():
    there = market()
    _bakery, lamps = paid_orders(there)
    accept_order(order=lamps, actor=None, now=NOW)
    pack_order(order=lamps, actor=None, now=NOW)
    with pytest.raises(WrongState):
        ship_order(order=lamps, actor=None, now=NOW, carrier="Royal Mail")
    assert (states(lamps), Shipment.objects.count()) == (["packed"], 0)
    hand_over_order(order=lamps, actor=None, now=NOW)
    assert Order.objects.values_list("state", "delivered_at").get(pk=lamps.pk) == ("delivered", NOW)


def test_a_parcel_cannot_be_handed_over_at_the_counter():
    order = OrderFactory(state="packed")
    with pytest.raises(WrongState):
        hand_over_order(order=order, actor=None, now=NOW)
    assert states(order) == ["packed"]


@pytest.mark.parametrize("step", [accept_order, pack_order, hand_over_order, deliver_order])
@pytest.mark.parametrize("state", ["placed", "cancelled", "completed"])
def test_no_step_is_taken_from_a_state_that_does_not_allow_it(step, state):
    order = OrderFactory(state=state)
    with pytest.raises(WrongState) as refusal:
        step(order=order, actor=None, now=NOW)
    assert refusal.value.facts == {"state": state}
    assert (states(order), OrderChange.objects.count(), OutboxEvent.objects.count()) == ([state], 1, 0)


def test_a_step_taken_twice_is_taken_once():
    order = OrderFactory(state="accepted")
    pack_order(order=order, actor=None, now=NOW)
    with pytest.raises(WrongState):
        pack_order(order=order, actor=None, now=NOW)
    assert OrderChange.objects.filter(to_state="packed").count() == 1


def test_ship_order_wants_a_carrier_and_a_web_address():
    order = OrderFactory(state="packed")
    with pytest.raises(Invalid):
        ship_order(order=order, actor=None, now=NOW, carrier=" ")
    with pytest.raises(Invalid):
        ship_order(order=order, actor=None, now=NOW, carrier="Post", tracking_url="javascript:alert(1)")
    assert (states(order), Shipment.objects.count()) == (["packed"], 0)


def test_accept_order_stays_paid_when_the_money_cannot_be_collected():
    there = market()
    bakery, lamps = paid_orders(there, token="bank:capture-fails")
    with pytest.raises(CaptureFailed):
        accept_order(order=bakery, actor=None, now=NOW)
    assert (states(bakery, lamps), split_of(bakery).captured) == (["paid", "paid"], 0)
    accept_order(order=bakery, actor=None, now=NOW + timedelta(minutes=1))
    assert (states(bakery), split_of(bakery).captured) == (["accepted"], 1100)


def test_cancel_order_before_acceptance_voids_its_part_alone(django_capture_on_commit_callbacks):
    there, shopper = market(), UserFactory()
    bakery, lamps = paid_orders(there)
    with django_capture_on_commit_callbacks(execute=True):
        cancel_order(order=bakery, actor=shopper, reason="changed my mind", now=NOW)
    assert states(bakery, lamps) == ["cancelled", "paid"]
    assert (split_of(bakery).voided, split_of(lamps).voided, Refund.objects.count()) == (1100, 0, 0)
    assert (level(there.bread), level(there.lamp)) == ((10, 0), (9, 0))
    change = OrderChange.objects.latest("id")
    assert (change.from_state, change.to_state, change.actor, change.note) == (
        "paid",
        "cancelled",
        shopper,
        "changed my mind",
    )


def test_cancel_order_after_acceptance_refunds_its_part_alone(django_capture_on_commit_callbacks):
    there = market()
    bakery, lamps = paid_orders(there)
    accept_order(order=bakery, actor=None, now=NOW)
    accept_order(order=lamps, actor=None, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        cancel_order(order=lamps, actor=None, reason="broken", now=NOW)
    assert states(bakery, lamps) == ["accepted", "cancelled"]
    refund = Refund.objects.get()
    assert (refund.split.reference, refund.amount, refund.reference) == (lamps.number, 2400, f"cancel-{lamps.number}")
    assert (split_of(bakery).refunded, split_of(lamps).refunded) == (0, 2400)
    assert level(there.lamp) == (10, 0)


def test_money_that_went_back_already_is_left_alone(django_capture_on_commit_callbacks):
    there = market()
    _bakery, lamps = paid_orders(there)
    accept_order(order=lamps, actor=None, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        cancel_order(order=lamps, actor=None, reason="broken", now=NOW)
    release_money(order=lamps, now=NOW)
    assert Refund.objects.count() == 1
    assert (split_of(lamps).captured, split_of(lamps).refunded, split_of(lamps).voided) == (2400, 2400, 0)


def test_cancel_order_twice_gives_back_once(django_capture_on_commit_callbacks):
    there = market()
    bakery, _lamps = paid_orders(there)
    with django_capture_on_commit_callbacks(execute=True):
        cancel_order(order=bakery, actor=None, reason="", now=NOW)
    with pytest.raises(NotCancellable):
        cancel_order(order=bakery, actor=None, reason="", now=NOW)
    assert StockMovement.objects.filter(kind="returned").count() == 1
    assert level(there.bread) == (10, 0)


def test_cancel_order_of_a_packed_order_is_for_the_store_only():
    order = OrderFactory(state="packed")
    with pytest.raises(NotCancellable):
        cancel_order(order=order, actor=None, reason="", now=NOW)
    assert states(order) == ["packed"]
    cancel_order(order=order, actor=None, reason="dropped it", now=NOW, by_store=True)
    assert states(order) == ["cancelled"]


@pytest.mark.parametrize("state", ["shipped", "delivered", "completed", "cancelled"])
def test_cancel_order_that_has_left_is_refused(state):
    order = OrderFactory(state=state)
    with pytest.raises(NotCancellable):
        cancel_order(order=order, actor=None, reason="", now=NOW, by_store=True)
    assert states(order) == [state]


def test_money_of_a_cancelled_order_is_released_after_a_crash():
    there = market()
    bakery, lamps = paid_orders(there)
    cancel_order(order=bakery, actor=None, reason="", now=NOW)  # and the process dies before it can void
    assert split_of(bakery).voided == 0
    assert release_forgotten_money(now=NOW) == 0
    assert release_forgotten_money(now=NOW + timedelta(minutes=2)) == 1
    assert (split_of(bakery).voided, split_of(lamps).voided) == (1100, 0)
    assert release_forgotten_money(now=NOW + timedelta(minutes=4)) == 0


def test_accept_order_that_is_cancelled_meanwhile_gives_the_money_back(monkeypatch):
    there = market()
    bakery, _lamps = paid_orders(there)
    capture = fulfilment.capture_split

    def cancelled_meanwhile(**kwargs):
        split = capture(**kwargs)
        cancel_order(order=Order.objects.select_related("union").get(pk=bakery.pk), actor=None, reason="", now=NOW)
        return split

    monkeypatch.setattr(fulfilment, "capture_split", cancelled_meanwhile)
    with pytest.raises(WrongState):
        accept_order(order=bakery, actor=None, now=NOW)
    split = split_of(bakery)
    assert (states(bakery), split.captured, split.refunded) == (["cancelled"], 1100, 1100)


def test_complete_delivered_orders_waits_for_the_holding_period_and_earns_once():
    there = market(holding_days=7, commission_bp=500)
    _bakery, lamps = paid_orders(there)
    accept_order(order=lamps, actor=None, now=NOW)
    pack_order(order=lamps, actor=None, now=NOW)
    hand_over_order(order=lamps, actor=None, now=NOW)
    with pytest.raises(WrongState):
        complete_order(order=lamps, now=NOW + timedelta(days=6, hours=23))
    assert complete_delivered_orders(now=NOW + timedelta(days=6, hours=23)) == 0
    assert complete_delivered_orders(now=NOW + timedelta(days=7)) == 1
    assert complete_delivered_orders(now=NOW + timedelta(days=8)) == 0
    earning = Earning.objects.get()
    assert (states(lamps), earning.gross, earning.commission, earning.net) == (["completed"], 2400, 120, 2280)


@pytest.mark.parametrize(
    ("state", "kind", "moves"),
    [
        ("placed", "delivery", ["cancel_packed"]),
        ("paid", "delivery", ["accept", "cancel_packed"]),
        ("accepted", "pickup", ["pack", "cancel_packed"]),
        ("packed", "delivery", ["ship", "cancel_packed"]),
        ("packed", "pickup", ["hand_over", "cancel_packed"]),
        ("packed", "digital", ["hand_over", "cancel_packed"]),
        ("shipped", "delivery", ["deliver"]),
        ("delivered", "delivery", []),
        ("cancelled", "delivery", []),
    ],
)
def test_next_moves_are_those_that_the_state_and_delivery_allow(state, kind, moves):
    assert next_moves(order=Order(state=state, delivery_kind=kind)) == moves
