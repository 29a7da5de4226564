"""Planning an urgent sale, changing it before it begins, ending it. Its pieces leave the shelf and come back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, NotFound, constraint_of
from core.moments import require_plausible
from core.outbox import publish
from stores.errors import UrgentBegun, UrgentOver, UrgentOverlaps
from stores.events import URGENT_SALE_CHANGED
from stores.models import Store, UrgentLevel, UrgentSale, Variant
from stores.services.urgent.settling import give_back_rest, keep_on_shelf
from stores.services.urgent.telling import tell_sale

LONGEST = timedelta(days=31)
SIGNS = "23456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class SalePlan:
    """What is sold how cheaply, how many, from when to when. `price` in minor units, or `percent` off the usual one."""

    variant: Variant
    quantity: int
    starts_at: datetime
    ends_at: datetime
    price: int | None = None
    percent: int | None = None
    per_shopper: int | None = None


@transaction.atomic
def plan_sale(*, store: Store, plan: SalePlan, actor: User | None, now: datetime) -> UrgentSale:
    """Plan a sale; one that has begun already runs at once. Its pieces leave what the shelf has available.

    Raises Invalid beside the field, OutOfStock, UrgentOverlaps, NotFound for another store's goods.
    """
    price = _checked(store, plan, now=now)
    variant = plan.variant
    ref = "".join(secrets.choice(SIGNS) for _place in range(10))
    try:
        with transaction.atomic():
            sale = UrgentSale.objects.create(
                union=store.union,
                store=store,
                variant=variant,
                ref=ref,
                price=price,
                list_price=variant.price,
                per_shopper=plan.per_shopper,
                starts_at=max(plan.starts_at, now),
                ends_at=plan.ends_at,
                created_by=actor,
                created_at=now,
            )
    except IntegrityError as error:
        if constraint_of(error) == "urgent_sale_one_at_a_time":
            raise UrgentOverlaps from error
        raise
    UrgentLevel.objects.create(union=store.union, sale=sale, allotted=plan.quantity)
    keep_on_shelf(sale=sale, quantity=plan.quantity, now=now)
    _changed(sale, now=now)
    return sale


@transaction.atomic
def change_sale(*, sale: UrgentSale, plan: SalePlan, actor: User | None, now: datetime) -> UrgentSale:
    """Plan it differently, as long as it has not begun. Raises UrgentBegun and like plan_sale."""
    current = _locked(sale)
    if current.state_at(now) != UrgentSale.State.PLANNED:
        raise UrgentBegun
    if plan.variant.pk != current.variant_id:
        raise Invalid(_("Plan another sale for other goods."), field="variant")
    current.price = _checked(current.store, plan, now=now)
    current.list_price, current.per_shopper = plan.variant.price, plan.per_shopper
    current.starts_at, current.ends_at = max(plan.starts_at, now), plan.ends_at
    try:
        with transaction.atomic():
            current.save()
    except IntegrityError as error:
        if constraint_of(error) == "urgent_sale_one_at_a_time":
            raise UrgentOverlaps from error
        raise
    keep_on_shelf(sale=current, quantity=plan.quantity, now=now)
    untouched = UrgentLevel.objects.filter(union=current.union_id, sale=current, held=0, sold=0)
    if not untouched.update(allotted=plan.quantity):
        # It has begun while this was on its way, and somebody was quick.
        raise UrgentBegun
    _changed(current, now=now)
    return current


@transaction.atomic
def end_sale(*, sale: UrgentSale, actor: User | None, now: datetime) -> UrgentSale:
    """End a running sale now, or call off one that has not begun; what nobody claimed is back on the shelf.

    Who has claimed pieces keeps them and the price as long as the claim lasts. Raises UrgentOver when it is over.
    """
    current = _locked(sale)
    state = current.state_at(now)
    if state not in (UrgentSale.State.PLANNED, UrgentSale.State.RUNNING):
        raise UrgentOver(state=str(state))
    if now > current.starts_at:
        current.ends_at = now
    else:
        current.cancelled_at = now
    current.save(update_fields=["cancelled_at", "ends_at"])
    give_back_rest(sale=current, now=now)
    _changed(current, now=now)
    return current


def _locked(sale: UrgentSale) -> UrgentSale:
    """The sale alone: everything that is sold here meanwhile points at its union and its store."""
    rows = UrgentSale.objects.select_for_update(no_key=True, of=("self",)).select_related("union", "store")
    return rows.get(union=sale.union_id, pk=sale.pk)


def _checked(store: Store, plan: SalePlan, *, now: datetime) -> int:
    """The price it comes to. Raises Invalid beside the field that is wrong."""
    variant = plan.variant
    if variant.store_id != store.pk or not variant.is_active:
        raise NotFound
    if not variant.tracks_stock:
        raise Invalid(_("Only what is counted can be sold like this."), field="variant")
    if plan.quantity < 1:
        raise Invalid(_("Give a quantity of at least one."), field="quantity")
    if plan.per_shopper is not None and not 1 <= plan.per_shopper <= plan.quantity:
        raise Invalid(_("At least one, and not more than there are."), field="per_shopper")
    require_plausible(moment=plan.starts_at, field="starts_at")
    require_plausible(moment=plan.ends_at, field="ends_at")
    if plan.ends_at <= max(plan.starts_at, now):
        raise Invalid(_("It has to end after it begins, and not in the past."), field="ends_at")
    if plan.ends_at - plan.starts_at > LONGEST:
        raise Invalid(_("An urgent sale lasts a month at most."), field="ends_at")
    if (plan.price is None) == (plan.percent is None):
        raise Invalid(_("Give either a price or a percentage."), field="price")
    if plan.percent is not None:
        if not 1 <= plan.percent <= 99:
            raise Invalid(_("From 1 to 99 per cent."), field="percent")
        price = round(variant.price * (100 - plan.percent) / 100)
    else:
        price = plan.price or 0
    if not 0 <= price < variant.price:
        raise Invalid(_("The price has to be below the usual one."), field="percent" if plan.percent else "price")
    return price


def _changed(sale: UrgentSale, *, now: datetime) -> None:
    publish(URGENT_SALE_CHANGED, aggregate=f"urgent-sale:{sale.pk}", sale_id=sale.pk)
    tell_sale(sale_id=sale.pk, always=True, now=now)
