"""Wishes as their shopper finds them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import User
from chat.queries.shoppers import Shopper
from core.errors import NotFound
from matching.models import MatchRequest


def requests_of(shopper: Shopper) -> QuerySet[MatchRequest]:
    """All of a shopper's in this union, newest first. What belongs to an account is not opened by the browser alone."""
    mine = Q(user=None, visitor=shopper.visitor) if shopper.visitor else Q(pk=None)
    if shopper.user is not None:
        mine |= Q(user=shopper.user)
    return MatchRequest.objects.filter(mine, union=shopper.union).order_by("-id")


def requests_of_person(user: User) -> QuerySet[MatchRequest]:
    """A signed-in person's own in all unions, newest first, with union and code."""
    return MatchRequest.objects.filter(user=user).select_related("union", "code").order_by("-id")


def live_requests_of(shopper: Shopper) -> QuerySet[MatchRequest]:
    """Those that are not over."""
    return requests_of(shopper).filter(state__in=MatchRequest.LIVE)


def request_of(shopper: Shopper, ref: str) -> MatchRequest:
    """The shopper's own wish with this number. Raises NotFound, also for somebody else's."""
    found = requests_of(shopper).filter(ref=ref).select_related("union", "code", "user").first()
    if found is None:
        raise NotFound
    return found
