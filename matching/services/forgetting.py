"""Taking a person out of their wishes: words, place, address and pictures go, figures stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from matching.models import MatchRequest
from matching.services.picturing import forget_pictures


@transaction.atomic
def forget_wisher(*, user_id: int, now: datetime) -> None:
    """Wishes still open are over. Repeating changes nothing more. Files go before the rows that name them."""
    mine = MatchRequest.objects.filter(user=user_id)
    for wish in mine.exclude(pictures=[]).select_related("union").order_by("pk"):
        forget_pictures(union=wish.union, ref=wish.ref, pictures=wish.pictures)
    open_ones = mine.filter(state__in=MatchRequest.LIVE)
    open_ones.update(state=MatchRequest.State.CANCELLED, ended_at=now)
    mine.update(
        email="",
        visitor="",
        words="—",
        place="",
        latitude=None,
        longitude=None,
        reach_km=None,
        is_watched=False,
        pictures=[],
        key="",
    )
