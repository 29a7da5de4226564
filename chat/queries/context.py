"""What a manager sees beside a conversation. A fixed number of statements, whoever the shopper is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from chat.models import Conversation, Handover, Note
from chat.queries.deals import bookables_talked_of
from chat.queries.guest_carts import guest_cart_of
from chat.queries.orders import orders_of_conversation
from chat.queries.returning import pages_of, why_of
from core.localized import localized
from core.money import format_money
from orders.models import CartLine
from orders.presenting.orders import badge_of, state_words
from orders.queries.bookables import full_title_of
from stores.models import Product, Store
from unions.models import BrowsingEvent

MOST_LINES = 20
MOST_ORDERS = 5
MOST_BEFORE = 5
MOST_PICKED = 12
MOST_NOTES = 50


@dataclass(frozen=True)
class Aside:
    """The panel's content, in the reader's words."""

    cart: list[dict[str, Any]]
    cart_total: str
    orders: list[dict[str, Any]]
    before: list[Conversation]
    notes: list[Note]
    handovers: list[Handover]
    why: dict[str, Any]
    pages: list[BrowsingEvent]


def context_of(conversation: Conversation, store: Store | None, *, now: datetime) -> Aside:
    """Cart at this place, orders here, conversations before, notes and hand-overs. Nine statements at most.

    A store reads of itself only: not of carts, orders and conversations at other stores. A guest's cart is shown while
    the conversation runs, as long as their browser says which it is.
    """
    lines = _cart(conversation, store)
    before = _before(conversation, store)
    notes = Note.objects.filter(conversation=conversation).select_related("author").order_by("-id")[:MOST_NOTES]
    handovers = Handover.objects.filter(conversation=conversation).select_related("from_user", "to_user")
    prices = [_price(line) for line in lines]
    total = sum(prices)
    return Aside(
        cart=[
            {
                "title": _title(line),
                "options": line.variant.options_text if line.variant else "",
                "quantity": line.quantity,
                "price": format_money(price, conversation.union.currency),
            }
            for line, price in zip(lines, prices, strict=True)
        ],
        cart_total=format_money(total, conversation.union.currency),
        orders=_orders(conversation, MOST_ORDERS),
        before=list(before[:MOST_BEFORE]),
        notes=list(notes)[::-1],
        handovers=list(handovers),
        why=why_of(conversation),
        pages=pages_of(conversation),
    )


def times_to_show(conversation: Conversation) -> list[dict[str, str]]:
    """What can be reserved at the store, as cards to choose a time from. One statement."""
    if conversation.store_id is None:
        return []
    return [{"key": one.key, "title": full_title_of(one)} for one in bookables_talked_of(conversation)[:MOST_PICKED]]


def things_to_show(conversation: Conversation, *, words: str = "") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Products by words in their title, and the shopper's orders, that may be shown as cards. Three statements."""
    products = Product.objects.filter(
        union=conversation.union, is_published=True, archived_at=None, store__in=Store.objects.visible()
    )
    if conversation.store_id is not None:
        products = products.filter(store=conversation.store_id)
    if words.strip():
        products = products.filter(
            Q(title__icontains=words.strip()) | Q(variants__sku__iexact=words.strip())
        ).distinct()
    found = products.select_related("store").order_by("title", "pk")[:MOST_PICKED]
    return (
        [{"id": one.pk, "title": localized(one, "title"), "store": localized(one.store, "name")} for one in found],
        _orders(conversation, MOST_PICKED),
    )


def _cart(conversation: Conversation, store: Store | None) -> list[CartLine]:
    whose = Q(cart__user=conversation.customer_id)
    if conversation.customer_id is None:
        cart = guest_cart_of(conversation)
        if cart is None:
            return []
        whose = Q(cart=cart, cart__user=None)
    lines = CartLine.objects.filter(whose, union=conversation.union, cart__state="open").select_related(
        "proposal", "variant__product"
    )
    if store is not None:
        lines = lines.filter(store=store)
    return list(lines[:MOST_LINES])


def _price(line: CartLine) -> int:
    """What was agreed, else the price of now, for all its pieces."""
    if line.proposal is not None:
        return line.proposal.total
    return line.variant.price * line.quantity if line.variant is not None else 0


def _title(line: CartLine) -> str:
    if line.variant is not None:
        return localized(line.variant.product, "title")
    return line.proposal.title if line.proposal is not None else ""


def _orders(conversation: Conversation, most: int) -> list[dict[str, Any]]:
    return [
        {
            "number": order.number,
            "store": order.store.slug,
            "state": state_words(order),
            "badge": badge_of(order.state),
            "total": format_money(order.total, order.currency),
            "title": ", ".join(line.title for line in order.lines.all()[:3]),
        }
        for order in orders_of_conversation(conversation)[:most]
    ]


def _before(conversation: Conversation, store: Store | None) -> Any:
    """Other conversations of the same shopper at this place. A browser that belongs to a person now counts as them."""
    who = Q(customer=conversation.customer_id) if conversation.customer_id else Q(visitor=conversation.visitor)
    earlier = Conversation.objects.filter(who, union=conversation.union).exclude(pk=conversation.pk)
    earlier = earlier.filter(store=store) if store is not None else earlier.filter(Q(store=None) | Q(with_support=True))
    return earlier.select_related("manager").order_by("-id")
