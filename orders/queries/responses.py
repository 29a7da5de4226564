"""Customer responses as each side sees them: the customer's own, what a link opens, the store's list, the union's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Count, F, Model, Prefetch, Q, QuerySet

from accounts.models import User
from core.errors import NotFound
from core.references import normalise_reference
from orders.models import CustomerResponse, Order, ResponseEntry
from stores.models import ApiKey, Product, Store, StoreStaff
from unions.models import Union

Row = TypeVar("Row", bound=Model)
State, Kind = CustomerResponse.State, CustomerResponse.Kind
VIEWS: dict[str, Q] = {
    "waiting": Q(state__in=[State.RECEIVED, State.REOPENED]) | Q(state=State.IN_PROGRESS, due_at__isnull=False),
    "shopper": Q(state=State.IN_PROGRESS, due_at__isnull=True),
    "union": Q(state=State.ESCALATED),
    "done": Q(state__in=CustomerResponse.SETTLED),
    "all": Q(),
}
"""The tabs of the store's list: what waits for the store, for the shopper, for the union, what is done."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many responses wait for the store, how many of them are late, how many lie with the union."""

    unanswered: int
    late: int
    union: int


def whole(responses: QuerySet[CustomerResponse]) -> QuerySet[CustomerResponse]:
    """With all that a page, a card, a mail or an answer of the API shows: two queries whatever their number."""
    entries = ResponseEntry.objects.select_related("actor").order_by("id")
    return in_rows(responses).prefetch_related(Prefetch("entries", entries))


def in_rows(responses: QuerySet[CustomerResponse]) -> QuerySet[CustomerResponse]:
    """With what one line of a list shows."""
    return responses.select_related(
        "union", "store__membership", "order__purchase", "product", "review", "user", "assigned_to"
    )


def response_by_token(*, union: Union, token: str) -> CustomerResponse:
    """The response whose link this is. Raises NotFound, also for another union's."""
    found = CustomerResponse.objects.filter(union=union, token=token) if token else CustomerResponse.objects.none()
    return _one(found.exclude(kind=Kind.REVIEW))


def response_to_follow(*, union_slug: str, token: str) -> int | None:
    """The id of the response whose link this is, or None."""
    found = CustomerResponse.objects.filter(union__slug=union_slug, token=token).exclude(kind=Kind.REVIEW)
    return found.values_list("pk", flat=True).first() if token else None


def response_with_all(response_id: int) -> CustomerResponse:
    """For a task, which has nothing but the id. Raises NotFound."""
    return _one(CustomerResponse.objects.filter(pk=response_id))


def responses_of(user: User) -> QuerySet[CustomerResponse]:
    """The person's own in all unions, last change first. Reviews stand on the pages for all to see."""
    mine = CustomerResponse.objects.filter(user=user).exclude(kind=Kind.REVIEW)
    return in_rows(mine).order_by("-changed_at", "-id")


def responses_about(*, order: Order) -> QuerySet[CustomerResponse]:
    """What its customer has asked about an order, newest first. One query."""
    return CustomerResponse.objects.filter(union_id=order.union_id, order=order).order_by("-id")


def store_responses(
    store: Store, *, view: str = "waiting", words: str = "", kind: str = ""
) -> QuerySet[CustomerResponse]:
    """The store's list of a tab: what is due first stands first, elsewhere the last change.

    `words` finds a number, a name, an address, and what was said.
    """
    found = CustomerResponse.objects.filter(VIEWS[view], union_id=store.union_id, store=store)
    if kind:
        found = found.filter(kind=kind)
    for word in words.split():
        number = normalise_reference(word) or word
        found = found.filter(
            Q(number__icontains=number)
            | Q(name__icontains=word)
            | Q(email__icontains=word)
            | Q(words__icontains=word)
            | Q(order__number__icontains=number)
        )
    if view == "waiting":
        return in_rows(found).order_by(F("due_at").asc(nulls_last=True), "pk")
    return in_rows(found).order_by("-changed_at", "-id")


def store_response(store: Store, number: str) -> CustomerResponse:
    """One of the store's by its number. Raises NotFound."""
    return _one(CustomerResponse.objects.filter(union_id=store.union_id, store=store, number=number))


def waiting_responses(store: Store, *, now: datetime) -> Waiting:
    """The figures of the list and of the dashboard. One query over what is open."""
    mine = CustomerResponse.objects.filter(union_id=store.union_id, store=store, state__in=CustomerResponse.OPEN)
    return Waiting(
        **mine.aggregate(
            unanswered=Count("pk", filter=VIEWS["waiting"]),
            late=Count("pk", filter=Q(due_at__lt=now) & ~Q(state=State.ESCALATED)),
            union=Count("pk", filter=Q(state=State.ESCALATED)),
        )
    )


def colleagues_for(store: Store) -> QuerySet[User]:
    """Who may handle the store's responses: its staff for orders, and the owners of its enterprise. One query."""
    staff = Q(
        store_roles__union=store.union_id,
        store_roles__store=store,
        store_roles__permissions__contains=[StoreStaff.Permission.ORDERS],
    )
    owners = Q(enterprise_roles__enterprise=store.membership.enterprise_id, enterprise_roles__role="owner")
    return User.objects.filter(staff | owners, is_active=True).distinct().order_by("name", "pk")


def responses_for(union: Union, key: ApiKey) -> QuerySet[CustomerResponse]:
    """What a key sees: a store its own, a union's office all, a customer their own. Newest first."""
    found = CustomerResponse.objects.filter(union=union)
    if key.store_id is not None:
        found = found.filter(store=key.store_id)
    elif key.user_id is not None:
        found = found.filter(user=key.user_id).exclude(kind=Kind.REVIEW)
    return whole(found).order_by("-id")


def response_for(union: Union, key: ApiKey | None, number: str, *, token: str = "") -> CustomerResponse:
    """The response with this number, for a key that may see it or a guest with its token. Raises NotFound."""
    if key is None:
        found = response_by_token(union=union, token=token)
        if found.number != number or found.user_id is not None:
            raise NotFound
        return found
    own = responses_for(union, key).filter(number=number).first()
    if own is None:
        raise NotFound
    return own


def askable_store(*, union: Union, slug: str) -> Store:
    """A store of the union that can be asked, with its union and membership. Raises NotFound."""
    return _first(Store.objects.visible().filter(union=union, slug=slug).select_related("union", "membership"))


def askable_product(*, store: Store, slug: str) -> Product:
    """One of its shown goods. Raises NotFound."""
    return _first(Product.objects.visible().filter(union=store.union_id, store=store, slug=slug))


def _one(responses: QuerySet[CustomerResponse]) -> CustomerResponse:
    return _first(whole(responses))


def _first(rows: QuerySet[Row]) -> Row:
    found = rows.first()
    if found is None:
        raise NotFound
    return found
