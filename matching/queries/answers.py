"""What programs of a store ask: which good is meant, what waits, what was used."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_scopes import scopes_disabled

from matching.models import MatchRequest, MatchResponse
from matching.queries.requests import calls_of
from stores.models import Store, Variant

LATELY = timedelta(days=1)
MOST_USED = 100


def variant_named(store: Store, sku: str) -> Variant | None:
    """The store's variant with this stock keeping unit that a shopper could buy."""
    return (
        Variant.objects.filter(union=store.union_id, store=store, sku=sku, is_active=True, product__is_published=True)
        .select_related("product")
        .first()
    )


def waiting_calls_of(store: Store, *, now: datetime) -> list[MatchRequest]:
    """Calls that nobody of the store has answered or declined yet, newest first. Three queries."""
    return [request for request in calls_of(store, now=now) if request.answer is None]  # type: ignore[attr-defined]


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
