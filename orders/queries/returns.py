"""Goods that come back, as shopper, store and programs see them; and what could."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet, Sum

from core.errors import NotFound
from orders.models import Order, OrderLine, Purchase, Return, ReturnLine, ReturnRule, ReturnStep
from orders.queries.pieces import LEFT, pieces_gone
from stores.models import ApiKey, Store, Variant
from unions.models import Union

State = Return.State
DAYS = 14
"""Where nobody has said otherwise."""
VIEWS: dict[str, tuple[str, ...]] = {
    "open": (State.REQUESTED, State.APPROVED, State.RECEIVED),
    "done": (State.REFUNDED,),
    "off": (State.DECLINED, State.CANCELLED),
    "all": (),
}
"""The tabs of the store's list and their states."""


def return_rules(union_id: int, store_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """By store the days after delivery and the words: its own, but never fewer days than the union's. One query."""
    stores = set(store_ids)
    rules = {
        rule.store_id: rule for rule in ReturnRule.objects.filter(Q(store=None) | Q(store__in=stores), union=union_id)
    }
    general = rules.get(None)
    least = general.days if general else DAYS
    found = {}
    for store in stores:
        own = rules.get(store)
        words = (own.words if own else "") or (general.words if general else "")
        found[store] = (max(own.days, least) if own else least, words)
    return found


def last_day_of(*, order: Order, days: int) -> datetime | None:
    """Until when a shopper can ask; None while it has not arrived."""
    return order.delivered_at + timedelta(days=days) if order.delivered_at else None


def is_returnable(*, order: Order, by_store: bool, now: datetime, days: int | None = None) -> bool:
    """Whether something of it may come back, as far as state and days go. Reads `order.purchase`."""
    if order.purchase.origin == Purchase.Origin.IMPORT:
        return False
    if by_store:
        return order.state not in (Order.State.PLACED, Order.State.PAID, Order.State.CANCELLED)
    if order.state not in (Order.State.DELIVERED, Order.State.COMPLETED):
        return False
    if days is None:
        days = return_rules(order.union_id, [order.store_id])[order.store_id][0]
    until = last_day_of(order=order, days=days)
    return until is not None and now <= until


def returnable_pieces(*, order: Order, lines: Iterable[OrderLine]) -> dict[int, int]:
    """By id of the line: pieces that are with the shopper and in no open return. One query."""
    asked = dict(
        ReturnLine.objects.filter(
            union=order.union_id, returned__order=order, returned__state__in=Return.OPEN, order_line__isnull=False
        )
        .order_by()
        .values_list("order_line")
        .annotate(pieces=Sum("quantity"))
    )
    gone = pieces_gone(order=order, lines=lines)
    return {pk: max(0, count - asked.get(pk, 0)) for pk, count in gone.items()}


def returns_of_orders(orders: Iterable[Order]) -> dict[int, list[Return]]:
    """By order its returns with lines, oldest first. Two queries, one without any."""
    by_order: dict[int, list[Return]] = {}
    ids = [order.pk for order in orders]
    if not ids:
        return by_order
    found_for = Return.objects.filter(order__in=ids).select_related("union", "replacement__purchase")
    for found in found_for.prefetch_related("lines").order_by("pk"):
        by_order.setdefault(found.order_id or 0, []).append(found)
    return by_order


def returns_and_rules(
    orders: Iterable[Order], *, union: Union
) -> tuple[dict[int, list[Return]], dict[int, tuple[int, str]]]:
    """The returns by order and the rules by store; no query while nothing has left a store."""
    left = [order for order in orders if order.state in LEFT or order.state == Order.State.CANCELLED]
    arrived = [order.store_id for order in left if order.delivered_at]
    return returns_of_orders(left), return_rules(union.pk, arrived) if arrived else {}


def returns_of_store(store: Store, *, view: str = "all", words: str = "") -> QuerySet[Return]:
    """The store's returns of a tab, what waits longest first while open, else the newest; with order and lines."""
    found = Return.objects.filter(union=store.union_id, store=store)
    states = VIEWS[view]
    if states:
        found = found.filter(state__in=states)
    for word in words.split():
        found = found.filter(
            Q(number__icontains=word)
            | Q(order__number__icontains=word)
            | Q(order__purchase__recipient__icontains=word)
            | Q(external_id__icontains=word)
        )
    return _whole(found).order_by("pk" if view == "open" else "-pk")


def return_of_store(store: Store, number: str) -> Return:
    """One with everything about it. Raises NotFound."""
    return _only(returns_of_store(store).filter(number=number))


def returns_for(union: Union, key: ApiKey) -> QuerySet[Return]:
    """What a key sees of the union's returns: a store its own, the office all, a customer what they gave back."""
    found = Return.objects.filter(union=union)
    if key.store_id is not None:
        found = found.filter(store=key.store_id)
    elif key.user_id is not None:
        found = found.filter(order__purchase__user=key.user_id)
    return _whole(found).order_by("-pk")


def return_for(union: Union, key: ApiKey, number: str) -> Return:
    """Raises NotFound, also for one that is not the key's."""
    return _only(returns_for(union, key).filter(number=number))


def return_of_purchase(purchase: Purchase, number: str) -> Return:
    """The shopper's. Raises NotFound."""
    return _only(_whole(Return.objects.filter(union=purchase.union_id, order__purchase=purchase, number=number)))


def return_with_all(return_id: int) -> Return:
    """For mails."""
    return _only(_whole(Return.objects.filter(pk=return_id)))


def return_replaced_by(order_id: int) -> Return:
    """The return in exchange for which this order is sent. Raises NotFound."""
    return _only(_whole(Return.objects.filter(replacement=order_id)))


def worth_of(lines: Iterable[ReturnLine]) -> int:
    """What the pieces of these lines that really came had cost."""
    return sum(line.unit_price * line.received for line in lines)


def active_variant(store: Store, sku: str) -> Variant | None:
    """Goods of the store that can be sent in exchange."""
    found = Variant.objects.filter(union=store.union_id, store=store, sku=sku, is_active=True)
    return found.select_related("product").first()


def open_returns(store_id: int) -> int:
    """How many wait for the store; the number in the menus of its pages."""
    return Return.objects.filter(store=store_id, state__in=(State.REQUESTED, State.RECEIVED)).count()


def _only(found: QuerySet[Return]) -> Return:
    returned = found.first()
    if returned is None:
        raise NotFound
    if returned.order is not None:
        returned.order.union = returned.union
        returned.order.store = returned.store
    return returned


def _whole(found: QuerySet[Return]) -> QuerySet[Return]:
    return found.select_related(
        "union", "store", "order__purchase", "credit", "replacement__purchase", "bill__payment"
    ).prefetch_related(
        Prefetch("lines", ReturnLine.objects.select_related("order_line").order_by("id")),
        Prefetch("steps", ReturnStep.objects.select_related("actor").order_by("id")),
    )
