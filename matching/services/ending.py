"""A wish ends: taken back, its time for answers over, nobody chose. What nobody could fulfil is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django_scopes import scopes_disabled

from matching.errors import WishOver
from matching.models import MatchRequest, MatchResponse
from matching.services.telling import tell_called, tell_shopper

AT_ONCE = 500
Request, Response = MatchRequest.State, MatchResponse.State


def cancel_request(*, request: MatchRequest, now: datetime) -> MatchRequest:
    """The shopper takes the wish back; done twice it is done once. Raises WishOver."""
    with transaction.atomic(), scopes_disabled():
        own = MatchRequest.objects.filter(union=request.union_id, pk=request.pk)
        moved = own.filter(state__in=MatchRequest.LIVE).update(state=Request.CANCELLED, ended_at=now, is_watched=False)
        request.refresh_from_db()
        if not moved and request.state != Request.CANCELLED:
            raise WishOver(state=request.state)
        if moved:
            _let_go([request], now=now)
            _tell([request])
    return request


def close_requests(*, now: datetime) -> int:
    """The time for answers is over: with answers that hold the shopper chooses, without any the wish has expired.

    In all unions, a batch at a time; returns how many. Another worker at the same time takes others.
    """
    with transaction.atomic(), scopes_disabled():
        due = list(
            MatchRequest.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
            .filter(state=Request.OPEN, answers_until__lte=now)
            .select_related("union", "user")
            .order_by("id")[:AT_ONCE]
        )
        # Asked once the wishes are locked: what was answered until then has been committed and is seen.
        holding = MatchResponse.objects.filter(request__in=due, state=Response.OFFERED, valid_until__gt=now)
        answered = set(holding.values_list("request_id", flat=True))
        choosing = [request for request in due if request.pk in answered]
        for request in choosing:
            request.state = Request.SELECTING
        MatchRequest.objects.filter(pk__in=answered).update(state=Request.SELECTING)
        _expire([request for request in due if request.pk not in answered], now=now)
        _tell(choosing)
    return len(due)


def expire_requests(*, now: datetime) -> int:
    """Nobody chose: what is offered has lapsed or the time to choose is over. In all unions; returns how many."""
    with transaction.atomic(), scopes_disabled():
        lapsed = MatchResponse.objects.filter(state=Response.OFFERED, valid_until__lte=now).order_by("id")[:AT_ONCE]
        MatchResponse.objects.filter(
            pk__in=list(lapsed.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
        ).update(state=Response.LAPSED, changed_at=now)
        holding = MatchResponse.objects.filter(request=OuterRef("pk"), state=Response.OFFERED)
        due = list(
            MatchRequest.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
            .filter(state=Request.SELECTING)
            .filter(~Exists(holding) | ~Exists(MatchRequest.objects.filter(pk=OuterRef("pk"), expires_at__gt=now)))
            .select_related("union", "user")
            .order_by("id")[:AT_ONCE]
        )
        _expire(due, now=now)
    return len(due)


def _expire(requests: Sequence[MatchRequest], *, now: datetime) -> None:
    for request in requests:
        request.state, request.ended_at = Request.EXPIRED, now
    ids = [request.pk for request in requests]
    MatchRequest.objects.filter(pk__in=ids).update(state=Request.EXPIRED, ended_at=now)
    _let_go(requests, now=now)
    _tell(requests)


def _let_go(requests: Sequence[MatchRequest], *, now: datetime) -> None:
    offered = MatchResponse.objects.filter(request__in=[each.pk for each in requests], state=Response.OFFERED)
    offered.update(state=Response.LAPSED, changed_at=now)


def _tell(requests: Sequence[MatchRequest]) -> None:
    for request in requests:
        tell_called(request=request)
        tell_shopper(request=request, what="ended")
