"""A store offers something else for pieces it cannot send, never dearer; the shopper says yes or no in time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState
from core.money import tax_inside
from core.outbox import publish
from orders.errors import NotCancellable, PiecesGone, SubstitutionOpen
from orders.events import SUBSTITUTION_CHANGED
from orders.models import CreditNote, Order, OrderLine, Side, Substitution
from orders.queries.pieces import callable_pieces
from orders.services.calling_off import call_off_pieces, lay_back
from orders.services.crediting import credited_pieces, value_of, write_credit
from orders.services.locking import lock_lines, lock_order
from stores.models import Variant
from stores.services.stock import HoldWant, release_holds, sell_holds, set_holds

logger = logging.getLogger(__name__)
State = Substitution.State
LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered for `quantity` pieces of a line. Without a price: today's, or the line's where that is less."""

    line_id: int
    quantity: int
    variant: Variant
    unit_price: int | None = None
    words: str = ""
    otherwise: str = Substitution.Otherwise.CALL_OFF
    restock: bool = False


@transaction.atomic
def offer_substitute(*, order: Order, offer: Offer, until: datetime, actor: User | None, now: datetime) -> Substitution:
    """Set the pieces aside and ask the shopper; one offer per line at a time.

    Raises NotCancellable when the order has left, PiecesGone, OutOfStock, SubstitutionOpen, Invalid.
    """
    held = lock_order(order=order)
    lines = lock_lines(order=held)
    line = lines.get(offer.line_id)
    left = callable_pieces(order=held, lines=lines.values(), by_store=True)
    if not left:
        raise NotCancellable
    if line is None or offer.quantity < 1:
        raise Invalid(_("Choose pieces of this order."), field="quantity")
    if offer.quantity > left[line.pk]:
        raise PiecesGone(line=line.pk, left=left[line.pk])
    if offer.variant.store_id != held.store_id or offer.variant.pk == line.variant_id:
        raise Invalid(_("Choose other goods of this store."), field="sku")
    if not now < until <= now + LONGEST:
        raise Invalid(_("Give the shopper at most seven days."), field="hours")
    price = min(offer.variant.price, line.unit_price) if offer.unit_price is None else offer.unit_price
    if not 0 <= price <= line.unit_price:
        raise Invalid(_("It cannot cost more than what was paid."), field="price", most=line.unit_price)
    if Substitution.objects.filter(union=held.union_id, line=line, state=State.OFFERED).exists():
        raise SubstitutionOpen
    offered = Substitution.objects.create(
        union=held.union,
        order=held,
        line=line,
        quantity=offer.quantity,
        variant=offer.variant,
        title=offer.variant.product.title,
        unit_price=price,
        otherwise=offer.otherwise,
        restock=offer.restock,
        words=offer.words.strip()[:200],
        offered_by=actor,
        offered_at=now,
        expires_at=until,
    )
    set_holds(
        union=held.union,
        wants=[HoldWant(offered.hold_owner, offer.variant.pk, offer.quantity)],
        now=now,
        lasting=until - now,
    )
    _tell(offered, now=now)
    return offered


@transaction.atomic
def agree_substitute(*, substitution: Substitution, actor: User | None, now: datetime) -> Substitution:
    """The shopper says yes: the pieces become a line of the order, and what they cost less goes back.

    Raises WrongState when it is decided or too late, NotCancellable when the order has left, PiecesGone.
    """
    order = lock_order(order=substitution.order)
    lines = lock_lines(order=order)
    line, variant, count = lines[substitution.line_id], substitution.variant, substitution.quantity
    left = callable_pieces(order=order, lines=lines.values(), by_store=True)
    if not left:
        raise NotCancellable
    if substitution.expires_at <= now:
        raise WrongState(state=State.LAPSED)
    _decide(substitution, State.AGREED, now=now)
    if count > left[line.pk]:
        raise PiecesGone(line=line.pk, left=left[line.pk])
    sell_holds(
        union=order.union,
        owners=[],
        wants=[HoldWant(substitution.hold_owner, variant.pk, count)],
        reference=order.number,
        actor=actor,
        now=now,
    )
    rate = variant.product.tax_class.rate_bp if variant.product.tax_class else line.tax_bp
    cost = count * substitution.unit_price
    new = OrderLine.objects.create(
        union=order.union,
        order=order,
        variant=variant,
        sku=variant.sku,
        title=substitution.title,
        options=variant.options_text[:200],
        quantity=count,
        unit_price=substitution.unit_price,
        tax_bp=rate,
        tax=tax_inside(cost, rate),
        total=cost,
        instead_of=line,
    )
    value = value_of(line=line, pieces=count, credited=credited_pieces(order=order))
    write_credit(
        order=order,
        kind=CreditNote.Kind.SUBSTITUTED,
        parts=[(line, count, *value)],
        more=-cost,
        more_tax=-new.tax,
        reason=f"{count} × {substitution.title}",
        side=Side.STORE,
        actor=actor,
        now=now,
    )
    OrderLine.objects.filter(union=order.union_id, pk=line.pk).update(cancelled=F("cancelled") + count)
    if substitution.restock:
        lay_back(order=order, wanted=[(line, count)], reference=order.number, reason="replaced", actor=actor, now=now)
    return substitution


@transaction.atomic
def decline_substitute(
    *, substitution: Substitution, actor: User | None, now: datetime, state: str = State.DECLINED
) -> Substitution:
    """The shopper says no, the time is over, or the store takes the offer back: what was set aside is free again.

    After a no or no answer the line's pieces are called off where the store has said so. Raises WrongState.
    """
    order = lock_order(order=substitution.order)
    _decide(substitution, state, now=now)
    release_holds(owners=[substitution.hold_owner], now=now, reason="not wanted")
    if state == State.WITHDRAWN or substitution.otherwise == Substitution.Otherwise.KEEP:
        return substitution
    line = lock_lines(order=order)[substitution.line_id]
    try:
        with transaction.atomic():
            call_off_pieces(
                order=order,
                pieces={line.pk: min(substitution.quantity, line.kept)},
                actor=actor,
                reason=str(_("not to be had")),
                now=now,
                by_store=True,
                restock=substitution.restock,
            )
    except DomainError as refusal:
        logger.info("pieces of order %s were not called off: %s", order.number, refusal.code)
    return substitution


def lapse_substitutes(*, now: datetime, limit: int = 200) -> int:
    """End what nobody answered in time; says how many."""
    late = Substitution.objects.filter(state=State.OFFERED, expires_at__lte=now).select_related("order__union")
    ended = 0
    for substitution in late.order_by("expires_at")[:limit]:
        try:
            decline_substitute(substitution=substitution, actor=None, now=now, state=State.LAPSED)
            ended += 1
        except WrongState:
            continue
    return ended


def _decide(substitution: Substitution, state: str, *, now: datetime) -> None:
    mine = Substitution.objects.filter(union=substitution.union_id, pk=substitution.pk, state=State.OFFERED)
    if not mine.update(state=state, decided_at=now):
        substitution.refresh_from_db(fields=["state"])
        raise WrongState(state=substitution.state)
    substitution.state, substitution.decided_at = state, now
    _tell(substitution, now=now)


def _tell(substitution: Substitution, *, now: datetime) -> None:
    Order.objects.filter(union=substitution.union_id, pk=substitution.order_id).update(changed_at=now)
    publish(
        SUBSTITUTION_CHANGED,
        aggregate=f"order:{substitution.order_id}",
        substitution_id=substitution.pk,
        order_id=substitution.order_id,
        to_state=str(substitution.state),
    )
