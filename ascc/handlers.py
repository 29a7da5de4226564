"""What after-sales service does when something was sold, delivered or cancelled.

Tasks are queued inside the handler's transaction, so that a broker that is away lets the event wait (orders.handlers).
"""

from __future__ import annotations

from typing import Any

from ascc import tasks
from ascc.events import VOUCHER_MOVED
from ascc.services.telling import tell_provider
from core.outbox import handles
from orders.events import ORDER_MOVED
from orders.models import Order

State = Order.State


@handles(ORDER_MOVED[State.PAID], ORDER_MOVED[State.DELIVERED])
def issue_vouchers_of_order(*, order_id: int, **_: Any) -> None:
    """The order has reached what a program may begin with."""
    tasks.issue.delay(order_id)


@handles(ORDER_MOVED[State.CANCELLED])
def take_back_vouchers(*, order_id: int, **_: Any) -> None:
    """Nothing is promised for what was not bought in the end."""
    tasks.take_back_of_cancelled.delay(order_id)


@handles(VOUCHER_MOVED)
def tell_provider_of_step(*, step_id: int, **_: Any) -> None:
    """The provider's people see new vouchers, and what became of those they hold, without reloading."""
    tell_provider(step_id=step_id)
