"""Stores become service providers: they apply with what they know, the center approves, suspends, releases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ascc.models import ProviderChange, ProviderSkill, ServiceProvider
from ascc.models.providers import FARTHEST_KM
from core.errors import Invalid, WrongState
from core.references import new_reference
from stores.models import Store
from unions.models import SignalCode

State = ServiceProvider.State
MOVES: dict[str, frozenset[str]] = {
    State.APPLIED: frozenset({State.APPROVED, State.DECLINED}),
    State.DECLINED: frozenset({State.APPLIED}),
    State.APPROVED: frozenset({State.SUSPENDED}),
    State.SUSPENDED: frozenset({State.APPROVED}),
}
MOST_SKILLS = 50


@transaction.atomic
def apply_as_provider(
    *, store: Store, actor: User | None, about: str, reach_km: int, skills: Iterable[str], now: datetime
) -> ServiceProvider:
    """A store asks to do after-sales service; again after it was declined. Raises Invalid, WrongState."""
    provider = ServiceProvider.objects.select_for_update().filter(union=store.union_id, store=store).first()
    if provider is None:
        try:
            with transaction.atomic():
                provider = ServiceProvider.objects.create(
                    union_id=store.union_id,
                    store=store,
                    ref=new_reference(store.union.prefix),
                    about=about.strip(),
                    reach_km=_reach(reach_km),
                    applied_at=now,
                )
        except IntegrityError as error:
            raise WrongState(state=State.APPLIED) from error
        _step(provider, "", actor=actor, now=now)
    elif provider.state == State.DECLINED:
        move_provider(provider=provider, to=State.APPLIED, actor=actor, now=now)
    else:
        raise WrongState(state=provider.state)
    return change_provider(provider=provider, about=about, reach_km=reach_km, skills=skills)


@transaction.atomic
def change_provider(*, provider: ServiceProvider, about: str, reach_km: int, skills: Iterable[str]) -> ServiceProvider:
    """What it knows and how far it comes. `skills` are signal codes. Raises Invalid."""
    wanted = set(skills)
    if not wanted or len(wanted) > MOST_SKILLS:
        raise Invalid(_("Choose between one and fifty kinds of work."), field="skills")
    known = set(SignalCode.objects.filter(code__in=wanted).values_list("code", flat=True))
    if wanted - known:
        raise Invalid(_("This kind of work is not known."), field="skills", unknown=sorted(wanted - known))
    ServiceProvider.objects.filter(union=provider.union_id, pk=provider.pk).update(
        about=about.strip()[:2000], reach_km=_reach(reach_km)
    )
    provider.skills.exclude(code__in=wanted).delete()
    ProviderSkill.objects.bulk_create(
        [ProviderSkill(union_id=provider.union_id, provider=provider, code=code) for code in sorted(wanted)],
        ignore_conflicts=True,
    )
    provider.refresh_from_db()
    return provider


@transaction.atomic
def move_provider(
    *, provider: ServiceProvider, to: str, actor: User | None, now: datetime, reason: str = ""
) -> ServiceProvider:
    """Approve, decline, suspend or release it. What it holds it may finish. Raises WrongState."""
    allowed = [state for state, following in MOVES.items() if to in following]
    before = provider.state
    changes: dict[str, Any] = {"applied_at": now} if to == State.APPLIED else {"decided_at": now}
    moved = ServiceProvider.objects.filter(union=provider.union_id, pk=provider.pk, state__in=allowed).update(
        state=to, **changes
    )
    provider.refresh_from_db()
    if not moved:
        raise WrongState(state=provider.state)
    _step(provider, before, actor=actor, now=now, reason=reason)
    return provider


def _reach(km: int) -> int:
    if not 1 <= km <= FARTHEST_KM:
        raise Invalid(_("Between 1 and 500 km."), field="reach_km")
    return km


def _step(provider: ServiceProvider, before: str, *, actor: User | None, now: datetime, reason: str = "") -> None:
    ProviderChange.objects.create(
        union_id=provider.union_id,
        provider=provider,
        from_state=before,
        to_state=provider.state,
        actor=actor,
        reason=reason.strip()[:300],
        at=now,
    )
