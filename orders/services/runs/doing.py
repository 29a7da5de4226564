"""What people do with a step: take it, give it to somebody, tick and note, do it, skip it.

Of two who do the same step exactly one has done it. Who may is decided where the step is found
(`orders.queries.runs.step_to_do`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import BinaryField, Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, WrongState
from orders.errors import ChecklistOpen, StepTaken
from orders.models import Order, ProcedureStep, RunStep
from orders.queries.ways import TARGETS, WAY
from orders.services.fulfilment import accept_order, deliver_order, hand_over_order, pack_order, ship_order
from orders.services.handing import Signed, drawn_signature
from orders.services.runs.following import advance, has_reached, tell_closed
from stores.models import DeliveryOption
from stores.queries.access import permissions_of

State, Kind, Move = RunStep.State, ProcedureStep.Kind, ProcedureStep.Move
# The conditional updates below look at the step's own row only: a condition on another table would be a subquery, which
# is not asked again after waiting for somebody else's commit. Steps of a replaced run are called off, so none waits.


@dataclass(frozen=True, slots=True)
class Parcel:
    """With whom a parcel leaves, for steps that send it."""

    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


@transaction.atomic
def take_step(*, step: RunStep, actor: User, now: datetime) -> RunStep:
    """It is mine. Raises StepTaken while it is somebody else's, WrongState when it is over."""
    free = RunStep.objects.filter(union=step.union_id, pk=step.pk, state__in=RunStep.WAITING)
    if not free.filter(assignee=None).update(assignee=actor, taken_at=now):
        held = free.select_related("assignee").first()
        if held is None:
            raise WrongState(state=_state(step))
        if held.assignee_id != actor.pk:
            raise StepTaken(by=str(held.assignee))
    return _fresh(step)


@transaction.atomic
def give_step(*, step: RunStep, to: User | None, now: datetime) -> RunStep:
    """Hand it over to somebody who may do it, or (None) back to everybody. Raises Invalid; StepTaken when it has
    changed hands since `step` was read; WrongState when it is over.
    """
    if to is not None and step.step.permission not in permissions_of(to, step.store):
        raise Invalid(_("This person may not do that in the store."), field="person")
    waiting = RunStep.objects.filter(union=step.union_id, pk=step.pk, state__in=RunStep.WAITING)
    given = waiting.filter(assignee=step.assignee_id) if step.assignee_id else waiting.filter(assignee=None)
    if not given.update(assignee=to, taken_at=now if to else None):
        held = waiting.select_related("assignee").first()
        if held is None:
            raise WrongState(state=_state(step))
        raise StepTaken(by=str(held.assignee or ""))
    return _fresh(step)


@transaction.atomic
def note_step(
    *,
    step: RunStep,
    ticked: Collection[int],
    note: str = "",
    signed_by: str = "",
    drawing: UploadedFile | None = None,
    actor: User | None,
    now: datetime,
) -> RunStep:
    """Keep what was ticked, written and signed so far; who begins with a step that nobody has takes it.

    A `drawing` takes the place of what was drawn before; without one that stays for as long as the name does. Raises
    Invalid (also for what is no drawing), WrongState when it is over.
    """
    items = range(len(step.step.checklist))
    if any(item not in items for item in ticked):
        raise Invalid(_("The checklist has no such line."), field="ticked")
    if drawing is not None and step.step.kind != Kind.SIGNATURE:
        raise Invalid(_("Nothing is signed in this step."), field="signature")
    waiting = RunStep.objects.filter(union=step.union_id, pk=step.pk, state=State.OPEN)
    name = " ".join(signed_by.split())[:120]
    kept = {"ticked": sorted(set(ticked)), "note": note.strip()[:500], "signed_by": name}
    if not waiting.update(**kept, signature=_signature(drawing, name=name)):
        raise WrongState(state=_state(step))
    if actor is not None:
        waiting.filter(assignee=None).update(assignee=actor, taken_at=now)
    return _fresh(step)


def _signature(drawing: UploadedFile | None, *, name: str) -> Any:
    """What the column is set to. Under another name than that under which it was drawn, a drawing is nobody's."""
    if drawing is not None:
        return drawn_signature(drawing=drawing)
    stays = Q(signed_by="") | Q(signed_by=name)
    return Case(When(stays, then=F("signature")), default=Value(None), output_field=BinaryField())


def do_step(
    *, step: RunStep, actor: User | None, now: datetime, parcel: Parcel | None = None, by_name: bool = False
) -> RunStep:
    """It is done. A step that moves the order does so by way of the ordinary steps, through all that lie between.

    What was ticked, noted and signed before (`note_step`) is what counts; `by_name`: nothing could be drawn, the name
    stands for it. Outside of transactions when it accepts the order: that collects money. Raises ChecklistOpen, Invalid
    (no signature, no carrier), WrongState, and whatever the order's own move refuses; then the step is as it was.
    """
    step = _fresh(step)
    if step.state != State.OPEN:
        raise WrongState(state=step.state)
    missing = [item for place, item in enumerate(step.step.checklist) if place not in step.ticked]
    if missing:
        raise ChecklistOpen(missing=missing)
    is_signed = step.step.kind == Kind.SIGNATURE
    if is_signed and not step.signed_by:
        raise Invalid(_("Write who signed."), field="signed_by")
    if is_signed and not step.signature and not by_name:
        raise Invalid(_("Let them sign in the field, or say that the name stands for it."), field="signature")
    if step.step.moves and not (is_signed and has_reached(order=step.run.order, move=step.step.moves)):
        signed = Signed(bytes(step.signature), step.signed_by) if step.signature else None
        by: dict[str, Any] = {"actor": actor, "now": now}
        _walk(step.run.order, TARGETS[Move(step.step.moves)], parcel=parcel or Parcel(), signed=signed, **by)
        if not is_signed:
            return _fresh(step)
    _close(step, State.DONE, actor=actor, now=now)
    return _fresh(step)


def makes_leave(*, step: RunStep) -> bool:
    """Whether doing it makes a parcel leave, so that a carrier is asked for. It comes with its order."""
    order, move = step.run.order, step.step.moves
    if not move or order.delivery_kind != DeliveryOption.Kind.DELIVERY or order.state not in WAY:
        return False
    shipped = WAY.index(Order.State.SHIPPED)
    return WAY.index(Order.State(order.state)) < shipped <= WAY.index(TARGETS[Move(move)])


def _walk(
    order: Order, target: str, *, actor: User | None, now: datetime, parcel: Parcel, signed: Signed | None
) -> None:
    """Take the ordinary steps until the order is there; each also closes the steps that are done by it."""
    steps = _next_steps(order, actor=actor, now=now, parcel=parcel, signed=signed)
    if order.state not in steps:
        raise WrongState(state=order.state)
    while order.state in steps and WAY.index(Order.State(order.state)) < WAY.index(Order.State(target)):
        order = steps[order.state](order)


def _next_steps(
    order: Order, *, actor: User | None, now: datetime, parcel: Parcel, signed: Signed | None
) -> dict[str, Callable[[Order], Order]]:
    by: dict[str, Any] = {"actor": actor, "now": now}
    leaves: Callable[[Order], Order]
    if order.delivery_kind == DeliveryOption.Kind.DELIVERY:

        def leaves(order: Order) -> Order:
            return ship_order(
                order=order,
                carrier=parcel.carrier,
                tracking_number=parcel.tracking_number,
                tracking_url=parcel.tracking_url,
                **by,
            )

    else:

        def leaves(order: Order) -> Order:
            return hand_over_order(order=order, signed=signed, **by)

    return {
        Order.State.PAID: lambda order: accept_order(order=order, **by),
        Order.State.ACCEPTED: lambda order: pack_order(order=order, **by),
        Order.State.PACKED: leaves,
        Order.State.SHIPPED: lambda order: deliver_order(order=order, **by),
    }


@transaction.atomic
def skip_step(*, step: RunStep, reason: str, actor: User | None, now: datetime) -> RunStep:
    """It is left out, with a reason. Raises Invalid, WrongState."""
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise Invalid(_("Say why it is left out."), field="reason")
    if not step.step.may_be_skipped:
        raise Invalid(_("This step may not be left out."), field="reason")
    _close(step, State.SKIPPED, actor=actor, now=now, note=reason)
    return _fresh(step)


@transaction.atomic
def finish_paid_deposit(*, bill_id: int, now: datetime) -> bool:
    """The deposit that a step waits for has been paid; says whether one did."""
    step = RunStep.objects.filter(bill=bill_id, state=State.OPEN).select_related("run").first()
    if step is None:
        return False
    try:
        _close(step, State.DONE, actor=None, now=now)
    except WrongState:
        return False
    return True


@transaction.atomic
def _close(step: RunStep, state: str, *, actor: User | None, now: datetime, note: str | None = None) -> None:
    """Close it and give the next its turn, under the order's lock. Raises WrongState."""
    order = Order.objects.select_for_update(no_key=True).get(union=step.union_id, pk=step.run.order_id)
    if order.state == Order.State.CANCELLED:
        raise WrongState(state=order.state)
    values: dict[str, Any] = {"state": state, "closed_at": now, "closed_by": actor}
    if note is not None:
        values["note"] = note
    still = RunStep.objects.filter(union=step.union_id, pk=step.pk, state=State.OPEN)
    if not still.update(**values):
        raise WrongState(state=_state(step))
    step.run.order = order
    tell_closed(steps=[step.pk], run=step.run)
    advance(run=step.run, now=now)


def _state(step: RunStep) -> str | None:
    return RunStep.objects.filter(union=step.union_id, pk=step.pk).values_list("state", flat=True).first()


def _fresh(step: RunStep) -> RunStep:
    found = RunStep.objects.select_related(
        "union", "store", "step", "assignee", "closed_by", "bill__payment", "run__order__union", "run__order__purchase"
    ).get(union=step.union_id, pk=step.pk)
    found.store.union = found.union
    return found
