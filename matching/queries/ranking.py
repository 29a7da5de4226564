"""How answers are ranked: in the open, by a score that says of what it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt

from matching.models import MatchRequest, MatchResponse
from unions.queries import EARTH_RADIUS_KM

PARTS = ("price", "distance", "time", "rating", "speed")
WEIGHTS: Mapping[str, int] = {"price": 40, "distance": 20, "time": 15, "rating": 15, "speed": 10}
"""A union may set its own; only their ratio counts."""
NEUTRAL = 50
"""Of 100, for what is not known: neither good nor bad."""
FAR_KM = 50.0
"""Half of the points for distance are gone at this distance from the shopper."""
LATE_HOURS = 48.0
SLOW_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Score:
    """`points` of 1000 altogether, and of 100 for each part; `km` from the shopper, if known."""

    points: int
    parts: Mapping[str, int]
    km: float | None


def score_of(
    response: MatchResponse, request: MatchRequest, *, cheapest: int | None, weights: Mapping[str, int] = WEIGHTS
) -> Score:
    """The score of one answer. `cheapest`: the lowest total of all answers in its currency.

    Price: 100 at the cheapest, falling with the ratio, and never above 40 when it is over the budget. Distance, time
    and speed fall to half at 50 km, 48 hours and five minutes. Rating: one star 0, five stars 100.
    """
    km = kilometres(request, response)
    parts = {
        "price": _price(response, request, cheapest),
        "distance": NEUTRAL if km is None else _halved(km, FAR_KM),
        "time": _time(response, request),
        "rating": NEUTRAL if response.store.rating is None else round((response.store.rating - 1) * 25),
        "speed": _halved(response.took_ms / 1000, SLOW_SECONDS),
    }
    whole = sum(weights.get(part, 0) for part in PARTS) or 1
    return Score(round(sum(10 * parts[part] * weights.get(part, 0) for part in PARTS) / whole), parts, km)


def ranked(
    responses: Sequence[MatchResponse], request: MatchRequest, *, weights: Mapping[str, int] = WEIGHTS
) -> list[tuple[MatchResponse, Score]]:
    """Best first. A total order: of equal scores the cheaper, then the earlier, then the lower number comes first."""
    totals: dict[str, int] = {}
    for response in responses:
        if response.total is not None:
            totals[response.currency] = min(response.total, totals.get(response.currency, response.total))
    scored = [
        (each, score_of(each, request, cheapest=totals.get(each.currency), weights=weights)) for each in responses
    ]
    return sorted(scored, key=_order)


def _order(pair: tuple[MatchResponse, Score]) -> tuple[int, bool, str, int, datetime, str]:
    response, score = pair
    total = response.total
    return (-score.points, total is None, response.currency, total or 0, response.answered_at, response.ref)


def _price(response: MatchResponse, request: MatchRequest, cheapest: int | None) -> int:
    total = response.total
    if total is None or cheapest is None:
        return NEUTRAL
    points = 100 if total <= cheapest else round(100 * cheapest / total)
    if request.budget is not None and request.currency == response.currency and total > request.budget:
        return min(points, 40)
    return points


def _time(response: MatchResponse, request: MatchRequest) -> int:
    if response.available_at is None:
        return NEUTRAL
    if request.wanted_by is not None and response.available_at > request.wanted_by:
        return 0
    hours = max(0.0, (response.available_at - request.asked_at).total_seconds() / 3600)
    return _halved(hours, LATE_HOURS)


def _halved(amount: float, half: float) -> int:
    """100 at nothing, 50 at `half`, towards 0 beyond."""
    return round(100 * half / (half + max(0.0, amount)))


def kilometres(request: MatchRequest, response: MatchResponse) -> float | None:
    """Great-circle distance between shopper and store; None where one of them has no place."""
    store = response.store
    if None in (request.latitude, request.longitude, store.latitude, store.longitude):
        return None
    lat1, lon1, lat2, lon2 = map(radians, (request.latitude, request.longitude, store.latitude, store.longitude))  # type: ignore[arg-type]
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))
