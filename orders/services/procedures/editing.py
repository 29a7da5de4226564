"""The steps of a draft, and publishing it. Whoever edits a procedure without a draft begins one with its steps."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from orders.models import Procedure, ProcedureStep, ProcedureVersion
from orders.queries.procedures import draft_of, newest_version, steps_of
from stores.models import StoreStaff
from stores.queries.access import permissions_of

Kind, Move, From, Unit = ProcedureStep.Kind, ProcedureStep.Move, ProcedureStep.From, ProcedureStep.Unit
MOST_STEPS = 30
MOST_ITEMS = 15
ORDER_OF_MOVES = (Move.ACCEPT, Move.PACK, Move.SEND, Move.DELIVER)
LONGEST = {Unit.MINUTES: 10_000, Unit.HOURS: 2_000, Unit.DAYS: 365, Unit.WORKING_DAYS: 250}


@dataclass(frozen=True, slots=True)
class StepWish:
    """What a step is to be; see ProcedureStep for the meaning of each."""

    title: str
    kind: str = Kind.OWN
    promise: str = ""
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    tells: bool = False
    permission: str = StoreStaff.Permission.ORDERS
    person: User | None = None
    due_count: int | None = None
    due_unit: str = Unit.HOURS
    due_from: str = From.PREVIOUS
    due_key: str = ""
    checklist: Sequence[str] = ()
    moves: str = Move.NOTHING
    deposit: int | None = None
    may_be_skipped: bool = True
    key: str = ""


@transaction.atomic
def add_step(*, procedure: Procedure, wish: StepWish) -> ProcedureStep:
    """A step at the end of the draft. Raises Invalid."""
    draft, steps = _opened(procedure)
    if len(steps) >= MOST_STEPS:
        raise Invalid(_("A procedure has at most 30 steps."), field="title")
    values = _checked(procedure, wish, earlier=steps)
    return ProcedureStep.objects.create(
        union_id=procedure.union_id, version=draft, position=len(steps) + 1, key=_new_key(), **values
    )


@transaction.atomic
def change_step(*, procedure: Procedure, key: str, wish: StepWish) -> ProcedureStep:
    """Raises Invalid, NotFound."""
    _draft, steps = _opened(procedure)
    step = _step(steps, key)
    values = _checked(procedure, wish, earlier=steps[: steps.index(step)])
    for name, value in values.items():
        setattr(step, name, value)
    step.save()
    return step


@transaction.atomic
def move_step(*, procedure: Procedure, key: str, up: bool) -> None:
    """One place up or down; at the end of the list it stays. What is counted from a step that now comes later is
    counted from the step before instead. Raises NotFound.
    """
    _draft, steps = _opened(procedure)
    place = steps.index(_step(steps, key))
    other = place + (-1 if up else 1)
    if 0 <= other < len(steps):
        steps[place], steps[other] = steps[other], steps[place]
    _numbered(steps)


@transaction.atomic
def remove_step(*, procedure: Procedure, key: str) -> None:
    """Raises NotFound."""
    _draft, steps = _opened(procedure)
    gone = _step(steps, key)
    steps.remove(gone)
    gone.delete()
    _numbered(steps)


@transaction.atomic
def publish_draft(
    *, procedure: Procedure, actor: User | None, now: datetime, holds: Collection[str] | None = None
) -> ProcedureVersion:
    """The draft is what new orders walk by from now on; orders on their way keep theirs. `holds` are the permissions
    of whoever publishes; without, the platform and the office hold all.

    Raises Invalid, WrongState when there is no draft, NotAllowed when more is given than is held.
    """
    _locked(procedure)
    draft = draft_of(procedure)
    if draft is None:
        raise WrongState(state="published")
    steps = steps_of(draft)
    if not steps:
        raise Invalid(_("A procedure needs a step."))
    moves = [ORDER_OF_MOVES.index(Move(step.moves)) for step in steps if step.moves]
    if moves != sorted(set(moves)):
        raise Invalid(
            _("Steps that move the order do so once each, in this order: accept, pack, send or hand over, deliver.")
        )
    if holds is not None and StoreStaff.Permission.ORDERS not in holds:
        _check_given(procedure, steps)
    ProcedureVersion.objects.filter(pk=draft.pk).update(published_at=now, published_by=actor)
    draft.published_at, draft.published_by = now, actor
    return draft


def _check_given(procedure: Procedure, steps: Sequence[ProcedureStep]) -> None:
    """Who does a step sees its order, and may move it or ask its customer for money. To let others than those who
    handle orders do that, one has to handle orders oneself (ADR 0061); what was published so before may stay.
    """
    before = ProcedureStep.objects.filter(
        Q(version__procedure=procedure.pk) | Q(version__procedure__store=None),
        union=procedure.union_id,
        version__published_at__isnull=False,
        key__in=[step.key for step in steps],
    )
    said = set(before.values_list("key", "permission", "kind", "moves", "deposit"))
    for step in steps:
        if step.permission == StoreStaff.Permission.ORDERS:
            continue
        if (step.key, step.permission, step.kind, step.moves, step.deposit) not in said:
            raise NotAllowed(
                _("“%(step)s” lets others than those who handle orders work on them: ask somebody who handles orders.")
                % {"step": step.title}
            )


@transaction.atomic
def discard_draft(*, procedure: Procedure) -> None:
    """Back to what is published. Raises WrongState while nothing is."""
    _locked(procedure)
    if newest_version(procedure) is None:
        raise WrongState(state="draft")
    ProcedureVersion.objects.filter(procedure=procedure, published_at=None).delete()


@transaction.atomic
def publish_whole(
    *,
    procedure: Procedure,
    wishes: Sequence[StepWish],
    actor: User | None,
    now: datetime,
    holds: Collection[str] | None = None,
) -> ProcedureVersion:
    """All steps at once, published: what programs and the office send. A wish's own `key`, where it has one, is kept.

    Raises Invalid, NotAllowed.
    """
    draft, steps = _opened(procedure)
    if len(wishes) > MOST_STEPS:
        raise Invalid(_("A procedure has at most 30 steps."), field="steps")
    ProcedureStep.objects.filter(version=draft).delete()
    known = {step.key for step in steps}
    made: list[ProcedureStep] = []
    for wish in wishes:
        values = _checked(procedure, wish, earlier=made)
        key = wish.key if wish.key in known and wish.key not in {one.key for one in made} else _new_key()
        made.append(
            ProcedureStep(union_id=procedure.union_id, version=draft, position=len(made) + 1, key=key, **values)
        )
    ProcedureStep.objects.bulk_create(made)
    return publish_draft(procedure=procedure, actor=actor, now=now, holds=holds)


def copy_steps(*, version: ProcedureVersion, into: ProcedureVersion) -> None:
    """The steps of a version into an empty draft; of a store's usual person only where the store stays the same."""
    same = version.procedure_id == into.procedure_id
    copies = steps_of(version)
    for step in copies:
        step.pk = None
        step.version, step.union_id = into, into.union_id
        if not same:
            step.person = None
    ProcedureStep.objects.bulk_create(copies)


def _locked(procedure: Procedure) -> None:
    """Whoever edits waits here for whoever was before."""
    Procedure.objects.select_for_update(no_key=True).get(union=procedure.union_id, pk=procedure.pk, retired_at=None)


def _opened(procedure: Procedure) -> tuple[ProcedureVersion, list[ProcedureStep]]:
    """The draft, begun with the published steps where there was none, and its steps."""
    _locked(procedure)
    draft = draft_of(procedure)
    if draft is None:
        newest = newest_version(procedure)
        draft = ProcedureVersion.objects.create(
            union_id=procedure.union_id, procedure=procedure, number=newest.number + 1 if newest else 1
        )
        if newest is not None:
            copy_steps(version=newest, into=draft)
    return draft, steps_of(draft)


def _step(steps: Sequence[ProcedureStep], key: str) -> ProcedureStep:
    found = next((step for step in steps if step.key == key), None)
    if found is None:
        raise NotFound
    return found


def _numbered(steps: Sequence[ProcedureStep]) -> None:
    seen: set[str] = set()
    for position, step in enumerate(steps, 1):
        step.position = position
        if step.due_key and step.due_key not in seen:
            step.due_from, step.due_key = From.PREVIOUS, ""
        seen.add(step.key)
    ProcedureStep.objects.bulk_update(steps, ["position", "due_from", "due_key"])


def _new_key() -> str:
    return secrets.token_hex(6)


def _checked(procedure: Procedure, wish: StepWish, *, earlier: Sequence[ProcedureStep]) -> dict[str, Any]:
    """The fields of a step. Raises Invalid, naming the field."""
    values = {name: getattr(wish, name) for name in StepWish.__dataclass_fields__ if name != "key"}
    values["title"] = title = " ".join(wish.title.split())
    values["checklist"] = items = [" ".join(item.split()) for item in wish.checklist if item.strip()]
    values["promise"] = " ".join(wish.promise.split())
    if not title or len(title) > 80:
        raise Invalid(_("Say in up to 80 characters what is to be done."), field="title")
    if len(values["promise"]) > 160:
        raise Invalid(_("At most 160 characters."), field="promise")
    if wish.kind not in Kind.values:
        raise Invalid(_("There is no such kind of step."), field="kind")
    if wish.moves not in Move.values:
        raise Invalid(_("There is no such move."), field="moves")
    if wish.permission not in StoreStaff.Permission.values:
        raise Invalid(_("There is no such permission."), field="permission")
    if len(items) > MOST_ITEMS or any(len(item) > 120 for item in items):
        raise Invalid(_("At most 15 lines of 120 characters."), field="checklist")
    if wish.tells and not values["promise"]:
        raise Invalid(_("Write what the shopper reads."), field="promise")
    if wish.kind == Kind.TAKE_DEPOSIT:
        if not wish.deposit:
            raise Invalid(_("Say how much the deposit is."), field="deposit")
        if wish.moves:
            raise Invalid(_("Taking a deposit moves nothing else."), field="moves")
    else:
        values["deposit"] = None
    _check_due(wish, earlier)
    if wish.due_from != From.STEP:
        values["due_key"] = ""
    if wish.person is not None:
        store = procedure.store
        if store is None or wish.permission not in permissions_of(wish.person, store):
            raise Invalid(_("This person may not do that in the store."), field="person")
    return values


def _check_due(wish: StepWish, earlier: Sequence[ProcedureStep]) -> None:
    if wish.due_from not in From.values:
        raise Invalid(_("Choose from what it is counted."), field="due_from")
    if wish.due_unit not in Unit.values:
        raise Invalid(_("Choose minutes, hours, days or working days."), field="due_unit")
    if wish.due_count is not None and not 0 <= wish.due_count <= LONGEST[Unit(wish.due_unit)]:
        raise Invalid(_("This is too long."), field="due_count")
    if wish.due_from == From.STEP and wish.due_key not in {step.key for step in earlier}:
        raise Invalid(_("Choose a step that comes before this one."), field="due_key")
