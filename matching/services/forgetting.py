"""Taking people out of their wishes: words, place, address and pictures go, figures stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from matching.models import MatchRequest
from matching.services.picturing import forget_pictures
from unions.services.retaining import forget_in_steps, long_gone

NO_WORDS = "—"


@transaction.atomic
def forget_wisher(*, user_id: int, now: datetime) -> None:
    """Wishes still open are over. Repeating changes nothing more."""
    mine = MatchRequest.objects.filter(user=user_id)
    mine.filter(state__in=MatchRequest.LIVE).update(state=MatchRequest.State.CANCELLED, ended_at=now)
    _forget(mine)


def forget_wishers_long_gone(*, now: datetime) -> int:
    """Guests whose wish has been over for longer than their union keeps them. Returns how many wishes.

    Who still waits to be told of goods is kept.
    """
    gone = 0
    for union, before in long_gone(now=now):
        old = MatchRequest.objects.filter(union=union, user=None, is_watched=False, ended_at__lt=before).exclude(
            visitor="", email="", words=NO_WORDS
        )
        gone += forget_in_steps(old=old, forget=_forget)
    return gone


def _forget(wishes: QuerySet[MatchRequest]) -> None:
    """Files go before the rows that name them."""
    for wish in wishes.exclude(pictures=[]).select_related("union").order_by("pk"):
        forget_pictures(union=wish.union, ref=wish.ref, pictures=wish.pictures)
    wishes.update(
        email="",
        visitor="",
        words=NO_WORDS,
        place="",
        latitude=None,
        longitude=None,
        reach_km=None,
        is_watched=False,
        pictures=[],
        key="",
    )
