"""What a person wished for."""

from __future__ import annotations

from functools import partial

from accounts.models import User
from core.personal import Files, Tables, keeps, keeps_files, rows_of
from matching.models import MatchRequest
from matching.services.picturing import stored_picture


@keeps("wishes")
def wishes_of(user: User) -> Tables:
    """Every wish with its place."""
    mine = MatchRequest.objects.filter(user=user).order_by("pk")
    what = ("words", "quantity", "budget", "currency", "place", "latitude", "longitude", "asked_at", "state")
    yield "wishes", rows_of(mine, "union__slug", "ref", "email", *what, "pictures")


@keeps_files("wishes")
def pictures_of(user: User) -> Files:
    """What they showed of what they looked for."""
    mine = MatchRequest.objects.filter(user=user).exclude(pictures=[]).order_by("pk")
    for union_id, ref, names in mine.values_list("union_id", "ref", "pictures").iterator(chunk_size=100):
        for name in names:
            yield f"{ref}/{name}.webp", partial(stored_picture, union_id=union_id, ref=ref, name=name)
