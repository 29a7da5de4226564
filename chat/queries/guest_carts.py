"""Which cart lies beside a guest's conversation, as long as it runs: the browser says so on every page, Redis keeps it.

A guest's cart hangs on a token in their own browser. Neither that token nor anything of the cart is kept with the
conversation; what is kept here is the cart's number, for hours, and it is read for the store that is talked to alone.
"""

from __future__ import annotations

from typing import Any

import redis
from django.db.models import Max, Sum

from chat.models import Conversation
from core.live import redis_connection
from orders.models import Cart
from unions.models import Union

KEPT = 6 * 3600
"""Seconds after the last page on which the browser named it."""


def guest_cart_key(conversation_id: int) -> str:
    """Where it stands: the cart's number and a mark of what was in it, `12:3:40`."""
    return f"talk:cart:{conversation_id}"


def guest_cart_mark(*, union: Union, token: str) -> str:
    """The number of the guest's open cart, its pieces and its newest line; empty without one. One query."""
    found = (
        Cart.objects.filter(union=union, user=None, token=token, state=Cart.State.OPEN)
        .annotate(pieces=Sum("lines__quantity"), newest=Max("lines__pk"))
        .values_list("pk", "pieces", "newest")
        .first()
        if token
        else None
    )
    return ":".join(str(part or 0) for part in found) if found else ""


def guest_cart_of(conversation: Conversation) -> int | None:
    """The cart beside a guest's running conversation. None without one, after it ended, or while Redis is away."""
    if conversation.customer_id is not None or conversation.state == Conversation.State.ENDED:
        return None
    try:
        kept: Any = redis_connection().get(guest_cart_key(conversation.pk))
    except (redis.RedisError, OSError):
        return None
    return int(kept.partition(b":")[0]) if kept else None
