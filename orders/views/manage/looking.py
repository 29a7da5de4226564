"""Noting whose name and address a page of the staff showed; who looked is told to the union's office."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from orders.models import CustomerResponse, Order
from stores.models import Store
from stores.views.manage.frame import actor_of
from unions.models import Look
from unions.services.looks import note_look, note_looks


def looked_at(request: HttpRequest, store: Store, order: Order) -> None:
    """Whose name and address were on a page, the customer may know; who looked, the union's office."""
    looked_at_all(request, store, [order])


def looked_at_all(request: HttpRequest, store: Store, orders: Iterable[Order]) -> None:
    """The same of a paper for several orders, which come with their purchases."""
    note_looks(
        union=store.union,
        staff=actor_of(request),
        kind=Look.Kind.ORDER,
        place=store.union.name if store.only_looking else store.name,  # type: ignore[attr-defined]
        seen=[(order.number, order.purchase.user_id) for order in orders],
    )


def looked_at_asker(request: HttpRequest, store: Store, response: CustomerResponse) -> None:
    """Also somebody who bought nothing has a name; their number is the response's."""
    if response.order is not None:
        looked_at(request, store, response.order)
        return
    note_look(
        union=store.union,
        staff=actor_of(request),
        kind=Look.Kind.CUSTOMER,
        reference=response.number,
        place=store.union.name if store.only_looking else store.name,  # type: ignore[attr-defined]
        person_id=response.user_id,
    )
