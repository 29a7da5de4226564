"""What happens to responses without anybody: late ones come to the union, settled ones are closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from core.errors import WrongState
from orders.models import CustomerResponse, ResponseEntry, Voice
from orders.queries.response_terms import promises_of
from orders.services.responses.moving import locked, move_response
from unions.models import Union

Kind, State, Step = CustomerResponse.Kind, CustomerResponse.State, ResponseEntry.Step
AT_ONCE = 200
NOT_YET = (State.RECEIVED, State.IN_PROGRESS, State.REOPENED)


def escalate_late(*, union: Union, now: datetime) -> list[int]:
    """Those which the store let pass come to the union by themselves; their ids. Reviews are public as they are."""
    asked, _promised = promises_of(union=union, store=None)
    before = now - timedelta(hours=asked.escalate_hours)
    late = CustomerResponse.objects.filter(union=union, state__in=NOT_YET, due_at__lte=before).exclude(kind=Kind.REVIEW)
    return _each(late.order_by("due_at")[:AT_ONCE], Step.ESCALATE, now=now, due_before=before)


def close_settled(*, union: Union, now: datetime) -> list[int]:
    """What was resolved and not opened again in time is closed; the ids."""
    asked, _promised = promises_of(union=union, store=None)
    before = now - timedelta(days=asked.reopen_days)
    settled = CustomerResponse.objects.filter(union=union, state=State.RESOLVED, resolved_at__lte=before)
    return _each(settled.order_by("resolved_at")[:AT_ONCE], Step.CLOSE, now=now)


def _each(
    responses: Iterable[CustomerResponse], step: str, *, now: datetime, due_before: datetime | None = None
) -> list[int]:
    """One transaction each: what somebody answers at this moment keeps none of the others waiting."""
    moved = []
    for response in responses:
        with transaction.atomic():
            own = locked(response=response)
            if due_before is not None and (own.due_at is None or own.due_at > due_before):
                continue
            try:
                move_response(response=own, step=step, voice=Voice.NOBODY, actor=None, now=now)
            except WrongState:
                continue
        moved.append(response.pk)
    return moved
