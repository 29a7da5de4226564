"""The states of a response: which steps there are for whom, and the one function that takes one and writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from core.errors import WrongState
from core.outbox import publish
from orders.events import RESPONSE_CHANGED
from orders.models import CustomerResponse, ResponseEntry, Voice
from orders.queries.response_clock import due_after, time_left
from orders.queries.response_terms import Terms, terms_of

State, Step = CustomerResponse.State, ResponseEntry.Step
LEAST_LEFT = timedelta(hours=2)
"""What a store has at least when the shopper has spoken again, however late it had been before."""

STORE, UNION, CUSTOMER = Voice.STORE, Voice.UNION, Voice.CUSTOMER


@dataclass(frozen=True, slots=True)
class Move:
    """From which state into which, and who may. `clock`: it runs on, stops, pauses, goes on or begins anew."""

    states: dict[str, str]
    by: tuple[str, ...]
    clock: str = "on"


_STAYS = {str(state): str(state) for state in CustomerResponse.OPEN}
MOVES: dict[str, Move] = {
    Step.ANSWER: Move(
        {
            State.RECEIVED: State.IN_PROGRESS,
            State.IN_PROGRESS: State.IN_PROGRESS,
            State.REOPENED: State.IN_PROGRESS,
            State.ESCALATED: State.ESCALATED,
        },
        (STORE, UNION),
        "pauses",
    ),
    Step.WRITE: Move({**_STAYS, State.RESOLVED: State.REOPENED}, (CUSTOMER,), "goes on"),
    Step.NOTE: Move({str(state): str(state) for state in State}, (STORE, UNION)),
    Step.TALK: Move(_STAYS, (CUSTOMER,)),
    Step.TAKE: Move({**_STAYS, State.RECEIVED: State.IN_PROGRESS}, (STORE,)),
    Step.LET_GO: Move(_STAYS, (STORE,)),
    Step.ESCALATE: Move(
        dict.fromkeys((State.RECEIVED, State.IN_PROGRESS, State.REOPENED), State.ESCALATED),
        (CUSTOMER, STORE, Voice.NOBODY),
    ),
    Step.HAND_BACK: Move({State.ESCALATED: State.IN_PROGRESS}, (UNION,), "begins"),
    Step.RESOLVE: Move(dict.fromkeys(CustomerResponse.OPEN, State.RESOLVED), (STORE, UNION, CUSTOMER), "stops"),
    Step.REOPEN: Move({State.RESOLVED: State.REOPENED}, (CUSTOMER,), "begins"),
    Step.CLOSE: Move({State.RESOLVED: State.CLOSED}, (Voice.NOBODY, UNION), "stops"),
    Step.RATE: Move({str(state): str(state) for state in CustomerResponse.SETTLED}, (CUSTOMER,)),
}


def locked(*, response: CustomerResponse) -> CustomerResponse:
    """The response as it stands now, held until the transaction ends: two who answer do it one after the other."""
    return (
        CustomerResponse.objects.select_for_update(of=("self",), no_key=True)
        .select_related("union", "store__membership", "order", "product", "review")
        .get(union_id=response.union_id, pk=response.pk)
    )


def move_response(
    *,
    response: CustomerResponse,
    step: str,
    voice: str,
    actor: User | None,
    now: datetime,
    words: str = "",
    pictures: Sequence[str] = (),
    is_internal: bool = False,
    **changes: Any,
) -> ResponseEntry:
    """Take the step if it is open to this voice, set its clock, write it down and publish it. Raises WrongState.

    `response` as `locked` reads it; it is changed too. `changes` are columns that the step sets besides.
    """
    move = MOVES[step]
    target = move.states.get(response.state)
    if target is None or voice not in move.by:
        raise WrongState(state=response.state)
    if response.state == State.ESCALATED and step == Step.RESOLVE and voice == STORE:
        # What the union was called for is the union's, or the shopper's, to settle.
        raise WrongState(state=response.state)
    before = response.state
    changes |= {"state": target, "changed_at": now, **_clock(response, move.clock, now=now)}
    if target == State.RESOLVED and before != State.RESOLVED:
        changes["resolved_at"] = now
    elif target in CustomerResponse.OPEN:
        changes["resolved_at"] = None
    if step == Step.ANSWER and response.first_answered_at is None:
        changes["first_answered_at"] = now
    if step == Step.ESCALATE:
        changes |= {"escalated_at": now, "escalated_by": voice}
    moved = CustomerResponse.objects.filter(union_id=response.union_id, pk=response.pk, state=before).update(**changes)
    if not moved:
        raise WrongState(state=before)
    for name, value in changes.items():
        setattr(response, name, value)
    return write_entry(
        response=response,
        step=step,
        voice=voice,
        actor=actor,
        now=now,
        before=before,
        words=words,
        pictures=pictures,
        is_internal=is_internal,
    )


def write_entry(
    *,
    response: CustomerResponse,
    step: str,
    voice: str,
    actor: User | None,
    now: datetime,
    before: str,
    words: str = "",
    pictures: Sequence[str] = (),
    is_internal: bool = False,
) -> ResponseEntry:
    """One line of its history, published."""
    entry = ResponseEntry.objects.create(
        union_id=response.union_id,
        response=response,
        step=step,
        voice=voice,
        actor=actor,
        from_state=before,
        to_state=response.state,
        words=words.strip(),
        pictures=list(pictures),
        is_internal=is_internal,
        at=now,
    )
    publish(
        RESPONSE_CHANGED,
        aggregate=f"response:{response.pk}",
        response_id=response.pk,
        entry_id=entry.pk,
        step=str(step),
    )
    return entry


def started_clock(*, terms: Terms, zone: str, now: datetime) -> datetime:
    """When the store has to have spoken, counted from now."""
    return due_after(now, timedelta(hours=terms.answer_hours), zone=zone, is_open=terms.is_open)


def _clock(response: CustomerResponse, what: str, *, now: datetime) -> dict[str, Any]:
    """The columns of the clock after a step. A public review has one only until it is answered."""
    if what == "stops":
        return {"due_at": None, "left": None}
    if response.kind == CustomerResponse.Kind.REVIEW or what == "on":
        return {}
    zone = response.union.time_zone
    if what == "pauses":
        if response.due_at is None:
            return {}
        terms = terms_of(union=response.union, store=response.store, now=now)
        return {"due_at": None, "left": time_left(now, response.due_at, zone=zone, is_open=terms.is_open)}
    if what == "goes on" and response.due_at is not None:
        return {}
    terms = terms_of(union=response.union, store=response.store, now=now)
    if what == "goes on" and response.left is not None:
        allowed = max(response.left, LEAST_LEFT)
        return {"due_at": due_after(now, allowed, zone=zone, is_open=terms.is_open), "left": None}
    return {"due_at": started_clock(terms=terms, zone=zone, now=now), "left": None}
