"""Plans, members and what is told of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import User
from chat.models import BuyerPlan, Dues, PreferredBuyer
from core.errors import NotFound
from payments.models import PaymentRequest
from stores.models import Store
from unions.models import Union

GRACE = timedelta(days=10)
"""How long after the paid time somebody still counts as a member while a refused charge is tried again."""
State = PreferredBuyer.State


def plans_at(union: Union, store: Store | None) -> QuerySet[BuyerPlan]:
    """A store's plans, or those of the union itself."""
    return BuyerPlan.objects.filter(union=union, store=store)


def open_plans(union: Union) -> QuerySet[BuyerPlan]:
    """What shoppers can join: the union's own first, then those of stores that are shown."""
    shown = Q(store=None) | Q(store__in=Store.objects.visible())
    return (
        BuyerPlan.objects.filter(shown, union=union, is_open=True)
        .select_related("store__membership", "union")
        .order_by("store__name", "amount", "id")
    )


def open_plan(union: Union, ref: str) -> BuyerPlan:
    """Raises NotFound."""
    plan = open_plans(union).filter(ref=ref).first()
    if plan is None:
        raise NotFound
    return plan


def joined_plans(union: Union, user: User) -> dict[int, str]:
    """The plans of a union in which a person is a member: {plan: the membership's reference}."""
    joined = PreferredBuyer.objects.filter(union=union, customer=user).exclude(state=State.ENDED)
    return dict(joined.values_list("plan_id", "ref"))


def memberships_of_person(user: User) -> QuerySet[PreferredBuyer]:
    """A person's memberships in all unions with their dues, newest first. Two queries."""
    return (
        PreferredBuyer.objects.filter(customer=user)
        .select_related("plan__store", "union", "account", "customer")
        .prefetch_related(Prefetch("dues", Dues.objects.order_by("-period_start")))
    )


def membership_of_person(user: User, ref: str) -> PreferredBuyer:
    """Raises NotFound, also for somebody else's."""
    buyer = memberships_of_person(user).filter(ref=ref).first()
    if buyer is None:
        raise NotFound
    return buyer


def members_at(union: Union, store: Store | None) -> QuerySet[PreferredBuyer]:
    """Members of a store's plans, or of the union's own, newest first."""
    return PreferredBuyer.objects.filter(union=union, plan__store=store).select_related("plan", "customer", "union")


def member_now(now: datetime) -> Q:
    """Who counts as a member: paid, or in the days in which a refused charge is tried again."""
    return Q(state__in=[State.ACTIVE, State.GRACE], paid_until__gt=now - GRACE)


def standing_of(union: Union, user: User, store: Store | None, *, now: datetime) -> list[PreferredBuyer]:
    """The memberships of a person that count at this store (the union's own count everywhere). One query."""
    here = Q(plan__store=None) | Q(plan__store=store) if store is not None else Q(plan__store=None)
    return list(
        PreferredBuyer.objects.filter(member_now(now), here, union=union, customer=user)
        .select_related("plan__store", "union")
        .order_by("plan__store", "id")
    )


def memberships_here(union: Union, user: User, *, now: datetime) -> list[PreferredBuyer]:
    """All of a person's memberships in a union that count now. One query."""
    return list(
        PreferredBuyer.objects.filter(member_now(now), union=union, customer=user)
        .select_related("plan__store")
        .order_by("plan__store", "id")
    )


def payment_of(dues: Dues) -> PaymentRequest | None:
    """The charge that counts now."""
    asked = PaymentRequest.objects.filter(union=dues.union_id, reference=dues.reference)
    return asked.select_related("account").first()
