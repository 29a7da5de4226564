"""Wishes as the called stores and their programs find them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django_scopes import scopes_disabled

from core.errors import NotFound
from matching.models import MatchRequest, MatchResponse, Subscription
from stores.models import Store, Variant

LATELY = timedelta(days=1)
MOST_USED = 100


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


def waiting_calls_of(store: Store, *, now: datetime) -> list[MatchRequest]:
    """Calls that nobody of the store has answered or declined yet, newest first. Three queries."""
    return [request for request in calls_of(store, now=now) if request.answer is None]  # type: ignore[attr-defined]


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


def used_lately(store: Store, *, now: datetime) -> list[MatchResponse]:
    """The store's answers that were used within a day, newest first: who was away learns of them. One query."""
    with scopes_disabled():
        return list(
            MatchResponse.objects.filter(
                union=store.union_id, store=store, state=MatchResponse.State.USED, changed_at__gt=now - LATELY
            )
            .select_related("request", "variant")
            .order_by("-id")[:MOST_USED]
        )


def variant_named(store: Store, sku: str) -> Variant | None:
    """The store's variant with this stock keeping unit that a shopper could buy."""
    return (
        Variant.objects.filter(union=store.union_id, store=store, sku=sku, is_active=True, product__is_published=True)
        .select_related("product")
        .first()
    )
