"""What a store wants to be called for, and how it takes calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from matching.models import CallSettings, Subscription
from matching.models.limits import FARTHEST_KM, LARGEST
from stores.models import Store
from unions.models import SignalCode

MOST = 200
"""Subscriptions of one store."""
LONGEST_MINUTES = 7 * 24 * 60
FIELDS = ("takes_calls", "only_open", "most_a_day", "answers_itself", "valid_minutes", "words")


@dataclass(frozen=True)
class Reach:
    """For which wishes of a code: `km` from the shopper, budgets in minor units of the union's currency."""

    km: int | None = None
    budget_from: int | None = None
    budget_to: int | None = None


@transaction.atomic
def subscribe_to_codes(*, store: Store, codes: Sequence[str], reach: Reach = Reach()) -> list[Subscription]:
    """Be called for these codes and all below them; what was subscribed before gets this reach. Raises Invalid."""
    _check(reach)
    Store.objects.select_for_update(no_key=True).get(union=store.union_id, pk=store.pk)
    known = set(SignalCode.objects.filter(code__in=codes).values_list("code", flat=True))
    if not codes or set(codes) - known:
        raise Invalid(_("There is no such class."), field="code")
    before = set(Subscription.objects.filter(union=store.union_id, store=store).values_list("code", flat=True))
    if len(before | known) > MOST:
        raise Invalid(_("That is more than a shop is called for. Remove some first."), field="code")
    return [
        Subscription.objects.update_or_create(
            union_id=store.union_id,
            store=store,
            code_id=code,
            defaults={"reach_km": reach.km, "budget_from": reach.budget_from, "budget_to": reach.budget_to},
        )[0]
        for code in dict.fromkeys(codes)
    ]


@transaction.atomic
def unsubscribe_from_code(*, store: Store, code: str) -> None:
    """Be called for it no more; what was not subscribed is no error."""
    Subscription.objects.filter(union=store.union_id, store=store, code=code).delete()


@transaction.atomic
def change_call_settings(*, store: Store, **given: Any) -> CallSettings:
    """Change what is given of FIELDS; the others stay. Raises Invalid."""
    assert set(given) <= set(FIELDS), given
    most, minutes, words = given.get("most_a_day"), given.get("valid_minutes", 60), given.get("words", "")
    if most is not None and not 1 <= most <= 100_000:
        raise Invalid(field="most_a_day")
    if not 5 <= minutes <= LONGEST_MINUTES:
        raise Invalid(field="valid_minutes")
    if len(words) > 300 or "\0" in words:
        raise Invalid(field="words")
    return CallSettings.objects.update_or_create(store=store, defaults={**given, "union_id": store.union_id})[0]


def _check(reach: Reach) -> None:
    if reach.km is not None and not 1 <= reach.km <= FARTHEST_KM:
        raise Invalid(field="reach_km")
    for name, amount in (("budget_from", reach.budget_from), ("budget_to", reach.budget_to)):
        if amount is not None and not 0 <= amount <= LARGEST:
            raise Invalid(field=name)
    if reach.budget_from is not None and reach.budget_to is not None and reach.budget_to < reach.budget_from:
        raise Invalid(_("The end lies before the beginning."), field="budget_to")
