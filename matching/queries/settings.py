"""How a store is called: its subscriptions and its settings."""

from __future__ import annotations

from dataclasses import dataclass

from matching.models import CallSettings, Subscription
from stores.models import Store


@dataclass(frozen=True, slots=True)
class HowCalled:
    """Whether a store is called at all: how many codes it wants to be called for, and whether it takes calls."""

    codes: int
    takes_calls: bool
    answers_itself: bool


def settings_of(store: Store) -> CallSettings:
    """The store's own, or the defaults, not saved."""
    return CallSettings.objects.filter(union=store.union_id, store=store).first() or CallSettings(
        store=store, union_id=store.union_id
    )


def subscriptions_of(store: Store) -> list[Subscription]:
    """What it wants to be called for, with the codes; one query."""
    return list(
        Subscription.objects.filter(union=store.union_id, store=store).select_related("code").order_by("code_id")
    )


def how_called(store: Store) -> HowCalled:
    """Two queries."""
    own = settings_of(store)
    return HowCalled(
        Subscription.objects.filter(union=store.union_id, store=store).count(), own.takes_calls, own.answers_itself
    )
