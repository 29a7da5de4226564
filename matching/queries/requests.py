"""Wishes as their shopper and as the called stores find them, and their answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django_scopes import scopes_disabled

from accounts.models import User
from chat.queries.shoppers import Shopper
from core.errors import NotFound
from matching.models import MatchRequest, MatchResponse, Subscription
from stores.models import Store
from unions.models import Membership

State = MatchResponse.State
SHOWN = (State.OFFERED, State.USED)
"""What a shopper sees of answers while choosing, and after."""


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


def responses_to(request: MatchRequest) -> list[MatchResponse]:
    """What was answered and holds or was used, of whichever unions, with store and union; one query.

    Of stores that shoppers no longer see only what was used.
    """
    seen = Q(store__is_published=True, store__membership__state=Membership.State.ACTIVE)
    with scopes_disabled():
        return list(
            MatchResponse.objects.filter(seen | Q(state=State.USED), request=request, state__in=SHOWN)
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


def calls_of(store: Store, *, now: datetime) -> list[MatchRequest]:
    """Wishes that were called to this store and are open for answers, newest first; each with `answer` (or None).

    Three queries: the store's codes, the wishes, the answers.
    """
    with scopes_disabled():
        codes = set(Subscription.objects.filter(union=store.union_id, store=store).values_list("code", flat=True))
        found = list(
            MatchRequest.objects.filter(
                # Each side with an index of its own.
                Q(classes__overlap=[*codes, MatchRequest.ANYTHING])
                | Q(scope=MatchRequest.Scope.CHOSEN, stores__contains=[store.pk]),
                state=MatchRequest.State.OPEN,
                answers_until__gt=now,
                stores__contains=[store.pk],
            )
            .select_related("union", "code")
            .order_by("-id")[:100]
        )
        return with_answers(found, store)


def call_of(store: Store, ref: str) -> MatchRequest:
    """One wish that was called to this store, in whatever state, with its `answer`. Raises NotFound."""
    with scopes_disabled():
        found = (
            MatchRequest.objects.filter(ref=ref, stores__contains=[store.pk]).select_related("union", "code").first()
        )
        if found is None:
            raise NotFound
        return with_answers([found], store)[0]


def with_answers(requests: list[MatchRequest], store: Store) -> list[MatchRequest]:
    """The wishes, each with this store's `answer` (or None); one query."""
    answers = {
        answer.request_id: answer
        for answer in MatchResponse.objects.filter(
            union=store.union_id, store=store, request__in=[request.pk for request in requests]
        ).select_related("union", "store", "variant__product")
    }
    for request in requests:
        request.answer = answers.get(request.pk)  # type: ignore[attr-defined]
    return requests


def answer_counts(requests: Iterable[MatchRequest]) -> dict[int, int]:
    """How many answers each of the wishes that are not over has; one query."""
    live = [request.pk for request in requests if request.state in MatchRequest.LIVE]
    with scopes_disabled():
        found = MatchResponse.objects.filter(request__in=live, state__in=SHOWN).order_by()
        return dict(found.values_list("request").annotate(Count("pk")))


def declined_count(request: MatchRequest) -> int:
    """How many stores have said that they have nothing for it."""
    with scopes_disabled():
        return MatchResponse.objects.filter(request=request, state=State.DECLINED).count()
