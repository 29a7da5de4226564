"""Programs, vouchers and providers. Whatever hangs together is of the same union by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounts.models import User
from ascc.models import ServiceProgram, ServiceProvider, Voucher
from ascc.services.issuing import issue_vouchers
from ascc.services.programs import Promise, create_program
from core.references import new_reference
from orders.models import Order
from stores.models import Store
from tests.factories.orders import NOW, OrderFactory
from tests.factories.stores import StoreFactory
from unions.models import Union

BEFORE = NOW - timedelta(days=30)
"""When programs of these factories begin: before everything that is sold."""


def promise(**said: Any) -> Promise:
    """Two repairs within a year of delivery: 40.00 to the provider, rewards of 2.00 from 4.0 and 5.00 from 4.8."""
    return Promise(
        **{
            "title": "Repair plan",
            "terms": "We repair what breaks.",
            "covers": ["repair"],
            "fee": 4000,
            "visits": 2,
            "rewards": [(400, 200), (480, 500)],
            **said,
        }
    )


def program(union: Union, *, store: Store | None = None, **said: Any) -> ServiceProgram:
    """A program in force since before everything that is sold."""
    return create_program(union=union, store=store, promise=promise(**said), now=BEFORE)


def provider(union: Union, **given: Any) -> ServiceProvider:
    """An approved provider with a store of its own."""
    return ServiceProvider.objects.create(
        union=union,
        store=given.pop("store", None) or StoreFactory(union=union),
        ref=new_reference(union.prefix),
        state=given.pop("state", ServiceProvider.State.APPROVED),
        applied_at=BEFORE,
        decided_at=BEFORE,
        **given,
    )


def sold(store: Store, *, state: str = Order.State.DELIVERED, owner: User | None = None, **given: Any) -> Order:
    """An order of one piece in this state, moved neither stock nor money."""
    return OrderFactory(store=store, state=state, purchase__user=owner, **given)


def voucher(store: Store, *, owner: User | None = None, **said: Any) -> Voucher:
    """A voucher of the center's program for one piece sold by the store."""
    if not ServiceProgram.objects.filter(union=store.union).exists():
        program(store.union, **said)
    order = sold(store, owner=owner)
    assert issue_vouchers(order_ids=[order.pk], now=NOW) == 1
    return Voucher.objects.get(union=store.union, order_line__order=order)
