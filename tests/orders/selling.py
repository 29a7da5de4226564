"""Orders with their money and their stock, for the tests about what is changed of them later."""

from __future__ import annotations

from datetime import datetime

from orders.models import CreditNote, Order, OrderLine
from orders.queries.cart_review import review_cart
from orders.services.completing import complete_delivered_orders
from orders.services.daily_check import check_union
from orders.services.fulfilment import accept_order, deliver_order, pack_order, ship_order
from orders.services.purchase import pay, place_purchase
from payments.models import PaymentSplit, Refund
from stores.models import StockLevel, StockMovement, Variant
from tests.factories.orders import NOW, Market, ready_cart
from unions.models import Union


def bought(there: Market, *, pieces: int = 3, token: str = "bank:approves", user: object = None) -> tuple[Order, Order]:
    """A paid order of so many loaves (3.50 each, delivery 4.00), and its sibling with a lamp (24.00)."""
    cart = ready_cart(there, token=token, user=user, wants=[(there.bread, pieces), (there.lamp, 1)])
    digest = review_cart(cart=cart, now=NOW).digest
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    pay(purchase=purchase, now=NOW)
    first, second = purchase.orders.select_related("union", "store", "purchase").order_by("id")
    return first, second


def moved_to(order: Order, state: str, *, now: datetime = NOW) -> Order:
    """The order after its usual steps up to that state."""
    for name, step in (
        ("accepted", lambda: accept_order(order=order, actor=None, now=now)),
        ("packed", lambda: pack_order(order=order, actor=None, now=now)),
        ("shipped", lambda: ship_order(order=order, actor=None, now=now, carrier="Royal Mail")),
        ("delivered", lambda: deliver_order(order=order, actor=None, now=now)),
    ):
        if state == "paid":
            break
        step()
        if name == state:
            break
    return fresh(order)


def completed(order: Order, *, now: datetime) -> Order:
    """The same order earned."""
    complete_delivered_orders(now=now)
    return fresh(order)


def fresh(order: Order) -> Order:
    return Order.objects.select_related("union", "store", "purchase").get(pk=order.pk)


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.get(order=order)


def counts(order: Order) -> tuple[int, int, int]:
    """Called off, back, kept."""
    line = line_of(order)
    return line.cancelled, line.returned, line.kept


def money(order: Order) -> tuple[str, int, int]:
    """Of its part of the payment: state, captured, refunded."""
    split = PaymentSplit.objects.get(reference=order.number)
    return split.state, split.captured, split.refunded


def refunds(order: Order) -> list[tuple[str, int, str]]:
    return list(
        Refund.objects.filter(split__reference=order.number).order_by("id").values_list("reference", "amount", "state")
    )


def notes(order: Order) -> list[tuple[str, int, int]]:
    """Kind, for goods, for delivery."""
    return list(CreditNote.objects.filter(order=order).order_by("id").values_list("kind", "goods", "delivery"))


def on_hand(variant: Variant) -> int:
    return StockLevel.objects.get(variant=variant).on_hand


def movements(reference: str) -> list[tuple[str, int]]:
    return list(StockMovement.objects.filter(reference=reference).order_by("id").values_list("kind", "quantity"))


def differences(union: Union, *, now: datetime) -> list[object]:
    """What the daily check finds: orders, payments, stock and ledger compared."""
    return list(check_union(union=union, now=now).differences)
