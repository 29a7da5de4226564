"""One of the shopper's orders, where it is now."""

from __future__ import annotations

from django.urls import reverse

from chat.cards import Card, Reader, card, text_in
from chat.models import Message
from chat.queries.orders import order_in_conversation
from core.money import format_money
from orders.presenting.orders import badge_of, state_words


@card("order")
def draw_order(message: Message, reader: Reader) -> Card:
    """`{"order": number}`: the shopper follows it by the purchase's link, the store opens its own page of it."""
    order = order_in_conversation(reader.conversation, text_in(message, "order"))
    union = reader.union.slug
    if reader.is_shopper:
        url = reverse("orders:track", args=[union, order.purchase.token]) + f"#{order.number}"
    else:
        url = reverse("manage:order", args=[union, order.store.slug, order.number])
    return Card(
        "talk/cards/order.html",
        {
            "order": order,
            "lines": list(order.lines.all()),
            "total": format_money(order.total, order.currency),
            "state": state_words(order),
            "badge": badge_of(order.state),
            "url": url,
        },
    )
