"""Prices planned ahead: they begin and end by themselves, to the minute."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState, constraint_of
from core.moments import require_plausible
from stores.models import PlannedPrice, Variant
from stores.services.catalogue.prices import set_price

State = PlannedPrice.State


class PlansOverlap(DomainError):
    """Another price is planned for the variant at that time."""

    code = "plans_overlap"
    detail = _("Another price is planned for this variant at that time.")


@transaction.atomic
def plan_price(
    *,
    variant: Variant,
    price: int,
    starts_at: datetime,
    actor: User | None,
    now: datetime,
    ends_at: datetime | None = None,
    shows_before: bool = True,
) -> PlannedPrice:
    """Plan a price in minor units from a moment on; with an end the price from before comes back then.

    Raises Invalid for a time that is over, PlansOverlap.
    """
    if price < 0:
        raise Invalid(_("A price cannot be below zero."), field="price")
    require_plausible(moment=starts_at, field="starts_at")
    require_plausible(moment=ends_at, field="ends_at")
    if starts_at < now:
        raise Invalid(_("This moment is over already."), field="starts_at")
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid(_("The end must be after the beginning."), field="ends_at")
    try:
        with transaction.atomic():
            return PlannedPrice.objects.create(
                union_id=variant.union_id,
                variant=variant,
                price=price,
                starts_at=starts_at,
                ends_at=ends_at,
                shows_before=shows_before,
                created_by=actor,
                created_at=now,
            )
    except IntegrityError as error:
        if constraint_of(error) == "planned_price_one_at_a_time":
            raise PlansOverlap from error
        raise


@transaction.atomic
def call_off_plan(*, plan: PlannedPrice, actor: User | None, now: datetime) -> None:
    """A planned price never begins; a running one ends now. Raises WrongState."""
    held = PlannedPrice.objects.select_for_update(of=("self",)).get(pk=plan.pk, union=plan.union_id)
    if held.state == State.RUNNING:
        _end(held, actor, now)
    elif held.state == State.PLANNED:
        held.state = State.CANCELLED
        held.save(update_fields=["state"])
    else:
        raise WrongState(state=held.state)


def apply_planned_prices(*, now: datetime) -> int:
    """Begin and end what is due, each in a transaction of its own; says how many. Ends come before beginnings.

    A plan whose whole time went by unseen is over without ever having been a price.
    """
    due = PlannedPrice.objects.filter(
        Q(state=State.RUNNING, ends_at__lte=now) | Q(state=State.PLANNED, starts_at__lte=now)
    )
    keys = sorted(
        due.values_list("state", "starts_at", "pk"), key=lambda row: (row[0] != State.RUNNING, row[1], row[2])
    )
    return sum(_apply(pk, now) for _state, _starts_at, pk in keys)


@transaction.atomic
def _apply(pk: int, now: datetime) -> bool:
    plan = (
        PlannedPrice.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("variant__product")
        .filter(Q(state=State.RUNNING, ends_at__lte=now) | Q(state=State.PLANNED, starts_at__lte=now), pk=pk)
        .first()
    )
    if plan is None:
        return False
    if plan.state == State.RUNNING:
        _end(plan, None, now)
        return True
    if plan.ends_at is not None and plan.ends_at <= now:
        plan.state = State.OVER
        plan.save(update_fields=["state"])
        return True
    variant = (
        Variant.objects.select_for_update(no_key=True, of=("self",)).select_related("product").get(pk=plan.variant_id)
    )
    plan.price_before, plan.was_before = variant.price, variant.was_price
    reduced = plan.shows_before and plan.price < variant.price
    set_price(variant=variant, price=plan.price, actor=None, now=now, was_price=variant.price if reduced else None)
    plan.state = State.RUNNING if plan.ends_at else State.OVER
    plan.save(update_fields=["state", "price_before", "was_before"])
    return True


def _end(plan: PlannedPrice, actor: User | None, now: datetime) -> None:
    """The price from before comes back, unless somebody has changed it by hand meanwhile."""
    variant = (
        Variant.objects.select_for_update(no_key=True, of=("self",)).select_related("product").get(pk=plan.variant_id)
    )
    if variant.price == plan.price and plan.price_before is not None:
        set_price(variant=variant, price=plan.price_before, actor=actor, now=now, was_price=plan.was_before)
    plan.state = State.OVER
    plan.save(update_fields=["state"])
