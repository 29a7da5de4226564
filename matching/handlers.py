"""What follows from a wish. Tasks are queued inside the handler's transaction (orders.handlers)."""

from __future__ import annotations

from typing import Any

from core.outbox import handles
from matching import tasks
from matching.events import WISH_THROWN


@handles(WISH_THROWN)
def wake_managers(*, request_id: int, **_: Any) -> None:
    """The stores at which nobody sits; push services are Celery's to wait for."""
    tasks.wake_managers.delay(request_id)
