"""What happens after a wish was thrown, and when something fitting a remembered one is in stock.

Tasks are queued inside the handler's transaction, so that a broker that is away lets the event wait (orders.handlers).
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from core.outbox import handles
from matching import tasks
from matching.events import WISH_FOUND, WISH_THROWN
from matching.services.forgetting import forget_wisher
from unions.events import PERSON_ERASED

SOON = 3
"""Seconds that whoever threw the wish has for calling its stores; usually it takes a few milliseconds."""


@handles(WISH_THROWN)
def finish_wish(*, request_id: int, **_: Any) -> None:
    """A process that was killed between the commit and the last call leaves no store uncalled."""
    tasks.finish_wish.apply_async([request_id], countdown=SOON)


@handles(WISH_THROWN)
def wake_managers(*, request_id: int, **_: Any) -> None:
    """The stores at which nobody sits; push services are Celery's to wait for."""
    tasks.wake_managers.delay(request_id)


@handles(WISH_FOUND)
def mail_found(*, request_id: int, variant_id: int, **_: Any) -> None:
    """The mail itself is Celery's: a mail server that is away keeps no other event waiting."""
    tasks.mail_found.delay(request_id, variant_id)


@handles(PERSON_ERASED)
def forget_person(*, user_id: int, **_: Any) -> None:
    """Somebody is nobody any more."""
    forget_wisher(user_id=user_id, now=timezone.now())
