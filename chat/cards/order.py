"""One of the shopper's orders, where it is now."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from chat.cards import Card, Reader, card, number_in, press, text_in
from chat.cards.draft import draw_draft, press_draft
from chat.models import Message
from chat.queries.deals import draft_in_conversation, order_of_draft, payment_of
from chat.queries.orders import order_in_conversation
from core.money import format_money
from orders.presenting.orders import badge_of, state_words
from orders.views.shopping import bank_address


@card("order")
def draw_order(message: Message, reader: Reader) -> Card:
    """`{"draft": id}`: a composed order until it is bought. `{"order": number}`: an order.

    The shopper follows it by the purchase's link, the store opens its own page of it.
    """
    if "draft" in (message.card or {}):
        draft = draft_in_conversation(reader.conversation, number_in(message, "draft"))
        if draft.purchase is None:
            return draw_draft(draft, reader)
        order = order_of_draft(draft)
    else:
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
            "bank_url": bank_address(order.purchase, payment_of(order.purchase)) if reader.is_shopper else "",
        },
    )


@press("order")
def press_order(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None:
    """What the shopper says and confirms on a composed order; the store can take it back."""
    draft = draft_in_conversation(reader.conversation, number_in(message, "draft"))
    press_draft(draft, reader, sent, now)
