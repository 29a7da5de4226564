"""Orders that may be shown in a conversation: of the shopper who talks, at the store they talk to."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from chat.models import Conversation
from core.errors import NotFound
from orders.models import Order


def orders_of_conversation(conversation: Conversation) -> QuerySet[Order]:
    """The shopper's own orders at this store, newest first: the account's, and those made in this conversation."""
    made_here = Q(purchase__conversation=conversation.ref)
    own = Q(purchase__user__isnull=False, purchase__user=conversation.customer_id)
    orders = Order.objects.filter(made_here | own, union=conversation.union_id)
    if conversation.store_id is not None:
        orders = orders.filter(store=conversation.store_id)
    return orders.select_related("store", "purchase").prefetch_related("lines").order_by("-id")


def order_in_conversation(conversation: Conversation, number: str) -> Order:
    """The order with this number. Raises NotFound, also for somebody else's and another store's."""
    order = orders_of_conversation(conversation).filter(number=number).first()
    if order is None:
        raise NotFound
    return order
