"""Whom a store, or the whole union, does not talk to."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from chat.errors import Blocked, NetworkBlocked
from chat.models import Block
from chat.queries.shoppers import Shopper
from core.clients import network_of
from stores.models import Store


def refusal_to(shopper: Shopper, store: Store | int | None, *, now: datetime) -> Blocked | None:
    """What the store, or the whole union, answers to who begins something; None if they may. One query.

    Blocked for the browser or account itself. NetworkBlocked for a neighbour behind the same network address, as long
    as it is held: who has no account, or one that was made after the block. Older accounts are known to be others.
    """
    same = Q(pk=None)
    if shopper.visitor:
        same |= Q(visitor=shopper.visitor)
    if shopper.user is not None:
        same |= Q(user=shopper.user)
    near = Q(pk=None)
    if shopper.address:
        near = Q(address=network_of(shopper.address), address_until__gt=now)
        if shopper.user is not None:
            near &= Q(at__lt=shopper.user.date_joined)
    blocks = (
        Block.objects.filter(same | near, union=shopper.union)
        .filter(Q(store=None) | Q(store=store))
        .filter(Q(until=None) | Q(until__gt=now))
        .values_list("visitor", "user", "address_until")
    )
    ends = []
    for visitor, user, address_until in blocks:
        if (visitor and visitor == shopper.visitor) or (shopper.user is not None and user == shopper.user.pk):
            return Blocked()
        if address_until is not None:
            ends.append(address_until)
    return NetworkBlocked(until=max(ends).isoformat()) if ends else None
