"""How far a wish goes: which unions hear of it, and which stores do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django_scopes import scopes_disabled

from chat.models import Block
from chat.queries.shoppers import Shopper
from matching.models import MatchRequest
from unions.models import Union
from unions.queries import nearest_unions, published_unions

NEIGHBOURS = 4
NEAR_KM = 300
"""A neighbour's centre is not farther away than this."""


def unions_reached(request: MatchRequest) -> list[Union]:
    """The wish's own union first; with `near` those around it, with `all` every union of this deployment."""
    scope = request.scope
    if scope == MatchRequest.Scope.ALL:
        others = list(published_unions().filter(address="").exclude(pk=request.union_id))
    elif scope == MatchRequest.Scope.NEAR:
        others = _neighbours(request)
    else:
        others = []
    return [request.union, *others]


def _neighbours(request: MatchRequest) -> list[Union]:
    own = request.union
    if request.latitude is not None and request.longitude is not None:
        place = (request.latitude, request.longitude)
    elif own.latitude is not None and own.longitude is not None:
        place = (own.latitude, own.longitude)
    else:
        return []
    return [
        union
        for union in nearest_unions(*place, limit=NEIGHBOURS + 1)
        if union.pk != own.pk and not union.address and union.distance_km <= NEAR_KM  # type: ignore[attr-defined]
    ][:NEIGHBOURS]


def blocked_stores(shopper: Shopper, unions: Sequence[Union], *, now: datetime) -> tuple[set[int], set[int]]:
    """(stores, whole unions) of these unions that do not talk to this browser or account. One query."""
    same = Q(pk=None)
    if shopper.visitor:
        same |= Q(visitor=shopper.visitor)
    if shopper.user is not None:
        same |= Q(user=shopper.user)
    with scopes_disabled():
        held = Block.objects.filter(same, union__in=unions).filter(Q(until=None) | Q(until__gt=now))
        rows = list(held.values_list("store", "union"))
    return {store for store, _union in rows if store is not None}, {union for store, union in rows if store is None}
