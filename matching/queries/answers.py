"""Answers as the shopper of a wish finds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Count, Q
from django_scopes import scopes_disabled

from core.errors import NotFound
from matching.models import MatchRequest, MatchResponse
from matching.queries.ranking import Score, ranked
from matching.queries.weights import weights_of
from stores.models import Store
from unions.models import Membership

State = MatchResponse.State
SHOWN = (State.OFFERED, State.USED)
"""What a shopper sees of answers while choosing, and after."""
SEEN = Q(store__is_published=True, store__membership__state=Membership.State.ACTIVE) | Q(state=State.USED)
"""Of which stores."""


def responses_to(request: MatchRequest) -> list[MatchResponse]:
    """What was answered and holds or was used, of whichever unions, with store and union; one query.

    Of stores that shoppers no longer see only what was used.
    """
    with scopes_disabled():
        return list(
            MatchResponse.objects.filter(SEEN, request=request, state__in=SHOWN)
            .select_related("store", "union", "variant__product", "bookable")
            .order_by("id")
        )


def response_to(request: MatchRequest, ref: str) -> MatchResponse:
    """The answer with this number, in whatever state. Raises NotFound."""
    with scopes_disabled():
        found = (
            MatchResponse.objects.filter(request=request, ref=ref)
            .select_related("store__union", "store__membership", "union", "variant__product", "bookable")
            .first()
        )
    if found is None:
        raise NotFound
    return found


def is_seen(response: MatchResponse) -> bool:
    """Whether shoppers see the store of this answer now."""
    with scopes_disabled():
        return Store.objects.visible().filter(union=response.union_id, pk=response.store_id).exists()


def answer_counts(requests: Iterable[MatchRequest]) -> dict[int, int]:
    """How many answers each of the wishes that are not over has; one query."""
    live = [request.pk for request in requests if request.state in MatchRequest.LIVE]
    with scopes_disabled():
        found = MatchResponse.objects.filter(SEEN, request__in=live, state__in=SHOWN).order_by()
        return dict(found.values_list("request").annotate(Count("pk")))


def declined_count(request: MatchRequest) -> int:
    """How many stores have said that they have nothing for it."""
    with scopes_disabled():
        return MatchResponse.objects.filter(request=request, state=State.DECLINED).count()


def ranked_answers(request: MatchRequest) -> tuple[list[tuple[MatchResponse, Score]], Mapping[str, int]]:
    """What its shopper sees, best first, and the union's weights: all that hold while choosing, then what was used.

    Two queries.
    """
    weights, shown = weights_of(request.union), responses_to(request)
    if request.state not in MatchRequest.LIVE:
        shown = [response for response in shown if response.state == State.USED]
    return ranked(shown, request, weights=weights), weights
