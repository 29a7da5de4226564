"""Something else is sent for pieces that came back: an order at no charge, paid by what the pieces had cost.

The payment of the sale stays where it is, so one sale stays one sale. What the new goods cost less goes back as any
refund does; what they cost more is a bill, which is paid before the store accepts the order (settled before delivery).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState
from core.outbox import publish_all
from core.references import new_reference, new_secret
from orders.events import ORDER_MOVED
from orders.models import Bill, CreditNote, Order, OrderChange, OrderLine, Purchase, Return, ReturnLine, Side
from orders.queries.returns import return_replaced_by, worth_of
from orders.services.bills import ask_for_payment, give_back_bill, withdraw_bill
from orders.services.crediting import write_credit
from orders.services.locking import lock_order
from orders.services.returns.moving import move_return
from orders.services.returns.refunding import parts_of
from payments.models import PaymentRequest
from stores.models import Variant
from stores.services.stock import HoldWant, sell_holds

logger = logging.getLogger(__name__)

PAY_WITHIN = 14
"""Days that the shopper has for the difference."""
COPIED = (
    "email recipient phone line1 line2 city region postal_code country language currency user_id customer_id".split()
)


@dataclass(frozen=True, slots=True)
class Instead:
    """What is sent, and the price of one that counts; without one what it costs today, or cost when it is the same."""

    variant: Variant
    quantity: int
    unit_price: int | None = None


@transaction.atomic
def exchange_return(*, returned: Return, instead: Instead, actor: User | None, now: datetime) -> Return:
    """Send something else for the pieces that came: its stock is taken now, its order is placed and paid.

    Raises WrongState, OutOfStock, Invalid; then nothing has changed. Of two who try, one does it.
    """
    assert returned.order is not None
    order = lock_order(order=returned.order)
    order.store, order.purchase = returned.store, returned.order.purchase
    if order.state == Order.State.CANCELLED:
        raise WrongState(state=order.state)
    if instead.quantity < 1 or instead.variant.store_id != order.store_id:
        raise Invalid(_("Choose goods of this store."), field="sku")
    # Read under the order's lock: whoever asked may have read it before its pieces had come.
    value = worth_of(ReturnLine.objects.filter(union=order.union_id, returned=returned))
    cost = instead.quantity * _price_of(instead, returned)
    paid = min(value, cost)
    move_return(
        returned=returned,
        move="exchange",
        side=Side.STORE,
        actor=actor,
        now=now,
        note=f"{instead.quantity} × {instead.variant.product.title}",
        total=value - paid,
        exchanged=paid,
        settled_at=now,
    )
    note = write_credit(
        order=order,
        kind=CreditNote.Kind.RETURNED,
        parts=parts_of(order=order, returned=returned, amount=value - paid, reason=str(_("exchange"))),
        reason=returned.reason,
        side=Side.STORE,
        actor=actor,
        now=now,
    )
    replacement = _open_order(order, instead, actor=actor, now=now)
    bill = _ask_difference(order, returned, cost - paid, actor=actor, now=now) if cost > paid else None
    fields = {"credit": note, "replacement": replacement, "bill": bill}
    Return.objects.filter(union=returned.union_id, pk=returned.pk).update(**fields)
    returned.credit, returned.replacement, returned.bill = note, replacement, bill
    return returned


def undo_exchange(*, returned: Return, now: datetime) -> None:
    """The order in exchange was cancelled: what was kept or paid for it goes back. Outside of transactions, once."""
    if returned.bill is not None:
        bill = Bill.objects.select_related("union", "store__membership", "payment__account", "payment__union").get(
            union=returned.union_id, pk=returned.bill.pk
        )
        if bill.payment.state == PaymentRequest.State.CAPTURED:
            give_back_bill(bill=bill, reason=returned.number, now=now)
        else:
            withdraw_bill(bill=bill, now=now)
    _give_back_kept(returned, now=now)


def undo_forgotten_exchanges(*, now: datetime, limit: int = 50) -> int:
    """Undo what a process that died, or a bill that was just being paid, left undone. Says how many there were."""
    left = Return.objects.filter(replacement__state=Order.State.CANCELLED, undone_at=None).order_by("pk")
    orders = list(left.values_list("replacement", flat=True)[:limit])
    for order_id in orders:
        try:
            undo_exchange(returned=return_replaced_by(order_id), now=now)
        except DomainError:
            logger.exception("the exchange with order %s is not undone yet", order_id)
    return len(orders)


@transaction.atomic
def _give_back_kept(returned: Return, *, now: datetime) -> None:
    assert returned.order is not None
    order = lock_order(order=returned.order)
    mine = Return.objects.filter(union=returned.union_id, pk=returned.pk, undone_at=None)
    if mine.update(undone_at=now) and returned.exchanged:
        write_credit(
            order=order,
            kind=CreditNote.Kind.GOODWILL,
            parts=[],
            more=returned.exchanged,
            reason=returned.number,
            side=Side.STORE,
            actor=None,
            now=now,
        )


def _price_of(instead: Instead, returned: Return) -> int:
    if instead.unit_price is not None:
        if instead.unit_price < 0:
            raise Invalid(_("Enter an amount above zero."), field="unit_price")
        return instead.unit_price
    same = [line.unit_price for line in returned.lines.all() if line.variant_id == instead.variant.pk]
    return same[0] if same else instead.variant.price


def _open_order(order: Order, instead: Instead, *, actor: User | None, now: datetime) -> Order:
    union, variant = order.union, instead.variant
    purchase = Purchase.objects.create(
        union=union,
        number=new_reference(union.prefix),
        token=new_secret(),
        origin=Purchase.Origin.EXCHANGE,
        total=0,
        placed_at=now,
        **{name: getattr(order.purchase, name) for name in COPIED},
    )
    replacement = Order.objects.create(
        union=union,
        purchase=purchase,
        store_id=order.store_id,
        membership_id=order.membership_id,
        number=new_reference(union.prefix),
        state=Order.State.PAID,
        currency=order.currency,
        goods_total=0,
        total=0,
        commission_bp=order.commission_bp,
        commission_tax_bp=order.commission_tax_bp,
        delivery_kind=order.delivery_kind,
        delivery_name=order.delivery_name,
        deadline=now + (order.deadline - order.placed_at) if order.deadline else None,
        placed_at=now,
        changed_at=now,
        seller_name=order.seller_name,
        seller_address=order.seller_address,
        seller_registration=order.seller_registration,
        seller_tax_number=order.seller_tax_number,
    )
    OrderLine.objects.create(
        union=union,
        order=replacement,
        variant=variant,
        sku=variant.sku,
        title=variant.product.title,
        options=variant.options_text[:200],
        quantity=instead.quantity,
        unit_price=0,
        total=0,
    )
    for before, to in (("", Order.State.PLACED), (Order.State.PLACED, Order.State.PAID)):
        OrderChange.objects.create(
            union=union, order=replacement, from_state=before, to_state=to, actor=actor, note=order.number, at=now
        )
    sell_holds(
        union=union,
        owners=[],
        wants=[HoldWant(f"exchange:{replacement.pk}", variant.pk, instead.quantity)],
        reference=replacement.number,
        actor=actor,
        now=now,
    )
    publish_all([(ORDER_MOVED[Order.State.PAID], f"order:{replacement.pk}", {"order_id": replacement.pk})])
    return replacement


def _ask_difference(order: Order, returned: Return, amount: int, *, actor: User | None, now: datetime) -> Bill:
    if not order.purchase.email:
        raise Invalid(_("The shopper left no address to send a bill to: choose something that costs no more."))
    return ask_for_payment(
        store=order.store,
        email=order.purchase.email,
        title=f"{order.number} · {returned.number}",
        amount=amount,
        language=order.purchase.language or order.union.default_language,
        days=PAY_WITHIN,
        actor=actor,
        now=now,
    )
